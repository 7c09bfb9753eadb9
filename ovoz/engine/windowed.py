"""What all engines share: audio in windows, and words to transcripts."""

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.assemble import assemble
from ovoz.engine.transcript import Timings, Transcript
from ovoz.engine.windows import Windows
from ovoz.model.features import LogMel, LogMelConfig
from ovoz.text.language import Language, word_language


class EngineSettings(TypedDict):
    """Arguments of :class:`WindowedEngine`, for engines that only pass them on."""

    features: LogMelConfig
    frame_s: Seconds
    window_s: Seconds
    model_version: str
    label: NotRequired[Callable[[str], Language]]


class WindowedEngine:
    """An engine around one network that reads at most a window of audio at once.

    Args:
        features: shape of the features the network reads.
        frame_s: seconds of audio per frame of the network's output.
        window_s: longest audio read at once.
        model_version: written into every transcript.
        label: the language pack's language of a word.
    """

    def __init__(
        self,
        *,
        features: LogMelConfig,
        frame_s: Seconds,
        window_s: Seconds,
        model_version: str,
        label: Callable[[str], Language] = word_language,
    ) -> None:
        self.frame_s = frame_s
        self.model_version = model_version
        self.label = label
        self._log_mel = LogMel(features)
        self._windows = Windows.of(frame_s, window_s)

    def transcript(
        self, words: Sequence[DecodedWord], samples: Samples, timings: Timings | None = None
    ) -> Transcript:
        """The transcript of a signal, float32 [T] at 16 kHz, in which ``words`` were read."""
        return assemble(
            words,
            frame_s=self.frame_s,
            duration_s=duration_s(samples),
            model_version=self.model_version,
            label=self.label,
            timings=timings,
        )
