"""L2-SP: closed form, gradient, limits, parity with l2, vmap, errors."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.penalties import l2
from reglab.penalties.l2_sp import l2_sp, starting_point


def network(seed=0, dtype=torch.float64, classes=2):
    torch.manual_seed(seed)
    body = [nn.Linear(3, 4), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, classes)]
    return nn.Sequential(*body).to(dtype)


@pytest.mark.parametrize("device", available_devices())
def test_is_half_the_squared_distance_of_the_weights(device):
    start = starting_point(network(1, torch.float32).to(device))
    model = network(0, torch.float32).to(device)
    own = starting_point(model)
    want = sum(float((own[name] - start[name]).square().sum()) for name in start)
    assert sorted(start) == ["0.weight", "3.weight"]
    assert_close(l2_sp(model, start, 0.6).item(), 0.3 * want)


def test_gradient_pulls_towards_the_start_and_only_weights():
    start, model = starting_point(network(1)), network(0)
    l2_sp(model, start, 0.6).backward()
    for name, p in model.named_parameters():
        if name in start:
            assert_close(p.grad, 0.6 * (p.detach() - start[name]))
        else:
            assert p.grad is None


def test_at_the_start_it_and_its_gradient_are_zero():
    model = network()
    value = l2_sp(model, starting_point(model), 5.0)
    value.backward()
    assert value == 0 and not model[0].weight.grad.any()


def test_start_zero_and_no_start_are_l2():
    model = network()
    zeros = {name: torch.zeros_like(w) for name, w in starting_point(model).items()}
    assert_close(l2_sp(model, zeros, 0.6), l2(model, 0.6))
    assert_close(l2_sp(model, {}, 0.6, lam_new=0.2), l2(model, 0.2))


def test_a_new_head_decays_to_zero():
    pretrained, model = network(1), network(0, classes=5)
    start = starting_point(pretrained)
    del start["3.weight"]
    want = l2([model[0].weight - start["0.weight"]], 0.6) + l2([model[3].weight], 0.2)
    assert_close(l2_sp(model, start, 0.6, lam_new=0.2), want)


@pytest.mark.parametrize("lam", [0.0, 1e-3, 1.0, 1e9])
def test_minimum_of_a_quadratic_lies_between_its_own_and_the_start(lam):
    """argmin of 1/2 |w - a|^2 + lam/2 |w - start|^2 is (a + lam start) / (1 + lam)."""
    model = nn.Linear(3, 2, bias=False).double()
    target, start = (
        torch.ones(2, 3, dtype=torch.float64),
        {"weight": torch.full((2, 3), 4.0).double()},
    )
    with torch.no_grad():
        model.weight.copy_((target + lam * start["weight"]) / (1 + lam))
    loss = (model.weight - target).square().sum() / 2 + l2_sp(model, start, lam)
    (slope,) = torch.autograd.grad(loss, model.weight)
    assert slope.abs().max() <= 1e-12 * (1 + lam)


def test_starting_point_is_a_copy():
    model = network()
    start = starting_point(model)
    kept = start["0.weight"].clone()
    with torch.no_grad():
        model[0].weight.add_(1.0)
    assert torch.equal(start["0.weight"], kept) and not start["0.weight"].requires_grad


def test_gradcheck_and_vmap_with_one_lam_per_model():
    start = {"weight": torch.ones(2, 3, dtype=torch.float64)}
    assert torch.autograd.gradcheck(
        lambda w: torch.func.functional_call(_Penalty(start), {"layer.weight": w}, (0.7,)),
        [torch.randn(2, 3, dtype=torch.float64, requires_grad=True)],
    )
    lams = torch.tensor([0.0, 0.5, 3.0], dtype=torch.float64)
    ws = torch.randn(3, 2, 3, dtype=torch.float64)
    penalty = _Penalty(start)

    def one(w, lam):
        return torch.func.functional_call(penalty, {"layer.weight": w}, (lam,))

    want = torch.stack([one(w, lam) for w, lam in zip(ws, lams.tolist(), strict=True)])
    assert_close(torch.func.vmap(one)(ws, lams), want)
    assert_close(want, lams / 2 * (ws - 1).square().sum((1, 2)))


class _Penalty(nn.Module):
    def __init__(self, start):
        super().__init__()
        self.start, self.layer = start, nn.Linear(3, 2, bias=False).double()

    def forward(self, lam):
        return l2_sp(self.layer, self.start, lam)


def test_errors():
    model = network()
    start = starting_point(model)
    with pytest.raises(ValueError, match="lam must be a finite number >= 0; got -1"):
        l2_sp(model, start, -1)
    with pytest.raises(ValueError, match="lam_new must be a finite number >= 0; got -1"):
        l2_sp(model, start, 1.0, -1)
    with pytest.raises(ValueError, match=r"\['0.bias'\] are not weights.*'0.weight', '3.weight'"):
        l2_sp(model, {"0.bias": model[0].bias})
    with pytest.raises(ValueError, match=r"3.weight starts from \(5, 4\) but has shape \(2, 4\)"):
        l2_sp(model, starting_point(network(classes=5)))
