"""Subtitles (SRT and WebVTT) that show the language of every word.

SRT as players read it, WebVTT as of https://www.w3.org/TR/webvtt1/ (language spans: section 4.2.2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.engine.transcript import Transcript, Word
from ovoz.text.language import Language

_PAUSE_S: Final = 0.8
_LONGEST_S: Final = 6.0
_MOST_LETTERS: Final = 84
"""Two lines of 42, as broadcasters set them."""
_COLOURS: Final = {
    Language.UZBEK: "#8ab4f8",
    Language.RUSSIAN: "#ffb86b",
    Language.MIXED: "#d7a6f0",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that are shown together."""

    words: tuple[Word, ...]

    @property
    def start_s(self) -> Seconds:
        """Time at which it appears."""
        return self.words[0].start_s

    @property
    def end_s(self) -> Seconds:
        """Time at which it disappears."""
        return self.words[-1].end_s

    @property
    def text(self) -> str:
        """Its text."""
        return " ".join(word.text for word in self.words)


def cues(transcript: Transcript) -> list[Cue]:
    """The words of a transcript, split at pauses, at six seconds and at two lines."""
    found: list[Cue] = []
    current: list[Word] = []
    for word in transcript.words:
        if current and _is_full(current, word):
            found.append(Cue(tuple(current)))
            current = []
        current.append(word)
    return [*found, Cue(tuple(current))] if current else found


def srt(transcript: Transcript) -> str:
    """SubRip text; in a cue of several languages each has its own colour."""
    blocks = [
        f"{number}\n{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}\n{_coloured(cue)}\n"
        for number, cue in enumerate(cues(transcript), start=1)
    ]
    return "\n".join(blocks)


def vtt(transcript: Transcript) -> str:
    """WebVTT text with a language span around every run of words of one language."""
    blocks = [
        f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}\n{_spanned(cue)}\n"
        for cue in cues(transcript)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _is_full(words: Sequence[Word], following: Word) -> bool:
    letters = sum(len(word.text) + 1 for word in words) + len(following.text)
    return (
        following.start_s - words[-1].end_s >= _PAUSE_S
        or following.end_s - words[0].start_s > _LONGEST_S
        or letters > _MOST_LETTERS
    )


def _runs(cue: Cue) -> Iterator[tuple[Language, str]]:
    for language, words in groupby(cue.words, key=lambda word: word.language):
        yield language, escape(" ".join(word.text for word in words), quote=False)


def _coloured(cue: Cue) -> str:
    runs = list(_runs(cue))
    if len(runs) == 1:
        return cue.text
    return " ".join(
        f'<font color="{_COLOURS[language]}">{text}</font>' if language in _COLOURS else text
        for language, text in runs
    )


def _spanned(cue: Cue) -> str:
    # "mixed" and "other" are no language tags (BCP 47); "mul" and "und" are.
    tags = {Language.MIXED: "mul", Language.OTHER: "und"}
    return " ".join(
        f"<lang {tags.get(language, language.value)}>{text}</lang>" for language, text in _runs(cue)
    )


def _time(seconds: Seconds, point: str) -> str:
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
