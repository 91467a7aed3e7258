"""Exercise decay_groups: other sound solutions pass."""

from reglab.chapters.transformers.exercises.groups import decay_groups
from reglab.chapters.transformers.model import Transformer
from reglab.penalties import weights_of


def in_a_loop(names, dims, layers):
    groups = [], []
    for i, name in enumerate(names):
        groups[dims[i] < 2 or layers[i] == "Embedding"].append(name)
    return groups


def test_other_sound_solutions_pass(passes):
    passes("decay_groups", in_a_loop)


def test_the_reference_is_the_library_s_selector():
    model = Transformer(layers=2)
    rows = [
        (f"{path}.{name}", w.ndim, type(layer).__name__)
        for path, layer in model.named_modules()
        for name, w in layer.named_parameters(recurse=False)
    ]
    decayed, rest = decay_groups(*zip(*rows, strict=True))
    assert decayed == [name for name, _ in weights_of(model, embeddings=False)]
    assert len(decayed) + len(rest) == len(list(model.parameters()))
