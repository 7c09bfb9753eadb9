"""Words that will not change: those on which two readings of a growing window agree.

LocalAgreement-2 of Liu et al., "Low-latency sequence-to-sequence speech recognition and
translation by partial hypothesis selection" (2020), by words, as Macháček et al., "Turning Whisper
into real-time transcription system" (2023), use it. Words at the end of the audio are held back
besides: the encoder looks ahead, so two readings may agree on half a word.
"""

from collections.abc import Sequence
from itertools import pairwise, takewhile

from ovoz.audio.signal import Seconds
from ovoz.engine.transcript import Word


class Agreement:
    """The stable and the tentative words of one segment.

    Args:
        hold_s: Words that end within this of the end of the audio are not settled.
        settle_s: Nor is the last word, before this much audio follows it.
    """

    def __init__(self, hold_s: Seconds, settle_s: Seconds, stable: Sequence[Word] = ()) -> None:
        self._hold_s = hold_s
        self._settle_s = settle_s
        self.stable = list(stable)
        self._tentative: list[Word] = []
        self._end_s: Seconds = 0.0

    def update(self, words: Sequence[Word], end_s: Seconds) -> None:
        """Take the words of another reading, of a window that ends at ``end_s``."""
        self._end_s = end_s
        fresh = self._behind_stable(words)
        same = takewhile(
            lambda pair: pair[0].text == pair[1].text, zip(fresh, self._tentative, strict=False)
        )
        agreed = len(list(same))
        settled = len(list(takewhile(lambda word: self._is_settled(word, fresh), fresh)))
        count = min(agreed, settled)
        self.stable += fresh[:count]
        self._tentative = fresh[count:]

    @property
    def shown(self) -> list[Word]:
        """What is worth showing: held back words only if there is nothing else."""
        held = self._end_s - self._hold_s
        ripe = list(takewhile(lambda word: word.end_s <= held, self._tentative))
        return self.stable + ripe or self._tentative[:1]

    def find_trim(self, context_s: Seconds) -> Seconds | None:
        """Middle of the last pause between stable words with ``context_s`` of them behind it."""
        if not self.stable:
            return None
        latest_s = self.stable[-1].end_s - context_s
        pauses = [one for one in pairwise(self.stable) if one[1].start_s <= latest_s]
        return _middle(*pauses[-1]) if pauses else None

    def find_widest_pause(self, earliest_s: Seconds) -> Seconds | None:
        """Middle of the widest pause between two stable words behind ``earliest_s``."""
        pauses = [one for one in pairwise(self.stable) if one[0].end_s >= earliest_s]
        widest = max(pauses, key=lambda one: one[1].start_s - one[0].end_s, default=None)
        return _middle(*widest) if widest else None

    def split(self, at_s: Seconds) -> tuple["Agreement", "Agreement"]:
        """The agreements of what lies before and behind a pause at ``at_s``."""
        before = [word for word in self.stable if word.end_s <= at_s]
        after = Agreement(self._hold_s, self._settle_s, self.stable[len(before) :])
        after._tentative, after._end_s = self._tentative, self._end_s
        return Agreement(self._hold_s, self._settle_s, before), after

    def _behind_stable(self, words: Sequence[Word]) -> list[Word]:
        """By time: the window may have been trimmed, and words move by a frame."""
        if not self.stable:
            return list(words)
        done_s = self.stable[-1].end_s
        return [word for word in words if (word.start_s + word.end_s) / 2 > done_s]

    def _is_settled(self, word: Word, fresh: Sequence[Word]) -> bool:
        margin_s = self._settle_s if word is fresh[-1] else self._hold_s
        return word.end_s <= self._end_s - margin_s


def _middle(before: Word, after: Word) -> Seconds:
    return (before.end_s + after.start_s) / 2
