"""What ``ovoz transcribe`` reads recordings with: a model of this machine, or a service."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

from ovoz.cli.remote import RemoteError
from ovoz.decoding.config import DecoderKind
from ovoz.engine.transcript import Switch, Transcript, Word
from ovoz.text.language import Language

if TYPE_CHECKING:
    from ovoz_client import Transcript as Answer

    from ovoz.engine.engine import Engine

_NOTICE: Final = "trained on "


class FileReader(Protocol):
    """Reads files."""

    training_data: str

    def hear(
        self, file: Path, hot_words: Sequence[str], *, long: bool
    ) -> tuple[Transcript, list[str]]:
        """The transcript of a file, and what of it could not be decoded."""
        ...


class LocalReader:
    """A model artifact."""

    def __init__(self, engine: "Engine", training_data: str) -> None:
        self._engine = engine
        self.training_data = training_data

    @classmethod
    def load(cls, artifact: Path, decoder: DecoderKind | None) -> Self:
        """Load an artifact, with another decoder than its own if one is named.

        Raises:
            OSError: It cannot be read.
            ValueError: It is none.
        """
        from ovoz.engine.artifact.storage import read_description
        from ovoz.engine.load import load_engine

        description = read_description(artifact, verify=False)
        chosen = description.decoder.model_copy(update={"kind": decoder}) if decoder else None
        return cls(load_engine(artifact, decoder=chosen), description.training_data)

    def hear(
        self, file: Path, hot_words: Sequence[str], *, long: bool
    ) -> tuple[Transcript, list[str]]:
        """As :meth:`FileReader.hear`.

        Raises:
            AudioError, OSError: The file cannot be decoded or read.
            HotWordsError: The hot words cannot be used.
        """
        from ovoz.audio.losses import Losses
        from ovoz.audio.recovery import recover, recover_stream
        from ovoz.engine.recording import transcribe_whole_recording

        if not long:
            samples, losses = recover(file)
            transcript = self._engine.transcribe([samples], hot_words=hot_words)[0]
        else:
            losses = Losses()
            transcript = transcribe_whole_recording(self._engine, recover_stream(file, losses))
        return transcript, [str(loss) for loss in losses.listed]


class RemoteReader:
    """A running service.

    Args:
        url: of the service.
        key: an API key or token; empty for none.

    Raises:
        ValueError: The address is none.
    """

    def __init__(self, url: str, key: str) -> None:
        from ovoz_client import Client

        self._client = Client(url, key)
        self.training_data = "data that the service does not name"
        self.speakers = ""
        """How many speakers the service is asked to tell apart; empty asks for none."""

    def hear(
        self, file: Path, hot_words: Sequence[str], *, long: bool
    ) -> tuple[Transcript, list[str]]:
        """As :meth:`FileReader.hear`; long recordings by a job.

        Raises:
            OSError: The file cannot be read.
            RemoteError: The service refuses, fails or does not answer.
        """
        from ovoz_client import OvozError

        try:
            answer = (self._by_job if long else self._at_once)(file, hot_words)
        except OvozError as error:
            raise RemoteError.of(error) from error
        if answer.notice:
            self.training_data = answer.notice.removeprefix(_NOTICE)
        return _as_transcript(answer), [loss.detail for loss in answer.warnings]

    def _at_once(self, file: Path, hot_words: Sequence[str]) -> "Answer":
        return self._client.transcribe(file, hotwords=hot_words, speakers=self.speakers)

    def _by_job(self, file: Path, hot_words: Sequence[str]) -> "Answer":
        job = self._client.create_job([file], hotwords=hot_words, speakers=self.speakers)
        (result,) = self._client.wait_for_job(job.id).results
        if result.answer is None:
            raise RemoteError(result.problem.detail if result.problem else f"job {result.state}")
        return result.answer


def _as_transcript(answer: "Answer") -> Transcript:
    words = tuple(
        Word(
            word.text,
            word.start_s,
            word.end_s,
            Language(word.language),
            word.confidence,
            word.speaker,
        )
        for word in answer.words or ()
    )
    switches = tuple(
        Switch(one.index, one.time_s, Language(one.from_language), Language(one.to_language))
        for one in answer.switches
    )
    return Transcript(
        answer.text,
        words,
        Language(answer.language_detected),
        answer.language_confidence,
        switches,
        answer.confidence,
        answer.model_version,
        answer.duration_s,
    )
