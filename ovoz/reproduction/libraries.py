"""Versions of Python and of every distribution that training needs, directly or not."""

import platform
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT: Final = ("ovoz", frozenset({"train", "attention"}))
_Wanted = tuple[str, frozenset[str]]


def list_libraries() -> dict[str, str]:
    """Versions by name; what is not installed here is left out."""
    waiting: list[_Wanted] = [_ROOT]
    seen: set[_Wanted] = set()
    versions = {"python": platform.python_version()}
    while waiting:
        wanted = waiting.pop()
        found = _find(wanted[0])
        if wanted in seen or found is None:
            continue
        seen.add(wanted)
        versions[wanted[0]] = found.version
        waiting += _requirements(found, wanted[1])
    return dict(sorted(versions.items()))


def _find(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _requirements(found: Distribution, extras: frozenset[str]) -> list[_Wanted]:
    """What a distribution needs here, with the chosen extras."""
    needed = [Requirement(line) for line in found.requires or ()]
    return [
        (canonicalize_name(one.name), frozenset(one.extras))
        for one in needed
        if one.marker is None
        or any(one.marker.evaluate({"extra": extra}) for extra in {"", *extras})
    ]
