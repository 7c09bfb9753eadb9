"""Which stretch of a long recording holds which words of the transcript of the whole.

A model transcribes the stretches of speech; its words are matched with the transcript's, and a
stretch becomes an utterance where both agree at its edges (Moreno et al., "A recursive algorithm
for the forced alignment of very long audio segments", 1998).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.distance import Levenshtein

from ovoz.audio.signal import Seconds


class SegmentationConfig(BaseModel):
    """What a stretch must reach.

    ``shortest_s`` to ``longest_s`` long, with at most ``max_disagreement`` edits a character
    between the transcript and what was heard. Neighbouring stretches are joined up to
    ``joined_s`` where no more than ``pause_s`` lies between them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shortest_s: Seconds = Field(default=1.0, gt=0)
    longest_s: Seconds = Field(default=30.0, gt=0)
    joined_s: Seconds = Field(default=12.0, gt=0)
    pause_s: Seconds = Field(default=0.6, ge=0)
    max_disagreement: float = Field(default=0.3, ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech between two pauses of a recording, and the words heard in it."""

    start_s: Seconds
    end_s: Seconds
    heard: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SegmentText:
    """A stretch with what the transcript says there.

    ``fault`` says why it is no utterance to train on, and is empty where it is one.
    """

    stretch: Stretch
    text: str
    disagreement: float
    fault: str = ""


def divide_transcript(
    stretches: Sequence[Stretch], transcript: str, config: SegmentationConfig
) -> list[SegmentText]:
    """The transcript of a recording divided among its stretches of speech.

    Args:
        stretches: In order of time.
        transcript: Canonical text of the whole recording.
        config: What makes an utterance.
    """
    joined = list(_joined(stretches, config))
    words = transcript.split()
    matched = _matched([word for one in joined for word in one.heard], words)
    places = [0, *accumulate(len(one.heard) for one in joined)]
    return [
        _judged(one, _words_of(matched, first, last, words), config)
        for one, (first, last) in zip(joined, pairwise(places), strict=True)
    ]


def _joined(stretches: Sequence[Stretch], config: SegmentationConfig) -> Iterator[Stretch]:
    """Neighbours as one stretch, while that stays short."""
    current: Stretch | None = None
    for one in stretches:
        if current is None:
            current = one
        elif (
            one.start_s - current.end_s <= config.pause_s
            and one.end_s - current.start_s <= config.joined_s
        ):
            current = Stretch(current.start_s, one.end_s, current.heard + one.heard)
        else:
            yield current
            current = one
    if current is not None:
        yield current


def _matched(heard: Sequence[str], said: Sequence[str]) -> list[int | None]:
    """The word of ``said`` that each of ``heard`` is; None where it is none."""
    matched: list[int | None] = [None] * len(heard)
    for block in Levenshtein.opcodes(heard, said):
        if block.tag == "equal":
            for step in range(block.src_end - block.src_start):
                matched[block.src_start + step] = block.dest_start + step
    return matched


def _words_of(
    matched: Sequence[int | None], first: int, last: int, words: Sequence[str]
) -> Sequence[str] | None:
    """Words of the transcript for the heard words ``first`` to before ``last``; None: unsure."""
    if first == last:
        return None
    start, end = _first(matched, first), _last(matched, last, len(words))
    return None if start is None or end is None else words[start:end]


def _first(matched: Sequence[int | None], place: int) -> int | None:
    """First word of the transcript for a stretch whose heard words begin at ``place``.

    A misheard one begins where the word before it ends; None where that was misheard too.
    """
    if matched[place] is not None:
        return matched[place]
    if place == 0:
        return 0
    before = matched[place - 1]
    return None if before is None else before + 1


def _last(matched: Sequence[int | None], place: int, words: int) -> int | None:
    """Behind the last word of the transcript for heard words that end before ``place``."""
    own = matched[place - 1]
    if own is not None:
        return own + 1
    return words if place == len(matched) else matched[place]


def _judged(
    stretch: Stretch, said: Sequence[str] | None, config: SegmentationConfig
) -> SegmentText:
    """A stretch with its words of the transcript, and what speaks against it."""
    if said is None:
        return SegmentText(stretch, "", 1.0, "what was heard at its edges is not in the transcript")
    text = " ".join(said)
    length_s = stretch.end_s - stretch.start_s
    apart = Levenshtein.normalized_distance(text, " ".join(stretch.heard))
    fault = ""
    if not config.shortest_s <= length_s <= config.longest_s:
        fault = f"{length_s:.1f} s long"
    elif apart > config.max_disagreement:
        fault = f"the transcript and what was heard differ in {apart:.0%} of the characters"
    return SegmentText(stretch, text, apart, fault)
