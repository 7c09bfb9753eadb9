"""Marks in transcripts that nobody speaks: noises, tags, entities, speaker labels, times."""

import html
import re
from dataclasses import dataclass
from typing import Final

_TIME: Final = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_UNHEARD: Final = (
    "unk|unclear|unintelligible|inaudible|indistinct|crosstalk|xxx|неразборчиво|неразб|нрзб|нрзб\\.|"
    "непонятно|tushunarsiz|noaniq|тушунарсиз"
)
_LABELS: Final = (
    "speaker|operator|agent|client|customer|caller|interviewer|"
    "спикер|говорящий|диктор|оператор|клиент|абонент|mijoz|operator|so'zlovchi|suxandon"
)
_CASE: Final = re.IGNORECASE | re.MULTILINE
_UNHEARD_MARK: Final = re.compile(rf"[\[(<{{]\s*(?:{_UNHEARD})[^\])>}}]*[\])>}}]|\*{{3,}}", _CASE)
_REMOVED: Final = {
    "time": re.compile(
        rf"^\s*\d+\s*\n(?=\s*{_TIME}\s*-->)|{_TIME}\s*-->\s*{_TIME}|[\[(<]\s*{_TIME}\s*[\])>]",
        _CASE,
    ),
    "label": re.compile(rf"^\s*(?:<v\s+[^>]*>|(?:{_LABELS})\s*[\d#№]*\s*:|S\d+\s*:)", _CASE),
    "tag": re.compile(r"</?[a-z][^<>]*>", _CASE),
    "noise": re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|[♪♫]+"),
}
_ENTITY: Final = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+\d*);", re.IGNORECASE)
_NOTED: Final = re.compile(
    r"\(\s*(?:смех|смеётся|смеется|шум|музыка|пауза|кашель|вздох|аплодисменты|laughter|laughs|noise|"
    r"music|pause|cough|applause|kulgi|kuladi|shovqin|musiqa|qarsaklar|yo'tal)[^()]*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A transcript without its marks.

    ``marks`` are the kinds removed: ``time``, ``label``, ``tag``, ``noise``, ``entity``.
    ``unheard`` marks a word that the transcriber did not understand: the transcript is incomplete.
    """

    text: str
    marks: tuple[str, ...] = ()
    unheard: str = ""


def remove_marks(transcript: str) -> SpokenText:
    """Take out what a transcript holds beside spoken words.

    Conventions: LDC and Kaldi (``[noise]``, ``<unk>``, ``{laugh}``), subtitles (times, cue numbers,
    ``<v Anna>``, ``♪``), HTML, transcripts in brackets of Russian and Uzbek offices. Words in round
    brackets stay unless they are one of a list: people speak what stands there.
    """
    text = html.unescape(transcript) if _ENTITY.search(transcript) else transcript
    marks = ["entity"] if text != transcript else []
    unheard = _UNHEARD_MARK.search(text)
    for kind, pattern in (*_REMOVED.items(), ("noise", _NOTED)):
        text, number = pattern.subn(" ", text)
        if number and kind not in marks:
            marks.append(kind)
    kept = " ".join(text.split()) if marks else transcript
    return SpokenText(kept, tuple(marks), unheard[0] if unheard else "")
