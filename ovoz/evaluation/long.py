"""A long recording: do time stamps drift, and does the model loop?

Test clips are put one behind the other with pauses, so that what is said where is known to the
clip, and the whole is transcribed as a recording.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.engine.recording import FindSpeech, transcribe_recording
from ovoz.engine.transcript import SupportsTranscribe, Word
from ovoz.evaluation.testsets import TestSet

_PAUSE_S: Final = (0.6, 1.5)
_LOOP: Final = 4
_QUARTER: Final = 0.25


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip of a long recording: what is said from when to when."""

    start_s: Seconds
    end_s: Seconds
    words: tuple[str, ...]


def join_clips(test_set: TestSet, seconds: Seconds, spoken: list[PlacedClip]) -> Iterator[Samples]:
    """Clips of a test set and pauses, over and over, until ``seconds`` are full.

    Args:
        test_set: Where the clips come from; its distortions are not applied.
        seconds: Least length.
        spoken: Gets every clip as it is given out.
    """
    rng = np.random.default_rng(0)
    at = 0.0
    while at < seconds:
        for utterance in test_set.utterances:
            samples = decode(test_set.root / utterance.audio)
            end = at + len(samples) / SAMPLE_RATE
            spoken.append(PlacedClip(at, end, tuple(utterance.text.split())))
            yield samples
            pause = round(rng.uniform(*_PAUSE_S) * SAMPLE_RATE)
            yield (1e-4 * rng.standard_normal(pause)).astype(np.float32)
            at = end + pause / SAMPLE_RATE
            if at >= seconds:
                return


def measure_long_recording(
    engine: SupportsTranscribe,
    test_set: TestSet,
    seconds: Seconds,
    find_speech: FindSpeech | None = None,
) -> dict[str, float]:
    """Errors, drift, loops and lost and doubled words of one recording, as ``long_*``.

    Memory does not grow with its length. :data:`ovoz.evaluation.operation.MEASURES` says what they
    are.
    """
    spoken: list[PlacedClip] = []
    sound = join_clips(test_set, seconds, spoken)
    words = [
        word
        for one in transcribe_recording(engine, sound, find_speech=find_speech)
        for word in one.words
    ]
    said = [word for one in spoken for word in one.words]
    heard = [word.text for word in words]
    total_s = spoken[-1].end_s
    off = [(word.start_s / total_s, off_s) for word, off_s in _misplaced(spoken, words)]
    first = [off_s for place, off_s in off if place <= _QUARTER]
    last = [off_s for place, off_s in off if place > 1 - _QUARTER]
    # Nothing recognised at the end is as far off as a recording can be.
    at_end = float(np.percentile(last, 95)) if last else total_s
    at_start = float(np.percentile(first, 95)) if first else 0.0
    thousands = max(1, len(said)) / 1000
    return {
        "long_wer": Levenshtein.distance(said, heard) / max(1, len(said)),
        "long_misplaced_s": at_end,
        "long_drift_s": at_end - at_start,
        "long_looped_words": count_looped_words(said, heard) / thousands,
        "long_lost_words": count_lost_words(said, heard) / thousands,
        "long_doubled_words": count_doubled_words(said, heard) / thousands,
    }


def _misplaced(
    spoken: Sequence[PlacedClip], words: Sequence[Word]
) -> Iterator[tuple[Word, Seconds]]:
    """Rightly recognised words, and how far outside of their clip they lie."""
    clips = [one for one in spoken for _ in one.words]
    said = [word for one in spoken for word in one.words]
    for block in Levenshtein.opcodes([word.text for word in words], said):
        if block.tag != "equal":
            continue
        for step in range(block.src_end - block.src_start):
            word, clip = words[block.src_start + step], clips[block.dest_start + step]
            yield word, max(0.0, clip.start_s - word.start_s, word.end_s - clip.end_s)


def count_looped_words(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words of ``heard`` in runs of :data:`_LOOP` and more of one to four words, not so said.

    A decoder that lost its place writes the same phrase again and again.
    """
    allowed, found = _runs(said), _runs(heard)
    return sum((found - allowed).values())


def count_lost_words(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words of ``said`` for which nothing was written: deletions of the alignment."""
    return sum(one.tag == "delete" for one in Levenshtein.editops(said, heard))


def count_doubled_words(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words of ``heard`` that follow themselves, more often than in ``said``.

    A cut through a word may have it written on both sides.
    """
    return sum((_doubles(heard) - _doubles(said)).values())


def _doubles(words: Sequence[str]) -> Counter[str]:
    return Counter(after for before, after in pairwise(words) if before == after)


def _runs(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Words in repetitions, by the phrase repeated."""
    counted: Counter[tuple[str, ...]] = Counter()
    place = 0
    while place < len(words):
        for size in range(1, 5):
            phrase = tuple(words[place : place + size])
            times = 1
            while tuple(words[place + times * size : place + (times + 1) * size]) == phrase:
                times += 1
            if times >= _LOOP:
                counted[phrase] += times * size
                place += times * size
                break
        else:
            place += 1
    return counted
