"""Options of a recognition request: language hint, hot words, and what must not be read."""

import re
import reprlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import langcodes

from ovoz.audio.signal import Samples
from ovoz.speakers.config import SpeakerCount
from ovoz.text.written.redaction import NUMBERS, RedactionKind

_REDACTED: Final = {kind.value: frozenset((kind,)) for kind in RedactionKind} | {
    "numbers": NUMBERS,
    "pci": frozenset((RedactionKind.CARD, RedactionKind.NUMBER)),
    "pii": frozenset(RedactionKind),
    "true": frozenset(RedactionKind),
}
"""Kinds, and several at once under the names that callers of Deepgram know."""
_ENGLISH_NAMES: Final = {
    "": "auto", "uzbek": "uz", "russian": "ru", "kazakh": "kk", "vietnamese": "vi", "english": "en",
}  # fmt: skip


class LanguageHint(StrEnum):
    """The language spoken in a recording.

    ``auto`` and ``mixed`` allow every word; a language rules out the letters that it is not written
    with, and with them the words of the other language of the model.
    """

    AUTO = "auto"
    UZBEK = "uz"
    RUSSIAN = "ru"
    KAZAKH = "kk"
    VIETNAMESE = "vi"
    ENGLISH = "en"
    MIXED = "mixed"

    @classmethod
    def _missing_(cls, value: object) -> "LanguageHint | None":
        """The hint of a language tag (BCP 47) or an English name, in any case: ``ru-RU``."""
        text = str(value).strip().lower()
        text = _ENGLISH_NAMES.get(text, text)
        if text in cls._value2member_map_:
            return cls(text)
        try:
            return cls._value2member_map_.get(langcodes.get(text).language)  # type: ignore[return-value]
        except ValueError:
            return None


def read_redaction(fields: Iterable[str]) -> frozenset[RedactionKind]:
    """What must not be read, from fields with names separated by commas.

    Raises:
        ValueError: A name is unknown; the message lists the known ones.
    """
    names = re.findall(r"[^\s,]+", ",".join(fields).lower())
    if unknown := set(names) - set(_REDACTED):
        told = f"redact: {reprlib.repr(min(unknown))} is unknown"
        raise ValueError(f"{told}: send {', '.join(_REDACTED)}, or several of them")
    return frozenset(kind for name in names for kind in _REDACTED[name])


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """What a caller may ask for besides the transcript of a recording.

    ``hot_words`` are preferred where the sound leaves a choice. A ``draft`` is read fast, for a
    partial transcript. What is of a kind in ``redact`` is taken out before a transcript is answered
    or kept anywhere. Where ``speakers`` is there, words get who says them.
    """

    language_hint: LanguageHint = LanguageHint.AUTO
    hot_words: tuple[str, ...] = ()
    draft: bool = False
    redact: frozenset[RedactionKind] = frozenset()
    speakers: SpeakerCount | None = None


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """One recording for the model: ``samples`` are float32 [T] at 16 kHz in [-1, 1]."""

    samples: Samples
    options: RecognitionOptions = field(default_factory=RecognitionOptions)
