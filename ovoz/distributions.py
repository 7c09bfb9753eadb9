"""Distributions that are installed here, with everything that they need, directly or not."""

from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Wanted = tuple[str, frozenset[str]]
"""The name of a distribution, and extras of it."""


def find_distributions(roots: Iterable[Wanted]) -> dict[str, Distribution]:
    """Distributions by canonical name, sorted; what is not installed is left out."""
    waiting: list[Wanted] = [(canonicalize_name(name), extras) for name, extras in roots]
    seen: set[Wanted] = set()
    found: dict[str, Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        installed = _find(wanted[0])
        if wanted in seen or installed is None:
            continue
        seen.add(wanted)
        found[wanted[0]] = installed
        waiting += _requirements(installed, wanted[1])
    return dict(sorted(found.items()))


def _find(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _requirements(found: Distribution, extras: frozenset[str]) -> list[Wanted]:
    """What a distribution needs here, with the chosen extras."""
    needed = [Requirement(line) for line in found.requires or ()]
    return [
        (canonicalize_name(one.name), frozenset(one.extras))
        for one in needed
        if one.marker is None
        or any(one.marker.evaluate({"extra": extra}) for extra in {"", *extras})
    ]
