"""Who speaks in a recording of one channel, where a speaker encoder is configured.

Embeddings are made and dropped here, within the work on one recording. Nothing of them is logged,
cached or answered.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ovoz.audio.signal import Samples
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.options import RecognitionOptions
from ovoz.serving.problems import ProblemError
from ovoz.serving.speaker_settings import SpeakerSettings
from ovoz.speakers.config import DiarizationConfig, SpeakerCount
from ovoz.speakers.words import assign_speakers

if TYPE_CHECKING:
    from ovoz.speakers.diarization import Diarizer

OpenPieces = Callable[[], Iterable[Samples]]
"""The recording from its start, float32 [T] at 16 kHz, piece after piece."""


class Diarization:
    """Gives words their speakers, where a caller asks for them.

    Args:
        settings: The encoder and the limits; without an encoder every wish is refused.

    Raises:
        ValueError: The encoder cannot be loaded, or the extra ``speakers`` is not installed.
    """

    def __init__(self, settings: SpeakerSettings) -> None:
        self._most = settings.most
        self._diarizer = _load(settings)

    def check(self, options: RecognitionOptions) -> None:
        """Refuse what cannot be done.

        Raises:
            ProblemError: Speakers are asked for and there is no encoder, or they are too many.
        """
        if options.speakers is None:
            return
        if self._diarizer is None:
            told = "speakers: this service tells none apart: OVOZ_SPEAKERS_ENCODER is not set"
            raise ProblemError(422, "speakers-not-configured", told, param="speakers")
        if options.speakers.least > self._most:
            told = f"speakers: this service tells at most {self._most} apart"
            raise ProblemError(422, "invalid-request", told, param="speakers")

    def name_speakers(
        self, transcript: Transcript, pieces: OpenPieces, options: RecognitionOptions
    ) -> Transcript:
        """The transcript, its words with speakers where ``options`` ask for them.

        Raises:
            AudioError: The recording cannot be decoded again.
        """
        asked = options.speakers
        if asked is None or self._diarizer is None or not transcript.words:
            return transcript
        count = SpeakerCount(least=asked.least, most=min(asked.most, self._most))
        return assign_speakers(transcript, self._diarizer.diarize(pieces(), count))


def _load(settings: SpeakerSettings) -> "Diarizer | None":
    if settings.encoder is None:
        return None
    try:
        # Loaded where they are wanted: clustering takes a second to import.
        from ovoz.speakers.diarization import Diarizer
        from ovoz.speakers.encoder import SpeakerEncoder
    except ModuleNotFoundError as error:
        told = f"OVOZ_SPEAKERS_ENCODER needs {error.name}: pip install 'ovoz[speakers]'"
        raise ValueError(told) from error
    config = DiarizationConfig(one_speaker=settings.one_speaker)
    return Diarizer(SpeakerEncoder(settings.encoder), config)
