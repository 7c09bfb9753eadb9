"""Drift and loops are found where they are, and only there."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.audio.encode import write_flac
from ovoz.audio.vad import SpeechSegment
from ovoz.engine.transcript import Transcript, Word, find_switches
from ovoz.evaluation.long import (
    count_doubled_words,
    count_looped_words,
    count_lost_words,
    measure_long_recording,
)
from ovoz.evaluation.testsets import TestSet
from ovoz.text.language import Language

from ...utterances import make_utterance

SECONDS = 40.0


def loud(samples: np.ndarray) -> list[SpeechSegment]:
    """Stretches in which the level of 0.1 s is over that of the pauses."""
    frames = samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)
    spoken = np.flatnonzero(np.abs(frames).max(1) > 0.01)
    runs = np.split(spoken, np.flatnonzero(np.diff(spoken) > 3) + 1) if len(spoken) else []
    return [SpeechSegment(run[0] * 0.1, (run[-1] + 1) * 0.1) for run in runs]


class Knowing:
    """Knows what is said in the n-th stretch that it is given, and may drift and loop."""

    model_version = "knowing"

    def __init__(self, texts: list[str], drift: float = 0.0, loop: int = 1) -> None:
        self._texts, self._drift, self._loop = texts, drift, loop
        self._heard = 0

    def transcribe(self, batch):
        return [self._one(samples) for samples in batch]

    def _one(self, samples) -> Transcript:
        said = self._texts[self._heard % len(self._texts)].split()
        self._heard += 1
        words = tuple(
            Word(text, 0.1 + self._drift * self._heard, 0.2 + self._drift * self._heard,
                 Language.UZBEK, 1.0)
            for text in said * self._loop
        )  # fmt: skip
        text = " ".join(word.text for word in words)
        switches = find_switches(words)
        # The clock of an engine whose times run away runs away as a whole.
        duration_s = len(samples) / 16_000 + self._drift * self._heard
        return Transcript(
            text, words, Language.UZBEK, 1.0, switches, 1.0, "knowing", duration_s=duration_s
        )


@pytest.fixture
def test_set(tmp_path) -> TestSet:
    rows = []
    for number, text in enumerate(["bir ikki", "uch tort besh", "olti yetti"]):
        time = np.arange(16_000 * (number + 1)) / 16_000
        write_flac(tmp_path / f"{number}.flac", (0.3 * np.sin(2000 * time)).astype(np.float32))
        rows.append(make_utterance(str(number), text, duration_s=number + 1.0))
    return TestSet("test", rows, tmp_path)


def measured(test_set: TestSet, **faults) -> dict[str, float]:
    texts = [row.text for row in test_set.utterances]
    return measure_long_recording(Knowing(texts, **faults), test_set, SECONDS, loud)


def test_a_faithful_model_neither_drifts_nor_loops(test_set) -> None:
    found = measured(test_set)
    assert found == dict.fromkeys(found, 0.0)


def test_times_that_run_away_are_found(test_set) -> None:
    found = measured(test_set, drift=0.5)
    assert found["long_wer"] == 0
    assert found["long_misplaced_s"] > 3
    assert 3 < found["long_drift_s"] <= found["long_misplaced_s"]


def test_a_phrase_again_and_again_is_found(test_set) -> None:
    found = measured(test_set, loop=6)
    assert found["long_looped_words"] > 1000
    assert found["long_wer"] > 1


def test_a_model_that_falls_silent_is_as_bad_as_can_be(test_set) -> None:
    class Silent(Knowing):
        def _one(self, samples):
            return replace(super()._one(samples), words=(), text="")

    found = measure_long_recording(Silent(["x"]), test_set, SECONDS, loud)
    assert found["long_wer"] == 1.0
    assert found["long_lost_words"] == pytest.approx(1000)
    assert found["long_misplaced_s"] >= SECONDS - 3


def test_what_was_said_again_and_again_is_no_loop() -> None:
    said = ["ha", "ha", "ha", "ha", "ha", "yoq"]
    assert count_looped_words(said, said) == 0
    assert count_looped_words(["ha", "yoq"], said) == 5
    assert count_looped_words([], ["bir", "ikki", "bir", "ikki", "bir", "ikki", "bir", "ikki"]) == 8


def test_lost_and_doubled_words_are_counted() -> None:
    said = ["ha", "ha", "bir", "ikki", "uch"]
    assert (count_lost_words(said, said), count_doubled_words(said, said)) == (0, 0)
    heard = ["ha", "ha", "bir", "bir", "uch", "uch", "uch"]
    assert count_doubled_words(said, heard) == 3
    assert count_lost_words(said, ["ha", "bir", "uch"]) == 2


@given(st.lists(st.sampled_from("ab"), max_size=40))
def test_loops_are_part_of_what_was_heard(words: list[str]) -> None:
    assert 0 <= count_looped_words([], words) <= len(words)
    assert count_looped_words(words, words) == 0
