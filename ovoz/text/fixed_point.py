"""Repeats a step of normalization until it changes nothing more."""

from collections.abc import Callable


def find_fixed_point(step: Callable[[str], str], text: str) -> str:
    """The text that a step ends at, from which it goes no further.

    If texts take turns without an end, the first of them in alphabetical order, so that the result
    of every one of them is the same.
    """
    passes: list[str] = []
    while text not in passes:
        passes.append(text)
        text = step(text)
    return min(passes[passes.index(text) :])
