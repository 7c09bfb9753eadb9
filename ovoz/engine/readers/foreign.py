"""Readers of models that others trained: their spelling becomes ours."""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.hot_words import HotWordsError
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.frontend import Frontend
from ovoz.engine.readers import AllowedLetters, DecodedSignal, Reader
from ovoz.engine.readers.window_by_window import read_windows
from ovoz.engine.workers import Workers

TextReader = Callable[[Samples], str]
"""Returns the text of a signal, float32 [T] at 16 kHz."""
Canonical = Callable[[str], str]
"""The language pack's canonical form of a text."""


class TextReaderOnly:
    """Reads by a model that writes text and nothing else.

    Words share the frames of their window by their length, and have a confidence of 1.

    Args:
        text_of: The model.
        frontend: Cuts signals into windows.
        canonical: Of the language pack.
        workers: Threads for windows; one by default.
    """

    def __init__(
        self,
        text_of: TextReader,
        frontend: Frontend,
        canonical: Canonical,
        *,
        workers: Workers | None = None,
    ) -> None:
        self._text_of = text_of
        self._frontend = frontend
        self._canonical = canonical
        self._workers = workers or Workers()

    @property
    def frame_s(self) -> Seconds:
        """Seconds of audio per frame, by which words share the time."""
        return self._frontend.frame_s

    def read(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        allowed_letters: AllowedLetters | None = None,
    ) -> list[DecodedSignal]:
        """As :meth:`ovoz.engine.readers.Reader.read`; letters cannot be ruled out."""
        if hot_words:
            raise HotWordsError("hot words cannot be used with this model, which was imported")
        return read_windows(self._read_window, batch, self._frontend, self._workers)

    def _read_window(self, window: Samples) -> list[DecodedWord]:
        words = self._canonical(self._text_of(window)).split()
        frames = max(1, self._frontend.frames(window))
        return share_frames(words, 0, frames, confidence=1.0, script_confidence=1.0)


class CanonicalReader:
    """Reads by another reader, and writes its words in the canonical form.

    Args:
        reader: Of a network with a spelling of its own.
        canonical: Of the language pack.
    """

    def __init__(self, reader: Reader, canonical: Canonical) -> None:
        self._reader = reader
        self._canonical = canonical

    @property
    def frame_s(self) -> Seconds:
        """Seconds of audio per frame."""
        return self._reader.frame_s

    def read(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        allowed_letters: AllowedLetters | None = None,
    ) -> list[DecodedSignal]:
        """As :meth:`ovoz.engine.readers.Reader.read`."""
        found = self._reader.read(batch, hot_words=hot_words, allowed_letters=allowed_letters)
        return [
            DecodedSignal([new for word in one.words for new in self._spell(word)], one.timings)
            for one in found
        ]

    def _spell(self, word: DecodedWord) -> list[DecodedWord]:
        """The word in canonical spelling; a number may become several words."""
        return share_frames(
            self._canonical(word.text).split(), word.start_frame, word.end_frame,
            confidence=word.confidence, script_confidence=word.script_confidence,
        )  # fmt: skip


def share_frames(
    words: Sequence[str], start: int, end: int, *, confidence: float, script_confidence: float
) -> list[DecodedWord]:
    """Words that share the frames [``start``, ``end``) by their length, one frame each at least."""
    letters = list(accumulate((len(word) for word in words), initial=0))
    edges = [start + (end - start) * one // max(1, letters[-1]) for one in letters]
    return [
        DecodedWord(word, first, max(last, first + 1), confidence, script_confidence)
        for word, (first, last) in zip(words, pairwise(edges), strict=True)
    ]
