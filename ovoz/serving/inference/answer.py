"""What the service answers."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.losses import Loss, LossKind
from ovoz.engine.transcript import Transcript, Word
from ovoz.engine.written import write_transcript
from ovoz.serving.recognition import Recognition
from ovoz.speakers.talk import measure_talk
from ovoz.text.language import Language
from ovoz.text.written.redaction import RedactionKind, find_marked_kind
from ovoz.text.written.writing import Writing, WritingError


def _is_none(value: object) -> bool:
    """Fields that nobody asked for are left out."""
    return value is None


class WordAnswer(BaseModel):
    """One word; times in seconds from the start, confidence in [0, 1].

    ``speaker`` counts from 1 and is there where it was asked for.
    """

    model_config = ConfigDict(from_attributes=True)

    text: str
    start_s: float
    end_s: float
    language: Language
    confidence: float
    speaker: int | None = Field(default=None, exclude_if=_is_none)


class SpeakerAnswer(BaseModel):
    """How long a speaker talked; ``share`` of all talk in [0, 1]."""

    model_config = ConfigDict(from_attributes=True)

    speaker: int
    talk_s: float
    share: float
    turns: int
    words: int
    interruptions: int | None = Field(default=None, exclude_if=_is_none)


class SwitchAnswer(BaseModel):
    """A change of language before word ``index``."""

    model_config = ConfigDict(from_attributes=True)

    index: int
    time_s: float
    from_language: Language
    to_language: Language


class LossAnswer(BaseModel):
    """Sound that is missing from ``start_s`` to ``end_s``; word times do not shift by it.

    With ``silence`` it was read as silence; without, it lies behind the end.
    """

    kind: LossKind
    start_s: float
    end_s: float
    silence: bool
    detail: str

    @classmethod
    def of(cls, loss: Loss) -> Self:
        """What is told of a loss."""
        return cls(
            kind=loss.kind,
            start_s=round(loss.start_s, 3),
            end_s=round(loss.end_s, 3),
            silence=loss.kind is not LossKind.CUT_OFF,
            detail=str(loss),
        )


class RedactionAnswer(BaseModel):
    """Words that were taken out, of which the transcript has a mark: ``[card]``."""

    kind: RedactionKind
    start_s: float
    end_s: float


class Answer(BaseModel):
    """The transcript of one recording.

    ``engine_ms`` is what of ``processing_ms`` the model took, ``notice`` says what it was trained
    on, ``cached`` that the result was kept from before. ``request_id`` is for ``/feedback``;
    ``warnings`` name what of the recording could not be decoded, ``redacted`` what was taken out,
    ``speakers`` who talks for how long, where it was asked for.
    """

    text: str
    language_detected: Language
    language_confidence: float
    confidence: float
    words: list[WordAnswer] | None
    switches: list[SwitchAnswer]
    duration_s: float
    processing_ms: float
    engine_ms: float
    model_version: str
    notice: str
    request_id: str
    cached: bool = False
    warnings: list[LossAnswer] = []
    redacted: list[RedactionAnswer] = []
    speakers: list[SpeakerAnswer] | None = Field(default=None, exclude_if=_is_none)

    @classmethod
    def of(cls, recognition: Recognition, *, timestamps: bool) -> Self:
        """The answer to one recording; without time stamps ``words`` is null."""
        transcript = recognition.transcript
        words = [WordAnswer.model_validate(word) for word in transcript.words]
        talk = measure_talk(transcript.words)
        return cls(
            text=transcript.text,
            language_detected=transcript.language,
            language_confidence=transcript.language_confidence,
            confidence=transcript.confidence,
            words=words if timestamps else None,
            switches=[SwitchAnswer.model_validate(one) for one in transcript.switches],
            duration_s=recognition.duration_s,
            processing_ms=recognition.processing_ms,
            engine_ms=recognition.engine_ms,
            request_id=recognition.request_id,
            model_version=transcript.model_version,
            notice=recognition.notice,
            cached=recognition.cached,
            warnings=[LossAnswer.of(loss) for loss in recognition.losses],
            redacted=[
                RedactionAnswer(kind=kind, start_s=word.start_s, end_s=word.end_s)
                for word in transcript.words
                if (kind := find_marked_kind(word.text))
            ],
            speakers=[SpeakerAnswer.model_validate(one) for one in talk] if talk else None,
        )


class WrittenTranscript(BaseModel):
    """The transcript as people read it; each word lasts as long as the spoken ones it stands for.

    Without time stamps ``words`` is null.
    """

    text: str
    words: list[WordAnswer] | None


class WrittenAnswer(Answer):
    """The transcript of one recording in spoken and in written form."""

    written: WrittenTranscript

    @classmethod
    def of_kept(cls, answer: Answer, writing: Writing) -> Self:
        """A kept answer with the written form beside it.

        Raises:
            WritingError: There is no such form in its languages, or it was kept without words.
        """
        if answer.words is None:
            raise WritingError("without time stamps there is no written form: ask with timestamps")
        spoken = Transcript(
            text=answer.text,
            words=tuple(Word(**dict(word)) for word in answer.words),
            language=answer.language_detected,
            language_confidence=answer.language_confidence,
            switches=(),
            confidence=answer.confidence,
            model_version=answer.model_version,
        )
        return cls.of_form(answer, write_transcript(spoken, writing))

    @classmethod
    def of_form(cls, answer: Answer, form: Transcript) -> Self:
        """An answer with the written form beside it."""
        words = [WordAnswer.model_validate(word) for word in form.words]
        written = WrittenTranscript(text=form.text, words=None if answer.words is None else words)
        return cls(**dict(answer), written=written)
