"""A model that others trained and another program exported, as an artifact describes it."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

IMPORTED_DIR: Final = "imported"
"""Folder, in an artifact, of files that are kept as they came."""


class ImportedKind(StrEnum):
    """What reads an imported model."""

    WHISPER = "whisper"
    """Whisper's decoder on CTranslate2, over windows of full length."""

    WAV2VEC2 = "wav2vec2"
    """A CTC network over the signal itself, on ONNX Runtime."""

    ONNX_ASR = "onnx-asr"
    """The library onnx-asr: GigaAM, NeMo, Vosk, T-one, Whisper."""


class Limit(StrEnum):
    """What a model cannot do; a caller who asks for it is refused, or told what is no figure."""

    HOT_WORDS = "hot words"
    LANGUAGE_HINT = "language hint"
    """The letters of a language cannot be ruled out."""
    WORD_TIMES = "word times"
    """Words share the time of their window by their length."""
    CONFIDENCE = "confidence"
    """It is 1 for every word."""
    LANGUAGE_DETECTION = "language detection"
    """It writes the language that it was imported for, whatever is said."""


CANNOT: Final = {
    ImportedKind.WHISPER: (
        Limit.HOT_WORDS, Limit.LANGUAGE_HINT, Limit.WORD_TIMES, Limit.CONFIDENCE,
        Limit.LANGUAGE_DETECTION,
    ),
    ImportedKind.WAV2VEC2: (),
    ImportedKind.ONNX_ASR: (
        Limit.HOT_WORDS, Limit.LANGUAGE_HINT, Limit.WORD_TIMES, Limit.CONFIDENCE,
    ),
}  # fmt: skip
"""What models of a kind cannot do."""


class ImportedModel(BaseModel):
    """Where a model came from, and how it is read.

    Attributes:
        kind: What reads it.
        source: Last part of the name of the folder that it was imported from.
        weights: The largest file of its weights in the artifact, where that is none of ours.
        onnx_asr: The name or type by which onnx-asr knows it.
        suppressed: Tokens that its decoder must not write.
        cannot: What it cannot do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ImportedKind
    source: str
    weights: str = ""
    onnx_asr: str = ""
    suppressed: tuple[int, ...] = ()
    cannot: tuple[Limit, ...] = ()
