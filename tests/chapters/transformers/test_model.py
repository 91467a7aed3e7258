"""The transformer: it does not look ahead, equals a naive one, and drops where it says."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.chapters.transformers.model import Block, SelfAttention, Transformer

F64 = torch.float64
X = torch.randint(8, (3, 10), generator=torch.Generator().manual_seed(0))


def network(**settings):
    torch.manual_seed(0)
    return Transformer(tokens=12, **settings).to(F64)


def hidden(b=2, t=5, d=6):
    return torch.randn(b, t, d, generator=torch.Generator().manual_seed(1), dtype=F64)


@torch.no_grad()
@pytest.mark.parametrize("layers", [1, 3])
def test_a_token_changes_no_earlier_output(layers):
    net = network(layers=layers).eval()
    before = net(X)
    for t in range(10):
        other = X.clone()
        other[:, t] = (other[:, t] + 1) % 8
        after = net(other)
        assert torch.equal(after[:, :t], before[:, :t])
        assert not torch.isclose(after[:, t:], before[:, t:]).all(-1).any()


@torch.no_grad()
def test_shorter_inputs_have_the_same_outputs():
    net = network().eval()
    assert_close(net(X)[:, :4], net(X[:, :4]))


@torch.no_grad()
def test_attention_equals_one_head_and_one_query_at_a_time():
    torch.manual_seed(0)
    layer, h = SelfAttention(6, 2, 0.0).to(F64).eval(), hidden()
    w, b = layer.project.weight, layer.project.bias
    q, k, v = ((h @ w[i : i + 6].T + b[i : i + 6]) for i in (0, 6, 12))
    found = torch.zeros_like(h)
    for head in (slice(0, 3), slice(3, 6)):
        for n in range(2):
            for t in range(5):
                scores = k[n, : t + 1, head] @ q[n, t, head] / 3**0.5
                found[n, t, head] = scores.softmax(0) @ v[n, : t + 1, head]
    assert_close(layer(h), found @ layer.out.weight.T + layer.out.bias)


@torch.no_grad()
def test_block_equals_torch_s_own_layer():
    torch.manual_seed(0)
    block = Block(6, 2, 0.0, 0.0).to(F64).eval()
    like = nn.TransformerEncoderLayer(
        6, 2, 24, dropout=0.0, activation="gelu", batch_first=True, norm_first=True, dtype=F64
    ).eval()
    like.self_attn.in_proj_weight.copy_(block.attention.project.weight)
    like.self_attn.in_proj_bias.copy_(block.attention.project.bias)
    pairs = [
        (like.self_attn.out_proj, block.attention.out),
        (like.linear1, block.mlp[0]),
        (like.linear2, block.mlp[2]),
        (like.norm1, block.norm1),
        (like.norm2, block.norm2),
    ]
    for one, other in pairs:
        nn.init.normal_(other.bias)
        one.load_state_dict(other.state_dict())
    mask = nn.Transformer.generate_square_subsequent_mask(5, dtype=F64)
    assert_close(block(hidden()), like(hidden(), src_mask=mask, is_causal=True))


@torch.no_grad()
def test_outputs_are_embedding_blocks_norm_and_a_linear_layer():
    net = network(layers=2).eval()
    h = net.embed.weight[X] + net.place.weight[torch.arange(10)]
    for block in net.blocks:
        h = block(h)
    assert_close(net(X), net.norm(h) @ net.out.weight.T + net.out.bias)


PLACES = {
    "attention": lambda net: net.blocks[0].attention.attend,
    "residual": lambda net: net.blocks[0].drop,
    "embedding": lambda net: net.drop,
}


@pytest.mark.parametrize("place", PLACES)
def test_each_place_has_its_own_probability(place):
    net = network(**{place: 0.4})
    assert {name: find(net).p for name, find in PLACES.items()} == {
        name: 0.4 if name == place else 0.0 for name in PLACES
    }


@torch.no_grad()
@pytest.mark.parametrize("place", PLACES)
def test_dropout_acts_in_training_only(place):
    net = network(**{place: 0.4})
    assert not torch.equal(net.train()(X), net(X))
    assert_close(net.eval()(X), network().eval()(X))


@torch.no_grad()
def test_all_dropped_leaves_what_it_should():
    h = hidden()
    torch.manual_seed(0)
    block = Block(6, 2, 0.0, 1.0).to(F64)
    assert_close(block(h), h)  # nothing is added to the stream
    looking_nowhere = SelfAttention(6, 2, 1.0).to(F64)
    assert_close(looking_nowhere(h), looking_nowhere.out.bias.expand_as(h))
    net = network(embedding=1.0)
    assert_close(net(X), net(torch.zeros_like(X)))  # no token is seen


def test_number_of_parameters():
    d, k, t = 16, 8, 12
    attention, mlp = 4 * d * d + 4 * d, 8 * d * d + 5 * d
    want = k * d + t * d + attention + mlp + 6 * d + d * k + k
    assert sum(w.numel() for w in network().parameters()) == want
