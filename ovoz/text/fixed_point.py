"""Repeats a pass of normalization until another one would change nothing."""

from collections.abc import Callable


def find_fixed_point(run_pass: Callable[[str], tuple[str, bool]], text: str) -> str:
    """The text that the passes end at.

    If texts take turns without an end, the first of them in alphabetical order, so that each of
    them leads to the same.

    Args:
        run_pass: Returns a text after one pass, and whether another one would change nothing.
        text: Where the passes begin.
    """
    passes: list[str] = []
    text, settled = run_pass(text)
    while not settled and text not in passes:
        passes.append(text)
        text, settled = run_pass(text)
    return text if settled else min(passes[passes.index(text) :])
