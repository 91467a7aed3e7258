"""What is added to a loss, or done to the weights beside it."""

from reglab.penalties.decay import Moments, adam_step, half_life, parameter_groups, sgd_step
from reglab.penalties.l2_sp import l2_sp, starting_point
from reglab.penalties.norms import elastic_net, group_lasso, l1, l2, l2_norm, weights_of
from reglab.penalties.orthogonality import orthogonality
from reglab.penalties.paths import degrees_of_freedom, largest_lam, regularization_path
from reglab.penalties.priors import (
    gaussian_lam,
    gaussian_nll,
    gaussian_tau,
    laplace_b,
    laplace_lam,
    laplace_nll,
)
from reglab.penalties.proximal import (
    add_prox,
    elastic_net_prox,
    group_soft_threshold,
    project_max_norm,
    soft_threshold,
)
from reglab.penalties.rotation import (
    angle_between,
    angle_in_balance,
    effective_rate,
    growing_rate,
    length_in_balance,
)
from reglab.penalties.spectral import (
    limit_spectral_norm,
    lipschitz_bound,
    power_iteration,
    spectral_norm,
    spectral_penalty,
)

__all__ = [
    "Moments",
    "adam_step",
    "add_prox",
    "angle_between",
    "angle_in_balance",
    "degrees_of_freedom",
    "effective_rate",
    "elastic_net",
    "elastic_net_prox",
    "gaussian_lam",
    "gaussian_nll",
    "gaussian_tau",
    "group_lasso",
    "group_soft_threshold",
    "growing_rate",
    "half_life",
    "l1",
    "l2",
    "l2_norm",
    "l2_sp",
    "laplace_b",
    "laplace_lam",
    "laplace_nll",
    "largest_lam",
    "length_in_balance",
    "limit_spectral_norm",
    "lipschitz_bound",
    "orthogonality",
    "parameter_groups",
    "power_iteration",
    "project_max_norm",
    "regularization_path",
    "sgd_step",
    "soft_threshold",
    "spectral_norm",
    "spectral_penalty",
    "starting_point",
    "weights_of",
]
