"""What ``ovoz transcribe --speakers`` finds out beside the words: who says them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ovoz.cli.errors import stop
from ovoz.engine.transcript import Transcript

if TYPE_CHECKING:
    from ovoz.cli.readers import FileReader
    from ovoz.speakers.config import SpeakerCount
    from ovoz.speakers.diarization import Diarizer


def read_count(text: str) -> "SpeakerCount | None":
    """How many speakers are looked for; None where nobody asked who speaks.

    Ends the command where the text says no number.
    """
    from ovoz.speakers.config import SpeakerCount

    try:
        return SpeakerCount.parse(text) if text else None
    except ValueError as error:
        stop(error)


def with_speakers(
    reader: "FileReader", count: "SpeakerCount | None", encoder: Path | None
) -> "FileReader":
    """A reader whose words have speakers where there is a count; a service finds them itself.

    Ends the command where there is no encoder.
    """
    from ovoz.cli.readers import RemoteReader

    if count is None:
        return reader
    if isinstance(reader, RemoteReader):
        reader.speakers = str(count)
        return reader
    if encoder is None:
        stop("--speakers needs --encoder FILE (`ovoz export-encoder` writes one)")
    try:
        return DiarizingReader.load(reader, count, encoder)
    except ValueError as error:
        stop(error)


class DiarizingReader:
    """A reader of this machine whose words have speakers.

    Args:
        reader: Reads the words.
        diarizer: Finds out who speaks.
        count: How many speakers it looks for.
    """

    def __init__(self, reader: "FileReader", diarizer: "Diarizer", count: "SpeakerCount") -> None:
        self._reader = reader
        self._diarizer = diarizer
        self._count = count
        self.training_data = reader.training_data

    @classmethod
    def load(cls, reader: "FileReader", count: "SpeakerCount", encoder: Path) -> Self:
        """A reader with the encoder of a file.

        Raises:
            EncoderError: It holds none.
        """
        from ovoz.speakers.diarization import Diarizer
        from ovoz.speakers.encoder import SpeakerEncoder

        return cls(reader, Diarizer(SpeakerEncoder(encoder)), count)

    def hear(
        self, file: Path, hot_words: Sequence[str], *, long: bool
    ) -> tuple[Transcript, list[str]]:
        """As :meth:`ovoz.cli.readers.FileReader.hear`; the file is decoded a second time."""
        from ovoz.audio.losses import Losses
        from ovoz.audio.recovery import recover_stream
        from ovoz.speakers.words import assign_speakers

        transcript, losses = self._reader.hear(file, hot_words, long=long)
        if transcript.words:
            segments = self._diarizer.diarize(recover_stream(file, Losses()), self._count)
            transcript = assign_speakers(transcript, segments)
        return transcript, losses
