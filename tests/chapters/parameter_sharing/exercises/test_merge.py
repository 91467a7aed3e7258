"""Exercise merged_weight: other sound solutions pass, and the library merges the same."""

import numpy as np
import torch
from torch import nn

from reglab.chapters.parameter_sharing.exercises.merge import merged_weight
from reglab.exercises import check
from reglab.sharing import LoRALinear


def another(W, A, B, alpha):
    columns = [W @ e + alpha / A.shape[0] * (B @ (A @ e)) for e in np.eye(W.shape[1])]
    return np.array(columns).T


def test_other_sound_solutions_pass(passes):
    passes("merged_weight", another)


def test_the_library_merges_the_same():
    layer = LoRALinear(nn.Linear(5, 3).double(), rank=2, alpha=3.0)
    with torch.no_grad():
        layer.b.normal_(generator=torch.Generator().manual_seed(0))
    parts = (t.detach().numpy() for t in (layer.weight, layer.a, layer.b))
    assert np.allclose(layer.merged().weight.detach(), merged_weight(*parts, 3.0))


def test_a_missing_return_is_said():
    report = check("merged_weight", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
