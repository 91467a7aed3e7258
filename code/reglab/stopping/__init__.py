"""Family `stopping`: when to end training, and what ending it early does to the weights."""

from reglab.stopping.criteria import (
    generalization_loss,
    growth_stops,
    loss_stops,
    quotient_stops,
    training_progress,
)
from reglab.stopping.curves import Stops, best_positions, freeze_curves, patience_stops, values_at
from reglab.stopping.filters import (
    curvatures_of,
    filtered_weights,
    gradient_descent_filter,
    gradient_flow_filter,
    matching_alpha,
    matching_steps,
    ridge_filter,
)
from reglab.stopping.patience import EarlyStopping
from reglab.stopping.risks import filter_risk, flow_to_ridge_bound, tuned_flow_to_ridge_bound

__all__ = [
    "EarlyStopping",
    "Stops",
    "best_positions",
    "curvatures_of",
    "filter_risk",
    "filtered_weights",
    "flow_to_ridge_bound",
    "freeze_curves",
    "generalization_loss",
    "gradient_descent_filter",
    "gradient_flow_filter",
    "growth_stops",
    "loss_stops",
    "matching_alpha",
    "matching_steps",
    "patience_stops",
    "quotient_stops",
    "ridge_filter",
    "training_progress",
    "tuned_flow_to_ridge_bound",
    "values_at",
]
