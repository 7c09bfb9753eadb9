"""What a reader of partial transcripts has seen, and how much of it was changed.

Instability as in Shangguan et al., "Analyzing the quality and stability of a streaming end-to-end
on-device speech recognizer" (2020): words, not characters, and a longer word counts as another.
"""

from collections.abc import Sequence
from itertools import zip_longest


class Display:
    """The words of one segment as they were shown last.

    Attributes:
        written: Words that were written, rewritten ones again.
        changed: Words that were replaced or taken back.
    """

    def __init__(self) -> None:
        self.written = 0
        self.changed = 0
        self._words: tuple[str, ...] = ()

    def show(self, words: Sequence[str]) -> None:
        """Show other words."""
        for before, after in zip_longest(self._words, words):
            if before == after:
                continue
            self.changed += before is not None
            self.written += after is not None
        self._words = tuple(words)
