"""Exercise decay_groups: which parameters of a transformer get weight decay.

Symbols     names, dims, layers (P,): each parameter's name, its number of dimensions, and the kind
            of layer it belongs to, as Python names it ("Linear", "LayerNorm", "Embedding").
"""

from typing import Any

from reglab.exercises.answers import Malformed, expect, kind
from reglab.exercises.exercise import Exercise, Run

Groups = tuple[list[str], list[str]]
EMBED = [("embed.weight", 2, "Embedding"), ("place.weight", 2, "Embedding")]
NORM = [("norm.weight", 1, "LayerNorm"), ("norm.bias", 1, "LayerNorm")]
LINEAR = [("out.weight", 2, "Linear"), ("out.bias", 1, "Linear")]
NAMED = [("embedding_in.weight", 2, "Linear"), ("bias_head.weight", 2, "Linear")]
BLOCK = [
    ("blocks.0.norm1.weight", 1, "LayerNorm"),
    ("blocks.0.attention.project.weight", 2, "Linear"),
    ("blocks.0.attention.project.bias", 1, "Linear"),
    ("blocks.0.mlp.0.weight", 2, "Linear"),
]


def decay_groups(names: tuple, dims: tuple, layers: tuple) -> Groups:
    """Return the names of matrices outside embeddings, and all other names."""
    every = list(zip(names, dims, layers, strict=True))
    decayed = [name for name, dim, layer in every if dim >= 2 and layer != "Embedding"]
    return decayed, [name for name in names if name not in decayed]


def _columns(rows: list[tuple]) -> tuple:
    return tuple(zip(*rows, strict=True))


def _groups(answer: Any, names: tuple, *_: Any) -> Groups:
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Malformed(f"two lists of names were expected; it returned {kind(answer)}")
    for group in answer:
        if not isinstance(group, list | tuple) or not all(isinstance(n, str) for n in group):
            raise Malformed(f"each group must be a list of names; one is {kind(group)}")
        for name in group:
            if name not in names:
                raise Malformed(f"{name!r} is not one of the parameters {', '.join(names)}")
    return list(answer[0]), list(answer[1])


GROUPS = Exercise(
    name="decay_groups",
    arguments=("names", "dims", "layers"),
    task="Return two lists of names: what weight decay is applied to, and all the rest.",
    returns="two lists of names",
    parse=_groups,
    cases=[
        _columns(rows)
        for rows in (
            *(LINEAR[:1], LINEAR[1:], EMBED, LINEAR, NORM, NAMED, BLOCK, EMBED + LINEAR),
            EMBED + BLOCK + NAMED + NORM + LINEAR,
        )
    ],
    reference=decay_groups,
)


@GROUPS.must(
    "every parameter is in exactly one group",
    "An optimizer refuses a parameter that comes twice, and never updates one that is missing.",
)
def _once(run: Run, names, dims, layers):
    decayed, rest = run(names, dims, layers)
    expect(sorted(decayed + rest) == sorted(names), f"together they hold {decayed + rest}")


@GROUPS.must("no bias and no gain is decayed", "They have one dimension.")
def _vectors(run: Run, names, dims, layers):
    vectors = {name for name, dim in zip(names, dims, strict=True) if dim == 1}
    wrong = [name for name in run(names, dims, layers)[0] if name in vectors]
    expect(not wrong, f"it decays {', '.join(wrong)}")


@GROUPS.must("no embedding is decayed", "Look at the kind of layer, not at the name.")
def _embeddings(run: Run, names, dims, layers):
    found = {n for n, layer in zip(names, layers, strict=True) if layer == "Embedding"}
    wrong = [name for name in run(names, dims, layers)[0] if name in found]
    expect(not wrong, f"it decays {', '.join(wrong)}")


@GROUPS.must(
    "every matrix of a Linear layer is decayed",
    "Look at the number of dimensions: names say little.",
)
def _matrices(run: Run, names, dims, layers):
    got, want = run(names, dims, layers)[0], decay_groups(names, dims, layers)[0]
    missing = [name for name in want if name not in got]
    expect(not missing, f"it leaves out {', '.join(missing)}")


@GROUPS.mistake("Everything is decayed, as by AdamW(model.parameters(), weight_decay=0.1).")
def _all(names, dims, layers):
    return list(names), []


@GROUPS.mistake("Embeddings are matrices, but each row is one symbol's vector: leave them out.")
def _embeddings_too(names, dims, layers):
    decayed = [name for name, dim in zip(names, dims, strict=True) if dim >= 2]
    return decayed, [name for name in names if name not in decayed]


@GROUPS.mistake("The groups are swapped.")
def _swapped(names, dims, layers):
    return decay_groups(names, dims, layers)[::-1]


@GROUPS.mistake("Judged by its name, a Linear layer called embedding or bias is left out.")
def _by_name(names, dims, layers):
    decayed = [
        name
        for name, dim in zip(names, dims, strict=True)
        if dim >= 2 and not any(word in name for word in ("embed", "place", "bias"))
    ]
    return decayed, [name for name in names if name not in decayed]


@GROUPS.mistake("The rest is missing: a parameter in no group is never updated.")
def _forgotten(names, dims, layers):
    return decay_groups(names, dims, layers)[0], []
