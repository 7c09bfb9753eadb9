"""What engines share that read every piece of audio alone."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NotRequired, TypedDict

from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.decoding.words import DecodedWord
from ovoz.engine.assemble import assemble, joined_words
from ovoz.engine.transcript import Transcript
from ovoz.engine.windows import Windows
from ovoz.model.features import LogMel, LogMelConfig
from ovoz.text.language import Language, word_language


class PiecewiseSettings(TypedDict):
    """Arguments of :class:`PiecewiseEngine`, for engines that only pass them on."""

    features: LogMelConfig
    frame_s: Seconds
    window_s: Seconds
    model_version: str
    threads: NotRequired[int]
    label: NotRequired[Callable[[str], Language]]


class PiecewiseEngine(ABC):
    """An engine that reads pieces one by one, ``threads`` side by side; subclasses read them.

    A word that touches a cut between two pieces is torn.

    Args:
        features: shape of the features the network reads.
        frame_s: seconds of audio per frame of the encoder.
        window_s: longest audio read at once.
        model_version: written into every transcript.
        threads: pieces worked on side by side.
        label: the language pack's language of a word.
    """

    def __init__(
        self,
        *,
        features: LogMelConfig,
        frame_s: Seconds,
        window_s: Seconds,
        model_version: str,
        threads: int = 1,
        label: Callable[[str], Language] = word_language,
    ) -> None:
        self.frame_s = frame_s
        self.model_version = model_version
        self.label = label
        self._log_mel = LogMel(features)
        self._windows = Windows.of(frame_s, window_s)
        self._pool = ThreadPoolExecutor(threads)

    @abstractmethod
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

    def _transcribed(
        self, batch: Sequence[Samples], read: Callable[[Samples], Sequence[DecodedWord]]
    ) -> list[Transcript]:
        """Transcripts of signals, whose pieces ``read`` turns into words on the piece's frames.

        Raises:
            ValueError: as :meth:`Windows.pieces`.
        """
        clips = [self._windows.pieces(samples, place) for place, samples in enumerate(batch)]
        found = self._pool.map(read, [piece for clip in clips for piece in clip])
        return [
            assemble(
                joined_words([(self._windows.frames(piece), next(found)) for piece in clip]),
                frame_s=self.frame_s,
                duration_s=duration_s(samples),
                model_version=self.model_version,
                label=self.label,
            )
            for samples, clip in zip(batch, clips, strict=True)
        ]
