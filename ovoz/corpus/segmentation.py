"""Utterances out of long recordings with a transcript of the whole, such as a lecture or a call.

A model transcribes the stretches of speech; its words are matched with the transcript's, and a
stretch becomes an utterance where both agree at its edges (Moreno et al., "A recursive algorithm
for the forced alignment of very long audio segments", 1998).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz.distance import Levenshtein

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.corpus.clips import write_clip
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack


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


def segments(
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


def cut_out(
    pieces: Iterable[Samples], spans: Sequence[tuple[Seconds, Seconds]]
) -> Iterator[Samples]:
    """The sound of each span, in order, out of a recording that is read piece by piece.

    Args:
        pieces: The recording, float32 [T] at 16 kHz.
        spans: Starts and ends, each start at or behind the one before. A span behind the end of
            the recording is cut short.
    """
    edges = iter([(round(a * SAMPLE_RATE), round(b * SAMPLE_RATE)) for a, b in spans])
    wanted = next(edges, None)
    held, at = np.zeros(0, np.float32), 0  # what may still be wanted, and where it begins
    for piece in pieces:
        held = np.concatenate([held, piece])
        while wanted is not None and wanted[1] <= at + len(held):
            yield held[wanted[0] - at : wanted[1] - at].copy()
            wanted = next(edges, None)
        if wanted is None:
            return
        drop = min(max(wanted[0] - at, 0), len(held))
        held, at = held[drop:], at + drop
    while wanted is not None:
        yield held[max(wanted[0] - at, 0) : max(wanted[1] - at, 0)].copy()
        wanted = next(edges, None)


def cut_utterances(
    recording: Recording,
    source: RecordingsConfig,
    found: Sequence[SegmentText],
    pieces: Iterable[Samples],
    folder: Path,
) -> list[Utterance]:
    """Write the sound of every segment without a fault under ``folder``, and their rows.

    Args:
        recording: What was segmented.
        source: Where it comes from; gives licence, consent and split.
        found: Its segments.
        pieces: Its sound, float32 [T] at 16 kHz, from the start.
        folder: Folder of the corpus; files go into ``audio/``.
    """
    good = [one for one in found if not one.fault]
    spans = [(one.stretch.start_s, one.stretch.end_s) for one in good]
    sounds = zip(good, cut_out(pieces, spans), strict=True)
    return [
        _utterance(recording, source, one.text, samples, folder, number)
        for number, (one, samples) in enumerate(sounds)
    ]


def _utterance(
    recording: Recording,
    source: RecordingsConfig,
    text: str,
    samples: Samples,
    folder: Path,
    number: int,
) -> Utterance:
    name = f"{Path(recording.name).stem}-{number:05d}"
    return Utterance(
        id=name,
        text=text,
        raw_text=text,
        languages=utterance_language(text.split(), load_pack(source.pack).word_language),
        dialect=recording.dialect,
        speaker=recording.speaker or recording.name,
        source=f"segmented:{recording.source or source.name}",
        licence=recording.licence or source.licence,
        consent=recording.consent or source.consent,
        split=source.split_of(recording),
        condition=recording.condition,
        **write_clip(folder, f"audio/{name}.flac", samples),
    )


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
