"""Placeholders in a profile: ``${NAME}`` stands for what whoever starts the run gives.

OmegaConf interpolates too, but cannot leave out an entry whose value was not given.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?P<optional>\?)?\}")
_LEFT_OUT: Final = object()


def fill_placeholders(tree: Any, given: Mapping[str, str]) -> Any:  # noqa: ANN401  (as YAML has it)
    """A copy of a YAML tree with every placeholder filled.

    ``${NAME}`` must be given. Where an optional one, ``${NAME?}``, is not given, the smallest item
    of a list around it is left out, or its key where no list is around it.

    Raises:
        ValueError: A value is missing, or one is given that the tree has no placeholder for.
    """
    names = set(_find_names(tree))
    if unknown := sorted(given.keys() - names):
        known = ", ".join(sorted(names)) or "none"
        raise ValueError(f"{', '.join(unknown)}: not asked for; this profile asks for {known}")
    filled = _fill(tree, given, in_list=False)
    return None if filled is _LEFT_OUT else filled


def read_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """Values by name from ``NAME=VALUE``; a path that exists becomes absolute.

    A run changes its folder, and whoever types a path means the one of the shell.

    Raises:
        ValueError: Name or value is missing.
    """
    given = {}
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        if not (name and value):
            raise ValueError(f"--set {assignment}: write NAME=VALUE")
        given[name] = str(Path(value).resolve()) if Path(value).exists() else value
    return given


def _find_names(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield from (match["name"] for match in _PLACEHOLDER.finditer(tree))
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from _find_names(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _find_names(value)


def _fill(tree: Any, given: Mapping[str, str], *, in_list: bool) -> Any:  # noqa: ANN401
    if isinstance(tree, str):
        return _fill_text(tree, given)
    if isinstance(tree, list):
        items = [_fill(item, given, in_list=True) for item in tree]
        return [item for item in items if item is not _LEFT_OUT]
    if isinstance(tree, Mapping):
        values = {key: _fill(value, given, in_list=in_list) for key, value in tree.items()}
        kept = {key: value for key, value in values.items() if value is not _LEFT_OUT}
        return _LEFT_OUT if in_list and len(kept) < len(values) else kept
    return tree


def _fill_text(text: str, given: Mapping[str, str]) -> Any:  # noqa: ANN401
    for match in _PLACEHOLDER.finditer(text):
        if match["name"] not in given:
            if match["optional"]:
                return _LEFT_OUT
            raise ValueError(
                f"{match['name']} is not given: make run PROFILE=… {match['name']}=…,"
                f" or --set {match['name']}=…"
            )
    return _PLACEHOLDER.sub(lambda match: given[match["name"]], text)
