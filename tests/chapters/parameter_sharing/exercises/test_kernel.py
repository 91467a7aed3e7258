"""Exercise kernel_gradient: other sound solutions pass, and torch has the same gradient."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from reglab.chapters.parameter_sharing.exercises.kernel import kernel_gradient
from reglab.exercises import check


def another(x, d, stride):
    size = len(x) - (len(d) - 1) * stride
    windows = np.lib.stride_tricks.sliding_window_view(x, size)[::stride]
    return (d @ windows).tolist()


def test_other_sound_solutions_pass(passes):
    passes("kernel_gradient", another)


@pytest.mark.parametrize("stride", [1, 2])
def test_torch_has_the_same_gradient(stride):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=9), rng.normal(size=3)
    kernel = torch.tensor(w)[None, None].requires_grad_()
    y = F.conv1d(torch.tensor(x)[None, None], kernel, stride=stride)[0, 0]
    d = rng.normal(size=len(y))
    (y @ torch.tensor(d)).backward()
    assert np.allclose(kernel.grad[0, 0].numpy(), kernel_gradient(x, d, stride))


def test_a_missing_return_is_said():
    report = check("kernel_gradient", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
