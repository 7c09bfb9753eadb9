"""What engines share that read every piece of audio alone."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Unpack

from ovoz.audio.signal import Samples
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.assemble import joined_words
from ovoz.engine.transcript import Timings, Transcript
from ovoz.engine.windowed import EngineSettings, WindowedEngine
from ovoz.text.language import Language

PieceReader = Callable[[Samples], Sequence[DecodedWord]]
"""Words of one piece, on its own frames."""


class PiecewiseEngine(WindowedEngine, ABC):
    """An engine that reads pieces one by one, ``threads`` side by side; subclasses read them.

    A word that touches a cut between two pieces is torn.

    Args:
        threads: pieces worked on side by side.
        settings: see :class:`WindowedEngine`.
    """

    def __init__(self, *, threads: int = 1, **settings: Unpack[EngineSettings]) -> None:
        super().__init__(**settings)
        self._pool = ThreadPoolExecutor(threads)

    def transcribe(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        avoid: Language | None = None,
    ) -> list[Transcript]:
        """Transcribe signals, float32 [T] at 16 kHz in [-1, 1]; one transcript each, in order.

        Letters of the language ``avoid`` are never written.

        Raises:
            ValueError: a signal is not one-dimensional, not floating point, or holds NaN or
                infinite samples; the message gives its place in the batch. Or hot words that the
                engine cannot use.
        """
        read = self._reader(hot_words, avoid)
        clips = [self._windows.pieces(samples, place) for place, samples in enumerate(batch)]
        started = time.perf_counter()
        found = self._pool.map(read, [piece for clip in clips for piece in clip])
        transcripts = []
        for samples, clip in zip(batch, clips, strict=True):
            words = joined_words([(self._windows.frames(piece), next(found)) for piece in clip])
            started, network_s = (now := time.perf_counter()), now - started
            transcripts.append(self.transcript(words, samples, Timings(network_s)))
        return transcripts

    @abstractmethod
    def _reader(self, hot_words: Sequence[str], avoid: Language | None) -> PieceReader:
        """What reads pieces; ``hot_words`` and ``avoid`` as for :meth:`transcribe`."""
