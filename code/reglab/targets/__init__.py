"""What the network is asked to predict: soft targets, robust losses, and how well it is calibrated.

`LabelSmoothing`, `DisturbLabel`, `ConfidencePenalty`, `EntropyMinimization`, `Distillation`,
`GeneralizedCrossEntropy`, `ForwardCorrection` and `ZLoss` are techniques of training: `fit(...,
techniques=[LabelSmoothing(0.1)])`. The others are functions of logits or probabilities.
"""

from reglab.targets.calibration import (
    Reliability,
    brier_score,
    calibrated_ece,
    expected_calibration_error,
    reliability_data,
)
from reglab.targets.cross_entropy import one_hot, soft_cross_entropy
from reglab.targets.distillation import Distillation, self_distillation, soften
from reglab.targets.disturb import DisturbLabel, disturb_labels, draw_disturbance
from reglab.targets.entropy import ConfidencePenalty, EntropyMinimization, entropy
from reglab.targets.robust import (
    ForwardCorrection,
    GeneralizedCrossEntropy,
    forward_loss,
    generalized_cross_entropy,
    symmetric_noise,
)
from reglab.targets.smoothing import (
    LabelSmoothing,
    best_logit_gap,
    convert_eps,
    smallest_loss,
    smooth_labels,
)
from reglab.targets.temperature import TemperatureScaling, fit_temperature
from reglab.targets.z_loss import ZLoss, log_partition

__all__ = [
    "ConfidencePenalty",
    "Distillation",
    "DisturbLabel",
    "EntropyMinimization",
    "ForwardCorrection",
    "GeneralizedCrossEntropy",
    "LabelSmoothing",
    "Reliability",
    "TemperatureScaling",
    "ZLoss",
    "best_logit_gap",
    "brier_score",
    "calibrated_ece",
    "convert_eps",
    "disturb_labels",
    "draw_disturbance",
    "entropy",
    "expected_calibration_error",
    "fit_temperature",
    "forward_loss",
    "generalized_cross_entropy",
    "log_partition",
    "one_hot",
    "reliability_data",
    "self_distillation",
    "smallest_loss",
    "smooth_labels",
    "soft_cross_entropy",
    "soften",
    "symmetric_noise",
]
