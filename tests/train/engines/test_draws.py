"""How a module draws: nothing, what can be keyed, what can't; generators of its own."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from train_toys import I, K

from reglab.data import Examples
from reglab.train import fit, fleet, modules
from reglab.train.engines.draws import check_no_own_generator, check_outputs, how_it_draws

X = torch.randn(2, I, generator=torch.Generator().manual_seed(0))
EXAMPLES = Examples(X, torch.tensor([0, 1]))


class Calling(nn.Module):
    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, x):
        return self.call(x) if self.training else x


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.generator = torch.Generator().manual_seed(0)

    def forward(self, x):
        return x + torch.randn(x.shape, generator=self.generator)


@pytest.mark.parametrize(
    "module, how",
    [
        (nn.Linear(I, K), "none"),
        (nn.BatchNorm1d(I), "none"),
        (nn.Dropout(0.0), "none"),
        (nn.Dropout(0.3), "keyed"),
        (nn.Dropout(0.3).eval(), "keyed"),
        (nn.AlphaDropout(0.3), "keyed"),
        (Calling(torch.rand_like), "keyed"),
        (Calling(lambda x: x[torch.randperm(len(x))]), "global"),
        (Calling(lambda x: F.dropout(x) + torch.randint(3, x.shape)), "global"),
        (Calling(lambda x: torch.distributions.Normal(x, 1.0).sample()), "global"),
    ],
)
def test_how_it_draws(module, how):
    mode, before = module.training, torch.get_rng_state()
    assert how_it_draws(module, X) == how
    assert module.training == mode and torch.equal(torch.get_rng_state(), before)


def test_what_vmap_cannot_take_draws_globally():
    class Item(nn.Module):
        def forward(self, x):
            return F.dropout(x) * float(x.sum())

    assert how_it_draws(Item(), X) == "global"


def test_the_module_is_tried_on_a_copy():
    module = nn.Sequential(nn.BatchNorm1d(I), nn.Dropout(0.3))
    how_it_draws(module, X)
    check_no_own_generator(module, X)
    assert not module[0].running_mean.any() and module[0].num_batches_tracked == 0


def test_what_cannot_be_copied_counts_as_global():
    module = nn.Linear(I, K)
    module.other = module.weight * 2  # computed: torch refuses to copy it
    assert how_it_draws(module, X) == "global"


def test_a_generator_of_its_own_is_refused_by_fleet():
    check_no_own_generator(nn.Sequential(nn.BatchNorm1d(I), nn.Dropout(0.3)), X)
    with pytest.raises(ValueError, match="Own gives two answers.*draw from torch's global"):
        check_no_own_generator(Own(), X)


def test_fleet_says_so_too():
    from train_toys import toy

    def make():
        return nn.Sequential(nn.Linear(I, K), Own())

    with pytest.raises(ValueError, match="Sequential gives two answers"):
        fleet(modules(make), toy, epochs=1, lr=0.1, seeds=[0], device="cpu")
    fit(make(), toy(dtype=torch.float32), epochs=1, lr=0.1)  # one network may


def test_looking_at_the_outputs_changes_nothing():
    module = nn.Sequential(nn.Linear(I, K), nn.BatchNorm1d(K))
    check_outputs(module, EXAMPLES, K)
    assert module.training and module[1].num_batches_tracked == 0
