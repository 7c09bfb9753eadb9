"""Versions of Python and of every distribution that training needs, directly or not."""

import platform
from typing import Final

from ovoz.distributions import find_distributions

_TRAINING: Final = ("ovoz", frozenset({"train", "attention"}))


def list_libraries() -> dict[str, str]:
    """Versions by name; what is not installed here is left out."""
    found = find_distributions([_TRAINING])
    return {"python": platform.python_version()} | {
        name: installed.version for name, installed in found.items()
    }
