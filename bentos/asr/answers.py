"""What the service answers."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from ovoz.engine.transcript import Transcript
from ovoz.text.language import Language


class WordAnswer(BaseModel):
    """One word; times in seconds from the start, confidence in [0, 1]."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    start_s: float
    end_s: float
    language: Language
    confidence: float


class SwitchAnswer(BaseModel):
    """A change of language before word ``index``."""

    model_config = ConfigDict(from_attributes=True)

    index: int
    time_s: float
    from_language: Language
    to_language: Language


class Answer(BaseModel):
    """The transcript of one recording. ``notice`` says what the model was trained on."""

    text: str
    language_detected: Language
    language_confidence: float
    confidence: float
    words: list[WordAnswer]
    switches: list[SwitchAnswer]
    duration_s: float
    processing_ms: float
    model_version: str
    notice: str

    @classmethod
    def of(
        cls, transcript: Transcript, *, duration_s: float, processing_ms: float, notice: str
    ) -> Self:
        """The answer that tells ``transcript``."""
        return cls(
            text=transcript.text,
            language_detected=transcript.language,
            language_confidence=transcript.language_confidence,
            confidence=transcript.confidence,
            words=[WordAnswer.model_validate(word) for word in transcript.words],
            switches=[SwitchAnswer.model_validate(one) for one in transcript.switches],
            duration_s=duration_s,
            processing_ms=processing_ms,
            model_version=transcript.model_version,
            notice=notice,
        )


class Health(BaseModel):
    """Whether the service can answer."""

    status: str
    model_loaded: bool
    model_version: str
    notice: str
