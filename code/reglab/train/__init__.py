"""Room `train` (floor 2): `fit` trains one network readably, `fleet` trains many as one."""

from reglab.train.fit import DivergedError, fit
from reglab.train.fleet import fleet
from reglab.train.history import History
from reglab.train.models import MLP, mlp

__all__ = ["MLP", "DivergedError", "History", "fit", "fleet", "mlp"]
