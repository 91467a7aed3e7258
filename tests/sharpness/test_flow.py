"""Flows against closed forms, and the orders in eta that the theory states."""

import math

import numpy as np
import pytest
import torch

from reglab.sharpness import (
    gradient_descent,
    gradient_flow,
    implicit_gradient_penalty,
    quadratic_flow,
)

H = torch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
START = torch.tensor([2.0, 0.1], dtype=torch.float64)
MINIMUM = torch.tensor([-1.0, 3.0], dtype=torch.float64)


def bowl(w):
    return (w - MINIMUM) @ H @ (w - MINIMUM) / 2


def valley(w):
    return (1 - w[0] * w[1]).square() / 2


def test_descent_on_a_bowl_is_a_power_of_a_matrix():
    path = gradient_descent(bowl, START, lr=0.3, steps=7)
    shrink = torch.linalg.matrix_power(torch.eye(2).double() - 0.3 * H, 7)
    torch.testing.assert_close(path[-1], MINIMUM + shrink @ (START - MINIMUM))
    assert path.shape == (8, 2) and torch.equal(path[0], START)


def test_the_flow_on_a_bowl_is_an_exponential():
    """H = V diag(h) V', so exp(-t H) = V diag(exp(-t h)) V': another way than matrix_exp."""
    h, v = torch.linalg.eigh(H)
    want = MINIMUM + v @ torch.diag(torch.exp(-1.7 * h)) @ v.T @ (START - MINIMUM)
    torch.testing.assert_close(quadratic_flow(H, MINIMUM, START, 1.7), want)


def test_the_stepped_flow_is_the_exact_one():
    path = gradient_flow(bowl, START, time=1.7, steps=200)
    torch.testing.assert_close(path[-1], quadratic_flow(H, MINIMUM, START, 1.7))
    torch.testing.assert_close(path[100], quadratic_flow(H, MINIMUM, START, 0.85))
    assert path.shape == (201, 2)


def test_the_error_of_the_stepped_flow_is_of_fourth_order():
    exact = quadratic_flow(H, MINIMUM, START, 2.0)
    errors = [(gradient_flow(bowl, START, 2.0, n)[-1] - exact).norm().item() for n in (10, 20)]
    assert 3.7 < math.log2(errors[0] / errors[1]) < 4.3


def test_no_time_no_way():
    torch.testing.assert_close(quadratic_flow(H, MINIMUM, START, 0), START)


def test_the_penalty_is_a_quarter_eta_times_the_squared_gradient():
    w = torch.tensor([0.5, 3.0], dtype=torch.float64)
    gradient = -(1 - 1.5) * w.flip(0)
    got = implicit_gradient_penalty(valley, lr=0.2)(w)
    torch.testing.assert_close(got, 0.05 * gradient.square().sum())


def slope(penalized):
    """Slope in log-log of |descent - flow| at time 1 against eta.

    A hundred steps follow the flow to 2e-8, where the least of the distances is 5e-5.
    """
    etas, apart = [0.1, 0.05, 0.025, 0.0125], []
    for eta in etas:
        penalty = implicit_gradient_penalty(valley, eta)
        loss = (lambda w, p=penalty: valley(w) + p(w)) if penalized else valley
        end = gradient_descent(valley, START, eta, round(1 / eta))[-1]
        apart.append((end - gradient_flow(loss, START, 1.0, steps=100)[-1]).norm().item())
    return np.polyfit(np.log(etas), np.log(apart), 1)[0]


def test_descent_leaves_the_flow_by_order_eta():
    assert 0.9 < slope(penalized=False) < 1.2


def test_descent_stays_within_eta_squared_of_the_penalized_flow():
    assert 1.9 < slope(penalized=True) < 2.15


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: gradient_descent(bowl, START, lr=0, steps=1), "lr.*> 0; got 0"),
        (lambda: gradient_descent(bowl, START, lr=0.1, steps=-1), "steps.*>= 0; got -1"),
        (lambda: gradient_descent(bowl, H, lr=0.1, steps=1), "start must have shape"),
        (lambda: gradient_flow(bowl, START, time=-1.0), "time.*> 0; got -1"),
        (lambda: gradient_flow(bowl, START, time=1.0, steps=0), "steps.*>= 1; got 0"),
        (lambda: gradient_flow(bowl, H, time=1.0), "start must have shape"),
        (lambda: quadratic_flow(H, MINIMUM, START, -1.0), "time.*>= 0; got -1"),
        (lambda: quadratic_flow(H[:1], MINIMUM, START, 1.0), "hessian must have shape"),
        (lambda: quadratic_flow(H, MINIMUM[:1], START, 1.0), "minimum must have shape"),
        (lambda: implicit_gradient_penalty(bowl, 0.0), "lr.*> 0; got 0"),
    ],
)
def test_bad_values_get_an_error_that_names_them(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_descent_of_no_steps_is_the_start():
    torch.testing.assert_close(gradient_descent(bowl, START, 0.1, 0), START[None])
