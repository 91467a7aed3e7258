"""The stack: padding stays zero, one product equals M networks, gradients, unstacking."""

import torch
from torch.testing import assert_close
from train_toys import I, K, toy

from reglab.train import mlp
from reglab.train.settings import expand
from reglab.train.stacked import Stack, forward, outputs, train_stack

TRAINING = dict(lr=0.05, momentum=0.9, weight_decay=0.01, batch=15, optimizer="sgd")
WIDTHS = [3, 5, 8]


def stack(**training):
    networks = expand(mlp(WIDTHS, dropout=0.2), TRAINING | training, {}, [4]).networks
    return Stack(networks, 8, toy(), toy().train.x)


def test_forward_equals_each_network_alone():
    s, x = stack(), toy().test.x
    z = forward(s.params, x.T)
    assert z.shape == (3, K, 40)
    for m, width in enumerate(WIDTHS):
        alone = mlp(width, dropout=0.2).build(I, K, 4, torch.float64).eval()
        assert_close(z[m].T, alone(x), rtol=1e-14, atol=1e-14)
        assert_close(outputs(s, [m], x)[0], z[m], rtol=1e-14, atol=1e-14)


def test_padding_stays_exactly_zero():
    for optimizer in ("sgd", "adam", "adamw"):
        s = stack(optimizer=optimizer)
        train_stack(
            s, [toy()], [0, 0, 0], epochs=5, loss="cross_entropy", report=[5], tick=lambda: None
        )
        for m, width in enumerate(WIDTHS):
            w1, b1, w2, b2, w3, b3 = (w[m] for w in s.params)
            for padding in (w1[width:], b1[width:], w2[width:], w2[:, width:], b2[width:]):
                assert not padding.any()
            assert not w3[:, width:].any() and b3.all()


def test_noise_multiplies_each_hidden_layer():
    s, x = stack(), toy().test.x
    half = [torch.full((3, 8, 1), 0.5, dtype=torch.float64)] * 2
    w1, b1, w2, b2, w3, b3 = s.params
    h = 0.5 * (w2 @ (0.5 * (w1 @ x.T + b1).relu()) + b2).relu()
    assert_close(forward(s.params, x.T, half), w3 @ h + b3)


def test_unstack_gives_the_plain_network():
    s = stack()
    for m, width in enumerate(WIDTHS):
        alone = mlp(width, dropout=0.2).build(I, K, 4, torch.float64)
        for own, want in zip(s.unstack(m).parameters(), alone.parameters(), strict=True):
            assert torch.equal(own, want)
    assert not s.unstack(0).training
