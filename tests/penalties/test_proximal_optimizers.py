"""The proximal step of an optimizer: where each optimizer comes to rest, what it leaves alone."""

import pytest
import torch
from sklearn.linear_model import ElasticNet, Lasso
from torch import nn
from torch.optim import SGD, Adagrad, Adam, AdamW
from torch.optim.lr_scheduler import ExponentialLR
from torch.testing import assert_close

from reglab.core import stream
from reglab.penalties.norms import group_lasso
from reglab.penalties.proximal import (
    add_prox,
    elastic_net_prox,
    group_soft_threshold,
    soft_threshold,
)


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


def problem(n=60, features=8):
    """A regression in which half of the features count; returns X (n, I), y (n, 1)."""
    X = torch.randn(n, features, dtype=torch.float64, generator=stream(1, "X"))
    w = torch.linspace(1, -1, features, dtype=torch.float64) * (torch.arange(features) % 2)
    noise = torch.randn(n, dtype=torch.float64, generator=stream(1, "noise"))
    return X, (X @ w + 0.3 * noise)[:, None]


def train(make, prox, steps, metric="optimizer", decay=1.0, outputs=1):
    """Full-batch training of a linear model without bias on half the mean squared error."""
    X, y = problem()
    model = nn.Linear(X.shape[1], outputs, bias=False, dtype=torch.float64)
    optimizer = make(model.parameters())
    add_prox(optimizer, model, prox, metric=metric)
    schedule = ExponentialLR(optimizer, decay)
    for _ in range(steps):
        optimizer.zero_grad()
        (0.5 * (model(X) - y).square().sum(1).mean()).backward()
        optimizer.step()
        schedule.step()
    return model.weight.detach()


LAM = 0.1
OPTIMIZERS = {  # with the decay of their rate, and enough steps
    "ISTA": (lambda p: SGD(p, lr=0.3), 1.0, 200),
    "momentum": (lambda p: SGD(p, lr=0.05, momentum=0.9), 1.0, 500),
    "Nesterov": (lambda p: SGD(p, lr=0.05, momentum=0.9, nesterov=True), 1.0, 500),
    "dampened": (lambda p: SGD(p, lr=0.3, momentum=0.5, dampening=0.5), 1.0, 200),
    "Adam": (lambda p: Adam(p, lr=0.1), 0.99, 800),
    "AMSGrad": (lambda p: Adam(p, lr=0.1, amsgrad=True), 0.99, 800),
    "AdamW without decay": (lambda p: AdamW(p, lr=0.1, weight_decay=0.0), 0.99, 800),
}


