"""Training: `fit` trains one network readably, `fleet` many as one.

`sweep` is `fleet` on several processes or machines, with results that survive.
"""

from reglab.train.fit import DivergedError, fit
from reglab.train.fleet import fleet
from reglab.train.history import History
from reglab.train.models import MLP, Modules, mlp, modules
from reglab.train.recipes import LogUniform, OneOf, draw_recipes
from reglab.train.results import test_error_at_best_epoch
from reglab.train.running.plan import Plan
from reglab.train.sweep import sweep

__all__ = [
    "MLP",
    "DivergedError",
    "History",
    "LogUniform",
    "Modules",
    "OneOf",
    "Plan",
    "draw_recipes",
    "fit",
    "fleet",
    "mlp",
    "modules",
    "sweep",
    "test_error_at_best_epoch",
]
