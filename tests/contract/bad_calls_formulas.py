"""Bad calls of penalties, paths and evidence: name -> (call, what the message must say)."""

import numpy as np
import torch
from torch import nn

from reglab.evidence import claim, interval
from reglab.exercises import check
from reglab.penalties import (
    adam_step,
    add_prox,
    degrees_of_freedom,
    gaussian_lam,
    l1,
    parameter_groups,
    power_iteration,
    regularization_path,
    sgd_step,
    soft_threshold,
    spectral_norm,
)

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X @ [1.0, 2.0, 3.0]
PATH = regularization_path(X, Y, [1.0, 0.1], mix=0.5)
W = torch.ones(3, 4)
TEN = np.arange(10.0)


def path(X=X, y=Y, lams=None, **settings):
    return lambda: regularization_path(X, y, lams, **settings)


def df(X=X, path=PATH, mix=0.5):
    return lambda: degrees_of_freedom(X, path, mix)


FORMULAS = {
    "path of texts": (path(np.array([["a"]])), "X must be real numbers; got .*<U1"),
    "path of None": (path(None), "X must be real numbers; got .*object"),
    "path of complex numbers": (path(X + 1j), "X must be real numbers; got .*complex"),
    "path of a complex tensor": (path(torch.tensor(X + 1j)), "X must be real numbers; got .*compl"),
    "path of tiny X": (path(X * 1e-160), "largest .* of X is .*e-160; .*in other units"),
    "path of tiny y": (path(y=Y * 1e-160), "largest .* of y is .*e-160; .*in other units"),
    "path of huge X": (path(X * 1e160), "largest .* of X is .*e.160; .*in other units"),
    "lams a number": (path(lams=5), r"lams must be a list or a range; got 5; use \[5\]"),
    "lams a text": (path(lams=["a"]), "lam must be a finite number > 0; got 'a'"),
    "lams twice": (path(lams=[1.0, 1.0]), r"lams names a value twice: \[1.0, 1.0\]"),
    "features twice": (path(features=["a", "b", "a"]), "features names a value twice"),
    "features a text": (path(features="abc"), "features must be a list or a range; got 'abc'"),
    "intercept a text": (path(intercept="no"), "intercept must be True or False; got 'no'"),
    "rescale a text": (path(rescale="no"), "rescale must be True or False; got 'no'"),
    "df of other X": (df(X[:, :2]), r"X must have shape \(any, 3\); got \(20, 2\)"),
    "df of no path": (df(path=None), "path must come from regularization_path; got NoneType"),
    "df mix 5": (df(mix=5), r"mix is a probability, in \[0, 1\]; got 5"),
    "df mix -1": (df(mix=-1), r"mix is a probability, in \[0, 1\]; got -1"),
    "l1 of a text": (lambda: l1("abc"), "weights must be .*got 'abc'"),
    "l1 of None": (lambda: l1(None), "weights must be .*got None"),
    "l1 of NumPy": (
        lambda: l1(np.ones(3)),
        "weights must be .*got an ndarray; use torch.as_tensor",
    ),
    "l1 of a number": (lambda: l1(5), "weights must be .*got 5"),
    "soft_threshold of NumPy": (
        lambda: soft_threshold(np.ones(3), 1),
        "w must be a tensor; got ndarray",
    ),
    "soft_threshold of a list": (lambda: soft_threshold([1.0], 1), "w must be a tensor; got list"),
    "threshold True": (lambda: soft_threshold(W, True), "threshold must be a number .* got True"),
    "add_prox to None": (
        lambda: add_prox(None, [W], soft_threshold),
        "optimizer must be a torch.optim.Optimizer; got NoneType",
    ),
    "add_prox to an SGD of momentum 1": (
        lambda: add_prox(torch.optim.SGD([W], 0.1, 1.0), [W], soft_threshold),
        r"momentum must be in \[0, 1\); got 1.0",
    ),
    "add_prox to an SGD of momentum 1.5": (
        lambda: add_prox(torch.optim.SGD([W], 0.1, 1.5), [W], soft_threshold),
        r"momentum must be in \[0, 1\); got 1.5",
    ),
    "sgd_step of two shapes": (
        lambda: sgd_step(torch.ones(2), torch.ones(3), lr=1),
        r"g must have shape \(2\); got \(3,\)",
    ),
    "sgd_step that broadcasts": (
        lambda: sgd_step(W, torch.ones(4), lr=1),
        r"g must have shape \(3, 4\); got \(4,\)",
    ),
    "one beta": (lambda: adam_step(W, W, lr=1, betas=0.9), "betas must be a pair.*got 0.9"),
    "groups of None": (lambda: parameter_groups(None, 1.0), "model must be an nn.Module; got None"),
    "norm of NaN": (lambda: spectral_norm(W * float("nan")), "w holds NaN or infin"),
    "u too long": (
        lambda: power_iteration(torch.ones(3, 4), torch.ones(4)),
        r"u must have shape \(3\); got \(4,\)",
    ),
    "tau too small": (lambda: gaussian_lam(1e-200), "tau .*1e-200"),
    "claim seeds a number": (
        lambda: claim("More.", TEN, TEN + 1, less_than=0, unit="points", seeds=12),
        r"seeds must be a list or a range; got 12; use \[12\]",
    ),
    "claim of a masked array": (
        lambda: claim("More.", np.ma.masked_greater(TEN, 5), TEN - 1, unit="nats"),
        "values are a masked array",
    ),
    "level a text": (lambda: interval(TEN, level="a"), "level is a share .*got 'a'"),
    "no such axis": (lambda: interval(TEN, axis=5), "axis 5 .*1 "),
    "check of a list": (lambda: check([], l1), r"no exercise is called \[\]"),
    "l1 of a list of numbers": (lambda: l1([1.0, 2.0]), "weights must be .*got 1.0"),
    "groups of a layer's weight": (lambda: parameter_groups(nn.Linear(2, 2).weight, 1.0), "nn.Mod"),
}
