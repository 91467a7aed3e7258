"""Family `sharpness`: how curved the loss is at the weights, and what training does about it."""

from reglab.sharpness.curvature import hessian_vector_product, largest_eigenvalue, trace
from reglab.sharpness.flow import (
    gradient_descent,
    gradient_flow,
    implicit_gradient_penalty,
    quadratic_flow,
)
from reglab.sharpness.jacobian import fgsm, gradient_penalty, jacobian_penalty
from reglab.sharpness.noise import WeightNoise, expected_increase, weight_noise
from reglab.sharpness.sam import ASAM, SAM, asam_offsets, sam_offsets, two_step_gradients
from reglab.sharpness.vectors import flat_loss, flatten

__all__ = [
    "ASAM",
    "SAM",
    "WeightNoise",
    "asam_offsets",
    "expected_increase",
    "fgsm",
    "flat_loss",
    "flatten",
    "gradient_descent",
    "gradient_flow",
    "gradient_penalty",
    "hessian_vector_product",
    "implicit_gradient_penalty",
    "jacobian_penalty",
    "largest_eigenvalue",
    "quadratic_flow",
    "sam_offsets",
    "trace",
    "two_step_gradients",
    "weight_noise",
]
