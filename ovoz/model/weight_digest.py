"""Digests of weights, for names of what is computed with them."""

import hashlib
from collections.abc import Iterable

from torch import nn


def digest_weights(modules: Iterable[nn.Module], beginning: str = "") -> str:
    """Hex digest of ``beginning`` and of names, shapes and values of all weights of modules."""
    digest = hashlib.sha256(beginning.encode())
    for module in modules:
        for name, weight in module.state_dict().items():
            digest.update(f"{name} {list(weight.shape)}".encode())
            digest.update(weight.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
