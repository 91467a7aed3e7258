"""Dropout and its relatives: noise that multiplies activations, weights, channels or layers."""

from reglab.dropout.attention import Attention, attention, attention_weights
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
from reglab.dropout.block import (
    DropBlock1d,
    DropBlock2d,
    block_mask,
    block_rate,
    drop_blocks,
    dropped_share,
    grow_blocks,
)
from reglab.dropout.connect import DropConnectLinear, drop_connect, drop_connect_moments
from reglab.dropout.consistency import RDrop, symmetric_kl
from reglab.dropout.depth import (
    LayerDrop,
    ResidualBranch,
    StochasticDepth,
    depth_mask,
    linear_rule,
    remove_layers,
)
from reglab.dropout.embedding import EmbeddingDropout, drop_types, type_mask
from reglab.dropout.gaussian import GaussianDropout, gaussian_noise
from reglab.dropout.montecarlo import (
    mean_log_probabilities,
    mutual_information,
    predict_samples,
    predictive_entropy,
)
from reglab.dropout.standout import Standout, standout_mask, standout_probability
from reglab.dropout.variational import TiedDropout, VariationalKL, VariationalLinear, variational_kl
from reglab.dropout.zoneout import Zoneout, zoneout, zoneout_mask

__all__ = [
    "Attention",
    "DropBlock1d",
    "DropBlock2d",
    "DropConnectLinear",
    "DropLayer",
    "Dropout",
    "EmbeddingDropout",
    "GaussianDropout",
    "LayerDrop",
    "RDrop",
    "ResidualBranch",
    "SpatialDropout1d",
    "SpatialDropout2d",
    "Standout",
    "StochasticDepth",
    "TiedDropout",
    "VanillaDropout",
    "VariationalKL",
    "VariationalLinear",
    "Zoneout",
    "attention",
    "attention_weights",
    "block_mask",
    "block_rate",
    "depth_mask",
    "drop_blocks",
    "drop_connect",
    "drop_connect_moments",
    "drop_mask",
    "drop_types",
    "dropout",
    "dropped_share",
    "enumerate_masks",
    "gaussian_noise",
    "grow_blocks",
    "linear_rule",
    "mask_variance",
    "mean_log_probabilities",
    "mutual_information",
    "predict_samples",
    "predictive_entropy",
    "remove_layers",
    "standout_mask",
    "standout_probability",
    "symmetric_kl",
    "type_mask",
    "variational_kl",
    "zoneout",
    "zoneout_mask",
]