@pytest.mark.parametrize(("make", "decay", "steps"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_comes_to_rest_at_scikit_learn_s_lasso(make, decay, steps):
    X, y = (t.numpy() for t in problem())
    want = Lasso(alpha=LAM, fit_intercept=False, tol=1e-12).fit(X, y[:, 0]).coef_
    found = train(make, lambda w, step: soft_threshold(w, step * LAM), steps, decay=decay)[0]
    assert_close(found, torch.from_numpy(want), rtol=0, atol=1e-6)
    assert ((found == 0) == torch.from_numpy(want == 0)).all() and (found == 0).any()


def test_elastic_net_too():
    X, y = (t.numpy() for t in problem())
    want = ElasticNet(alpha=0.3, l1_ratio=0.4, fit_intercept=False, tol=1e-12).fit(X, y[:, 0]).coef_
    prox = lambda w, step: elastic_net_prox(w, step * 0.12, step * 0.18)  # noqa: E731
    for name in ("ISTA", "momentum"):
        assert_close(
            train(OPTIMIZERS[name][0], prox, 500)[0], torch.from_numpy(want), atol=1e-8, rtol=0
        )


def test_adam_with_one_step_for_all_rests_elsewhere():
    soft = lambda w, step: soft_threshold(w, step * LAM)  # noqa: E731
    make, decay, steps = OPTIMIZERS["Adam"]
    own = train(make, soft, steps, decay=decay)
    euclidean = train(make, soft, steps, decay=decay, metric="euclidean")
    assert (own - euclidean).abs().max() > 0.01


def test_columns_go_to_zero_as_one_and_satisfy_the_conditions():
    X, y = problem()
    prox = lambda w, step: group_soft_threshold(w, step * 0.2, dim=1)  # noqa: E731
    W = train(OPTIMIZERS["momentum"][0], prox, 500, outputs=3)
    gone = (W == 0).all(0)
    assert gone.any() and not gone.all() and (W[:, ~gone] != 0).all()
    gradient = (X @ W.T - y).T @ X / len(X)  # (3, I); every output sees the same y
    assert (gradient[:, gone].norm(dim=0) <= 0.2).all()
    assert_close(
        gradient[:, ~gone], -0.2 * W[:, ~gone] / W[:, ~gone].norm(dim=0), rtol=0, atol=1e-6
    )
    # The same as minimizing loss + group_lasso: at the minimum its gradient vanishes.
    slope = torch.autograd.functional.jacobian(
        lambda w: group_lasso(w, 0.2, dim=1, scaled=False), W
    )
    assert_close(slope[:, ~gone], -gradient[:, ~gone], rtol=0, atol=1e-6)


def one_step(make, prox, metric="optimizer"):
    model = nn.Linear(2, 1, bias=True, dtype=torch.float64)
    with torch.no_grad():
        model.weight.copy_(double((1.0, -1.0)))
        model.bias.fill_(0.5)
    optimizer = make(model.parameters())
    handle = add_prox(optimizer, model, prox, metric=metric)
    (model.weight * double(2.0, 3.0)).sum().backward()
    return model, optimizer, handle


def test_the_step_that_the_prox_is_given():
    steps = []
    record = lambda w, step: steps.append(step) or w  # noqa: E731
    for make in (
        lambda p: SGD(p, lr=0.2),
        lambda p: SGD(p, lr=0.2, dampening=0.5),  # torch ignores it without momentum
        lambda p: SGD(p, lr=0.2, momentum=0.9),
        lambda p: SGD(p, lr=0.2, momentum=0.9, dampening=0.9),
        lambda p: Adagrad(p, lr=0.2),
        lambda p: Adam(p, lr=0.2, eps=0.5),
    ):
        one_step(make, record)[1].step()
    one_step(lambda p: Adam(p, lr=0.2), record, metric="euclidean")[1].step()
    assert steps[:5] == [0.2, 0.2, pytest.approx(2.0), pytest.approx(0.2), 0.2]
    # After one step, sqrt(v) is |gradient|.
    assert_close(steps[5], 0.2 / double((2.5, 3.5)), rtol=1e-6, atol=0)
    assert steps[6] == 0.2


def test_biases_and_weights_without_gradient_stay():
    model, optimizer, _ = one_step(lambda p: SGD(p, lr=0.1), lambda w, step: w * 0)
    optimizer.step()
    assert (model.weight == 0).all() and model.bias == 0.5
    frozen = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    frozen[0].weight.requires_grad_(False)
    before = frozen[0].weight.clone()
    optimizer = SGD(frozen.parameters(), lr=0.1)
    add_prox(optimizer, frozen, lambda w, step: w * 0)
    frozen(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert_close(frozen[0].weight, before) and (frozen[1].weight == 0).all()


def test_each_group_has_its_rate_and_the_handle_ends_it():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    groups = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[1].parameters()}]
    optimizer, steps = SGD(groups, lr=0.5), []
    handle = add_prox(optimizer, model, lambda w, step: steps.append(step) or w)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    optimizer.param_groups[1]["lr"] = 0.25
    optimizer.step()
    handle.remove()
    optimizer.step()
    assert steps == [0.1, 0.5, 0.1, 0.25]


def test_errors():
    model, other = nn.Linear(2, 2), nn.Linear(2, 2)
    with pytest.raises(
        ValueError, match="does not step all of these weights; pass it the same model"
    ):
        add_prox(SGD(other.parameters(), lr=0.1), model, soft_threshold)
    with pytest.raises(ValueError, match="metric must be one of optimizer, euclidean; got 'adam'"):
        add_prox(SGD(model.parameters(), lr=0.1), model, soft_threshold, metric="adam")
    with pytest.raises(ValueError, match="no weights to penalize"):
        add_prox(SGD(model.parameters(), lr=0.1), nn.ReLU(), soft_threshold)
