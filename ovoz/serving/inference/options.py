"""Options of a recognition request: language hint and hot words."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import langcodes

from ovoz.audio.signal import Samples

_ENGLISH_NAMES: Final = {"": "auto", "uzbek": "uz", "russian": "ru"}


class LanguageHint(StrEnum):
    """The language spoken in a recording.

    ``auto`` and ``mixed`` allow every word; ``uz`` and ``ru`` rule out the letters of the other
    language, and with them its words.
    """

    AUTO = "auto"
    UZBEK = "uz"
    RUSSIAN = "ru"
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


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """What a caller may ask for besides the transcript of a recording.

    ``hot_words`` are preferred where the sound leaves a choice. A ``draft`` is read fast, for a
    partial transcript.
    """

    language_hint: LanguageHint = LanguageHint.AUTO
    hot_words: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """One recording for the model: ``samples`` are float32 [T] at 16 kHz in [-1, 1]."""

    samples: Samples
    options: RecognitionOptions = field(default_factory=RecognitionOptions)
