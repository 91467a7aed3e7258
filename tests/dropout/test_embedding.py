"""Embedding dropout: equal rows, rescaling, exact expectation, gradients, vmap, errors."""

import copy
import pickle

import pytest
import torch
from scipy.stats import binomtest
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout import enumerate_masks
from reglab.dropout.embedding import EmbeddingDropout, drop_types, type_mask

ALPHA = 1e-6
F64 = torch.float64
IDS = torch.tensor([[0, 3, 0, 2], [3, 1, 1, 0]])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def words(p=0.5, dtype=F64, types=4):
    return EmbeddingDropout(nn.Embedding(types, 3, dtype=dtype), p)


def test_vectors_may_have_one_number():
    assert type_mask(torch.zeros(4, 1), 1.0).tolist() == [0.0] * 4


def test_a_word_is_dropped_wherever_it_stands():
    layer = words()
    seen = set()
    for _ in range(30):
        gone = (layer(IDS) == 0).all(-1)
        for word in range(4):
            places = gone[word == IDS]
            assert places.all() or not places.any()
        seen.add(int(gone.sum()))
    assert len(seen) > 2


def test_words_that_stay_are_rescaled_as_a_whole():
    layer = words(0.2)
    table = layer.embedding.weight
    for _ in range(10):
        out = layer(IDS)
        stay = (out != 0).any(-1)
        assert_close(out[stay], (table[IDS] / 0.8)[stay], rtol=1e-4, atol=0)


def test_the_expectation_over_all_masks_is_the_embedding():
    table = torch.randn(4, 3, dtype=F64, generator=generator())
    masks, chance = enumerate_masks(4, 0.3)
    outs = torch.stack([drop_types(table[IDS], IDS, mask) for mask in masks])
    assert_close((chance.view(-1, 1, 1, 1) * outs).sum(0), table[IDS])


def test_it_is_the_embedding_of_a_table_with_rows_multiplied():
    table = torch.randn(4, 3, dtype=F64, generator=generator())
    mask = torch.tensor([0.0, 2.0, 2.0, 0.0], dtype=F64)
    want = nn.functional.embedding(IDS, table * mask[:, None])
    assert_close(drop_types(table[IDS], IDS, mask), want)


def test_types_are_dropped_with_probability_p():
    dropped = int((type_mask(torch.zeros(100_000, 2), 0.3, generator()) == 0).sum())
    assert binomtest(dropped, 100_000, 0.3).pvalue > ALPHA


def test_the_mask_has_one_number_for_each_type_and_the_generator_decides():
    table = torch.zeros(40, 2)
    one, again = (type_mask(table, 0.5, generator(1)) for _ in range(2))
    assert one.shape == (40,)
    assert torch.equal(one, again)
    assert not torch.equal(type_mask(table, 0.5), type_mask(table, 0.5))


def test_eval_mode_and_p_0_are_the_embedding_and_p_1_is_zero():
    layer = words(0.5)
    want = layer.embedding(IDS)
    assert torch.equal(layer.eval()(IDS), want)
    assert_close(words(0.0)(IDS).shape, want.shape)
    zero = EmbeddingDropout(layer.embedding, 0.0)
    assert torch.equal(zero(IDS), want)
    assert not EmbeddingDropout(layer.embedding, 1.0)(IDS).any()


def test_dropped_words_get_no_gradient_and_others_a_scaled_one():
    layer = words(0.5)
    out = layer(IDS)
    out.sum().backward()
    stay = torch.tensor([bool((out[w == IDS] != 0).any()) for w in range(4)])
    counts = torch.bincount(IDS.flatten()).double()
    assert_close(layer.embedding.weight.grad, (2 * counts * stay)[:, None].expand(4, 3))


def test_gradient_of_the_function():
    vectors = torch.randn(2, 4, 3, dtype=F64, generator=generator(), requires_grad=True)
    mask = torch.tensor([0.0, 2.0, 2.0, 0.0], dtype=F64)
    assert torch.autograd.gradcheck(lambda v: drop_types(v, IDS, mask), vectors)


def test_padding_stays_zero_and_the_weight_stays_an_embedding_s():
    layer = EmbeddingDropout(nn.Embedding(4, 3, padding_idx=0), 0.1)
    assert not layer(IDS)[IDS == 0].any()
    assert [name for name, _ in layer.named_parameters()] == ["embedding.weight"]


def test_under_vmap_each_model_has_its_own_p():
    layers = [words(torch.tensor(p)) for p in (0.0, 1.0)]
    params, buffers = stack_module_state(layers)
    call = vmap(lambda p, b: functional_call(layers[0], (p, b), (IDS,)), randomness="same")
    out = call(params, buffers)
    assert_close(out[0], layers[0].embedding(IDS))
    assert not out[1].any()


def test_the_function_under_vmap_is_the_loop():
    vectors = torch.randn(3, 2, 4, 5, generator=generator())
    masks = torch.rand(3, 4, generator=generator())
    together = vmap(lambda v, m: drop_types(v, IDS, m))(vectors, masks)
    alone = [drop_types(v, IDS, m) for v, m in zip(vectors, masks, strict=True)]
    assert_close(together, torch.stack(alone))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_dtypes_and_devices(dtype, device):
    if device == "mps" and dtype == torch.float64:
        pytest.skip("MPS has no float64")
    out = words(0.5, dtype).to(device)(IDS.to(device))
    assert out.dtype == dtype and out.device.type == device


@pytest.mark.parametrize("make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(make):
    layer = words(0.3)
    assert make(layer).p == 0.3
    assert torch.equal(make(layer).embedding.weight, layer.embedding.weight)


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan"), 50])
def test_a_p_that_is_no_probability(p):
    with pytest.raises(ValueError, match="p is a probability"):
        words(p)


def test_something_without_a_table():
    with pytest.raises(ValueError, match="embedding.weight must be a tensor"):
        EmbeddingDropout(nn.ReLU(), 0.1)
    with pytest.raises(ValueError, match="embedding.weight must have shape"):
        EmbeddingDropout(nn.Conv1d(2, 2, 3), 0.1)


def test_each_vector_has_the_mask_of_its_own_type():
    ids = torch.tensor([[0, 2], [1, 1]])
    got = drop_types(torch.ones(2, 2, 1), ids, torch.tensor([1.0, 2.0, 3.0]))
    assert got.squeeze(-1).tolist() == [[1.0, 3.0], [2.0, 2.0]]


def test_p_is_a_tenth_unless_said():
    assert EmbeddingDropout(nn.Embedding(3, 2)).p == 0.1
