"""Monte Carlo dropout: samples against all 2^H networks, modes put back, uncertainties, errors."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.dropout.bernoulli import Dropout, SpatialDropout1d, dropout, enumerate_masks
from reglab.dropout.connect import DropConnectLinear
from reglab.dropout.gaussian import GaussianDropout
from reglab.dropout.montecarlo import (
    mean_log_probabilities,
    mutual_information,
    predict_samples,
    predictive_entropy,
)
from reglab.dropout.variational import TiedDropout, VariationalLinear

X = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def network(layer=None):
    torch.manual_seed(3)
    body = [nn.Linear(4, 5), nn.ReLU(), layer or Dropout(0.5), nn.Linear(5, 2)]
    return nn.Sequential(*body).double()


def outputs_of_all_networks(model, p=0.5):
    """Outputs (2^5, B, K) of the sub-networks, and their probabilities."""
    hidden = model[1](model[0](X)).detach()
    masks, weights = enumerate_masks(5, p)
    return torch.stack([model[3](dropout(hidden, m)) for m in masks]).detach(), weights


def test_each_sample_is_one_of_all_sub_networks():
    model = network()
    every, _ = outputs_of_all_networks(model)
    for sample in predict_samples(model, X, 20):
        distances = (sample[None] - every).abs().amin(0)  # each example has its own mask
        assert distances.max() < 1e-9


def test_the_mean_over_samples_is_that_over_all_sub_networks():
    model, samples = network(), 4000
    every, weights = outputs_of_all_networks(model)
    mean = torch.einsum("m,mbk->bk", weights, every)
    error = torch.einsum("m,mbk->bk", weights, (every - mean).square()).sqrt() / samples**0.5
    got = predict_samples(model, X, samples).mean(0)
    assert ((got - mean).abs() < 5.7 * error).all()  # two-sided 1e-6 for all six numbers


def test_uncertainties_over_all_sub_networks_are_exact():
    """Equal weights at p = 1/2, so that the 32 networks are a sample of 32."""
    every, _ = outputs_of_all_networks(network())
    p = every.softmax(-1)
    mean = p.mean(0)
    entropy = -(mean * mean.log()).sum(-1)
    expected = -(p * p.log()).sum(-1).mean(0)
    assert_close(mean_log_probabilities(every), mean.log())
    assert_close(predictive_entropy(every), entropy)
    assert_close(mutual_information(every), entropy - expected)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Dropout(0.5),
        nn.AlphaDropout(0.5),
        GaussianDropout(0.5),
        DropConnectLinear(5, 5),
        VariationalLinear(5, 5, log_variance=0.0),
    ],
)
def test_layers_of_dropout_are_found(layer):
    samples = predict_samples(network(layer), X, 3)
    assert samples.shape == (3, 3, 2) and not torch.equal(samples[0], samples[1])


@pytest.mark.parametrize(
    "layer, shape",
    [
        (nn.Dropout1d(0.5), (2, 8, 3)),
        (SpatialDropout1d(0.5), (2, 8, 3)),
        (TiedDropout(0.5), (2, 3, 8)),
        (nn.FeatureAlphaDropout(0.5), (2, 8, 3)),
        (nn.Dropout2d(0.5), (2, 8, 3, 3)),
        (nn.Dropout3d(0.5), (2, 8, 3, 3, 3)),
    ],
)
def test_layers_of_channels_are_found(layer, shape):
    samples = predict_samples(layer, torch.ones(shape), 2)
    assert samples.shape == (2, *shape) and not torch.equal(samples[0], samples[1])


def test_only_dropout_is_in_training():
    norm = nn.BatchNorm1d(4)
    model = nn.Sequential(norm, Dropout(0.5)).train()
    predict_samples(model, torch.randn(8, 4), 2)
    assert norm.num_batches_tracked == 0
    assert model.training and norm.training and model[1].training


def test_what_a_layer_of_noise_contains_stays_in_evaluation():
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(4)

        def forward(self, x):
            return self.norm(x) + torch.randn_like(x)

    model = Noisy()
    predict_samples(model, torch.ones(3, 4), 2, layers=(Noisy,))
    assert model.norm.num_batches_tracked == 0


def test_modes_are_put_back_even_after_an_error():
    model = nn.Sequential(Dropout(0.5), nn.Linear(4, 2)).train()
    model[1].eval()
    with pytest.raises(RuntimeError, match="shapes"):
        predict_samples(model, torch.ones(2, 3))
    assert [m.training for m in model.modules()] == [True, True, False]
    model.eval()
    predict_samples(model, torch.ones(2, 4), 1)
    assert [m.training for m in model.modules()] == [False, False, False]


def test_samples_need_no_gradient_and_are_fifty():
    samples = predict_samples(network(), X)
    assert len(samples) == 50 and not samples.requires_grad


def test_own_layers_can_be_named():
    class Noise(nn.Module):
        def forward(self, x):
            return x + torch.randn_like(x) if self.training else x

    samples = predict_samples(Noise(), X, 2, layers=(Noise,))
    assert not torch.equal(samples[0], samples[1])


def test_agreement_disagreement_and_both():
    unsure = torch.zeros(4, 1, 2)
    opposed = torch.tensor([[[90.0, 0.0]], [[0.0, 90.0]]])
    sure = torch.tensor([[[90.0, 0.0]]] * 2)
    z = [unsure, opposed, sure]
    assert_close([predictive_entropy(v).item() for v in z], [math.log(2), math.log(2), 0.0])
    assert_close([mutual_information(v).item() for v in z], [0.0, math.log(2), 0.0])


def test_extreme_logits_are_fine():
    z = torch.tensor([[[1e4, 0.0, -math.inf]], [[-1e4, 0.0, -math.inf]]])
    assert_close(predictive_entropy(z).item(), math.log(2))
    assert_close(mutual_information(z).item(), math.log(2))


def test_bad_values_are_errors():
    with pytest.raises(ValueError, match="no layer of dropout.*use nn.Dropout or a layer"):
        predict_samples(nn.Linear(4, 2), X)
    with pytest.raises(ValueError, match="samples must be a whole number >= 1; got 0"):
        predict_samples(network(), X, 0)
    for function in (mean_log_probabilities, predictive_entropy, mutual_information):
        with pytest.raises(ValueError, match=r"shape \(S, B, K\), samples first; got \(3, 2\)"):
            function(torch.zeros(3, 2))
