"""Dropout and its relatives: noise that multiplies activations, weights, channels or layers."""

from reglab.dropout.bernoulli import (
    DropLayer,
    Dropout,
    SpatialDropout1d,
    SpatialDropout2d,
    VanillaDropout,
    drop_mask,
    dropout,
    enumerate_masks,
    mask_variance,
)
from reglab.dropout.connect import (
    DropConnectLinear,
    drop_connect,
    drop_connect_moments,
)
from reglab.dropout.gaussian import (
    GaussianDropout,
    gaussian_noise,
)
from reglab.dropout.montecarlo import (
    mean_log_probabilities,
    mutual_information,
    predict_samples,
    predictive_entropy,
)
from reglab.dropout.variational import (
    TiedDropout,
    VariationalKL,
    VariationalLinear,
    variational_kl,
)

__all__ = [
    "DropConnectLinear",
    "DropLayer",
    "Dropout",
    "GaussianDropout",
    "SpatialDropout1d",
    "SpatialDropout2d",
    "TiedDropout",
    "VanillaDropout",
    "VariationalKL",
    "VariationalLinear",
    "drop_connect",
    "drop_connect_moments",
    "drop_mask",
    "dropout",
    "enumerate_masks",
    "gaussian_noise",
    "mask_variance",
    "mean_log_probabilities",
    "mutual_information",
    "predict_samples",
    "predictive_entropy",
    "variational_kl",
]
