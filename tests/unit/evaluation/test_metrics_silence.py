"""Words written where nobody spoke."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.evaluation.metrics.silence import silence_insertions


def test_words_per_minute_of_silence():
    found = silence_insertions(["", "rahmat sizga", "да"], [30.0, 45.0, 15.0])
    assert found.words == 3
    assert found.words_per_minute == pytest.approx(3 / 1.5)
    assert found.clip_rate == pytest.approx(2 / 3)


def test_a_silent_system_is_perfect():
    assert silence_insertions(["", "  "], [1.0, 2.0]).words_per_minute == 0.0


def test_without_recordings_the_rate_is_undefined():
    found = silence_insertions([], [])
    assert math.isnan(found.words_per_minute)
    assert math.isnan(found.clip_rate)


@pytest.mark.parametrize("duration", [0.0, -1.0, math.nan])
def test_a_recording_lasts(duration):
    with pytest.raises(ValueError, match="recording 1 lasts"):
        silence_insertions(["", ""], [1.0, duration])


def test_one_duration_each():
    with pytest.raises(ValueError, match="1 hypotheses but 2 durations"):
        silence_insertions([""], [1.0, 2.0])


@given(st.lists(st.tuples(st.sampled_from(["", "a", "a b"]), st.floats(0.1, 60)), min_size=1))
def test_the_rate_scales_with_time(clips):
    texts, durations = zip(*clips, strict=True)
    rate = silence_insertions(texts, durations).words_per_minute
    slower = silence_insertions(texts, [2 * duration for duration in durations])
    assert rate >= 0
    assert slower.words_per_minute == pytest.approx(rate / 2)
