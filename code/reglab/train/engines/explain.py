"""Why torch.func.vmap can't take a module, in words that name the fix."""

from torch import nn

HINTS = {
    ".item()": "it makes a Python number of a tensor (.item(), float(...), an `if` on a tensor): "
    "compute with tensors, as torch.where does; BatchNorm needs a number as its momentum, not None",
    "data-dependent control flow": "it asks `if` of a tensor: use torch.where",
    "aten::gru": "write the recurrent cell as a loop over time, with nn.Linear",
    "aten::lstm": "write the recurrent cell as a loop over time, with nn.Linear",
    "aten::rnn": "write the recurrent cell as a loop over time, with nn.Linear",
    "div.out": "it writes into a tensor that it is given, as spectral_norm does",
    "in-place": "it writes in place into a tensor that all networks share: make a new one instead",
    "inplace": "it writes in place into a tensor that all networks share: make a new one instead",
}
SIGNS = ("vmap", "Batching rule", "batching rule", "BatchedTensor", "functorch", *HINTS)


def explain(error: Exception, module: nn.Module) -> Exception:
    """The error to raise in place of one that `module` caused under vmap; others as they are."""
    text = str(error)
    if not any(sign in text for sign in SIGNS):
        return error
    hint = next((fix for sign, fix in HINTS.items() if sign in text), text.split("\n")[0][:200])
    return ValueError(
        f"networks of this kind ({type(module).__name__}) can't be trained as one by "
        f"torch.func.vmap: {hint}; or train each alone with fit(...)"
    )
