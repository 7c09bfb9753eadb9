"""Subtitles (SRT and WebVTT) that show the language of every word, and who speaks.

SRT as players read it, WebVTT as of https://www.w3.org/TR/webvtt1/ (language spans: section 4.2.2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, starmap, zip_longest
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.engine.transcript import Transcript, Word
from ovoz.text.language import Language

_PAUSE_S: Final = 0.8
_LONGEST_S: Final = 6.0
_LINE: Final = 42
_MOST_LINES: Final = 2
_LETTERS_PER_S: Final = 17.0
"""The usual limits of broadcasters: two lines of 42 letters, read at 17 letters a second."""
_CLAUSE_ENDS: Final = (".", ",", "?", "!", "…", ":", ";")
_COLOURS: Final = {
    Language.UZBEK: "#8ab4f8",
    Language.KAZAKH: "#8ab4f8",
    Language.VIETNAMESE: "#8ab4f8",
    Language.RUSSIAN: "#ffb86b",
    Language.ENGLISH: "#ffb86b",
    Language.MIXED: "#d7a6f0",
}

_TAGS: Final = {Language.MIXED: "mul", Language.OTHER: "und"}
"""These are no language tags (BCP 47) otherwise."""


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
    def speaker(self) -> int | None:
        """Who speaks in it."""
        return self.words[0].speaker

    @property
    def text(self) -> str:
        """Its text."""
        return " ".join(word.text for word in self.words)

    @property
    def lines(self) -> list[Sequence[Word]]:
        """One line, or two: divided where a clause ends, or in the middle."""
        if len(self.text) <= _LINE:
            return [self.words]
        places = range(1, len(self.words))
        at = min(places, key=lambda place: _weigh_break(self.words, place), default=0)
        return [self.words[:at], self.words[at:]] if at else [self.words]


def cues(transcript: Transcript) -> list[Cue]:
    """The words of a transcript, split at pauses, at six seconds and at two lines.

    A written token such as ``25 000`` is one word: no line ends within it.
    """
    found: list[Cue] = []
    current: list[Word] = []
    for word in transcript.words:
        if current and _is_full(current, word):
            found.append(Cue(tuple(current)))
            current = []
        current.append(word)
    return [*found, Cue(tuple(current))] if current else found


def srt(transcript: Transcript) -> str:
    """SubRip text; in a cue of several languages each has its own colour.

    Where words have speakers, a cue in which another one begins to speak says who.
    """
    blocks = []
    speaker = None
    for number, (cue, end_s) in enumerate(_timed(transcript), start=1):
        says = f"{name_speaker(cue.speaker)}: " if cue.speaker not in (None, speaker) else ""
        speaker = cue.speaker
        times = f"{_time(cue.start_s, ',')} --> {_time(end_s, ',')}"
        blocks.append(f"{number}\n{times}\n{says}{_coloured(cue)}\n")
    return "\n".join(blocks)


def name_speaker(speaker: int | None) -> str:
    """A speaker as readers see it; empty for None."""
    return "" if speaker is None else f"Speaker {speaker}"


def vtt(transcript: Transcript) -> str:
    """WebVTT text with a language span around every run of words of one language.

    Where words have speakers, each cue is in a voice span (section 4.2.2).
    """
    blocks = [
        f"{_time(cue.start_s, '.')} --> {_time(end_s, '.')}\n{_voiced(cue)}\n"
        for cue, end_s in _timed(transcript)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _is_full(words: Sequence[Word], following: Word) -> bool:
    return (
        following.speaker != words[-1].speaker
        or following.start_s - words[-1].end_s >= _PAUSE_S
        or following.end_s - words[0].start_s > _LONGEST_S
        or len(_fill_lines([*words, following])) > _MOST_LINES
    )


def _fill_lines(words: Sequence[Word]) -> list[int]:
    """Letters of each line where every line takes as many words as it has room for."""
    lines: list[int] = []
    for word in words:
        longer = lines[-1] + 1 + len(word.text) if lines else 0
        if lines and longer <= _LINE:
            lines[-1] = longer
        else:
            lines.append(len(word.text))
    return lines


def _weigh_break(words: Sequence[Word], place: int) -> tuple[bool, bool, int]:
    """The less, the better two lines would be that are divided before a word."""
    above = sum(len(word.text) + 1 for word in words[:place]) - 1
    below = sum(len(word.text) + 1 for word in words[place:]) - 1
    is_clause = words[place - 1].text.endswith(_CLAUSE_ENDS)
    return max(above, below) > _LINE, not is_clause, abs(above - below)


def _timed(transcript: Transcript) -> Iterator[tuple[Cue, Seconds]]:
    """Cues, and until when each is shown: long enough to be read, where the next one lets it."""
    found = cues(transcript)
    for cue, following in zip_longest(found, found[1:]):
        readable_s = cue.start_s + len(cue.text) / _LETTERS_PER_S
        latest_s = following.start_s if following else max(cue.end_s, transcript.duration_s)
        yield cue, max(cue.end_s, min(readable_s, latest_s))


def _runs(words: Sequence[Word]) -> Iterator[tuple[Language, str]]:
    for language, run in groupby(words, key=lambda word: word.language):
        yield language, escape(" ".join(word.text for word in run), quote=False)


def _coloured(cue: Cue) -> str:
    if len({word.language for word in cue.words}) == 1:
        return "\n".join(" ".join(word.text for word in line) for line in cue.lines)
    return "\n".join(" ".join(starmap(_colour, _runs(line))) for line in cue.lines)


def _colour(language: Language, text: str) -> str:
    colour = _COLOURS.get(language)
    return f'<font color="{colour}">{text}</font>' if colour else text


def _voiced(cue: Cue) -> str:
    spanned = _spanned(cue)
    return f"<v {name_speaker(cue.speaker)}>{spanned}</v>" if cue.speaker else spanned


def _spanned(cue: Cue) -> str:
    return "\n".join(" ".join(starmap(_span, _runs(line))) for line in cue.lines)


def _span(language: Language, text: str) -> str:
    return f"<lang {_TAGS.get(language, language.value)}>{text}</lang>"


def _time(seconds: Seconds, point: str) -> str:
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
