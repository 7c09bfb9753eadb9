"""Signals whose words can be read back exactly: each word is a level of its own."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.audio.vad import FRAME
from ovoz.engine.transcript import Transcript, Word
from ovoz.text.language import word_language

WORDS = tuple(f"{head}{tail}" for head in ("ka", "mi", "то", "ру") for tail in "abdelmnorstuz")


@dataclass(frozen=True)
class Said:
    """A word for ``samples`` samples after ``pause`` samples of silence."""

    text: str
    samples: int
    pause: int


def say(words: Sequence[Said], tail: int = 0) -> Samples:
    """The signal of words, with ``tail`` samples of silence behind."""
    pieces = [np.zeros(0, np.float32)]
    for word in words:
        level = (1 + WORDS.index(word.text)) / 128
        pieces += [np.zeros(word.pause, np.float32), np.full(word.samples, level, np.float32)]
    return np.concatenate([*pieces, np.zeros(tail, np.float32)])


def times(words: Sequence[Said]) -> list[tuple[str, float, float]]:
    """Text, start and end of each word in seconds."""
    result, place = [], 0
    for word in words:
        start, place = place + word.pause, place + word.pause + word.samples
        result.append((word.text, round(start / SAMPLE_RATE, 3), round(place / SAMPLE_RATE, 3)))
    return result


def assert_same_words(
    found: Sequence[tuple[str, float, float]], words: Sequence[Said], off_s: float = 0.0011
) -> None:
    """Every word once, in order and at its place; both are rounded to a millisecond."""
    expected = times(words)
    assert [text for text, _, _ in found] == [text for text, _, _ in expected]
    for (_, *place), (_, *right) in zip(found, expected, strict=True):
        assert place == pytest.approx(right, abs=off_s)


class Reader:
    """An engine that reads such signals without fault, and counts what it is given."""

    model_version = "coded"

    def __init__(self) -> None:
        self.longest = 0
        self.runs = 0

    def transcribe(self, batch: Sequence[Samples]) -> list[Transcript]:
        return [self.read(samples) for samples in batch]

    def read(self, samples: Samples) -> Transcript:
        self.longest = max(self.longest, len(samples))
        self.runs += 1
        levels = np.round(samples * 128).astype(int)
        edges = np.flatnonzero(np.diff(levels, prepend=-1, append=-1))
        words = tuple(
            Word(
                WORDS[(levels[start] - 1) % len(WORDS)],
                round(float(start / SAMPLE_RATE), 3),
                round(float(end / SAMPLE_RATE), 3),
                word_language(WORDS[(levels[start] - 1) % len(WORDS)]),
                1.0,
            )
            for start, end in itertools.pairwise(edges)
            if levels[start] > 0
        )
        text = " ".join(word.text for word in words)
        return Transcript(
            text, words, word_language(text), 1.0, (), 1.0, self.model_version,
            duration_s=len(samples) / SAMPLE_RATE,
        )  # fmt: skip


class Level:
    """Speech where the signal is not silent."""

    def __init__(self) -> None:
        self.kept = np.zeros(0, np.float32)

    def reset(self) -> None:
        self.kept = np.zeros(0, np.float32)

    def feed(self, samples: Samples) -> np.ndarray:
        signal = np.concatenate([self.kept, samples])
        frames = len(signal) // FRAME
        self.kept = signal[frames * FRAME :]
        blocks = signal[: frames * FRAME].reshape(frames, FRAME)
        return self.find_speech(blocks).astype(np.float32)

    def find_speech(self, blocks: np.ndarray) -> np.ndarray:
        """Which of the frames [N, FRAME] hold speech."""
        return np.abs(blocks).max(axis=1, initial=0) > 0
