"""Intervals by speaker and the paired comparison."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.evaluation.metrics import Pair, scores_of, tally
from ovoz.evaluation.metrics.bootstrap import (
    UnpairedError,
    confidence_intervals,
    paired_differences,
)


def test_set(rates, utterances=20, seed=0, speakers=True):
    """Ten-word Uzbek utterances; each speaker's words are wrong at that speaker's rate."""
    draw = random.Random(seed)
    pairs = []
    for number, rate in enumerate(rates):
        for _ in range(utterances):
            said = ["soʻz"] * 10
            heard = ["xato" if draw.random() < rate else word for word in said]
            speaker = f"s{number}" if speakers else ""
            pairs.append(Pair(" ".join(said), " ".join(heard), speaker=speaker))
    return pairs


test_set.__test__ = False


def test_the_interval_holds_the_figure():
    counts = tally(test_set([0.1, 0.2, 0.3, 0.15]))
    for name, interval in confidence_intervals(counts).items():
        assert interval.low <= interval.value <= interval.high
        assert interval.value == pytest.approx(scores_of(counts).figures()[name])


def test_speakers_that_differ_widen_the_interval():
    rates = [0.05, 0.35] * 5
    by_speaker = confidence_intervals(tally(test_set(rates)))["wer"]
    by_utterance = confidence_intervals(tally(test_set(rates, speakers=False)))["wer"]
    assert by_speaker.high - by_speaker.low > 2 * (by_utterance.high - by_utterance.low)


def test_the_interval_agrees_with_the_normal_approximation():
    rate, words = 0.2, 400 * 10
    interval = confidence_intervals(tally(test_set([rate], 400, speakers=False)))["wer"]
    half = 1.96 * np.sqrt(rate * (1 - rate) / words)
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.15)


def test_a_95_percent_interval_covers_the_true_rate_about_that_often():
    covered = 0
    for seed in range(60):
        counts = tally(test_set([0.2], 60, seed, speakers=False))
        interval = confidence_intervals(counts, resamples=300)["wer"]
        covered += interval.low <= 0.2 <= interval.high
    assert covered >= 51  # P(fewer | 95 %) < 0.001


def test_the_seed_decides_the_draws():
    counts = tally(test_set([0.1, 0.2, 0.3]))
    assert confidence_intervals(counts, seed=1) == confidence_intervals(counts, seed=1)
    few = [confidence_intervals(counts, resamples=7, seed=seed)["wer"] for seed in (1, 2)]
    assert few[0] != few[1]


def test_one_speaker_gives_no_interval():
    assert confidence_intervals(tally(test_set([0.1]))) == {}
    assert confidence_intervals(tally([])) == {}


def test_a_figure_of_one_speaker_alone_has_no_interval():
    pairs = [Pair("men keldim", "men", "s1"), Pair("men keldim", "men keldim", "s2")]
    intervals = confidence_intervals(tally([*pairs, Pair("я дома", "я", "s2")]))
    assert "wer.uz" in intervals
    assert "wer.ru" not in intervals


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"level": 0.0}, {"resamples": 0}])
def test_options_out_of_range(wrong):
    with pytest.raises(ValueError, match=r"fraction|at least one"):
        confidence_intervals(tally(test_set([0.1, 0.2])), **wrong)


def test_a_higher_level_is_wider():
    counts = tally(test_set([0.1, 0.2, 0.3, 0.4]))
    narrow, wide = (confidence_intervals(counts, level=level)["wer"] for level in (0.5, 0.99))
    assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_pairing_sees_what_separate_intervals_do_not():
    rates = [0.05, 0.15, 0.3, 0.45, 0.6, 0.2]
    worse = test_set(rates, seed=3)
    better = [Pair(p.reference, p.hypothesis.replace("xato", "soʻz", 1), p.speaker) for p in worse]
    ours, theirs = confidence_intervals(tally(better))["wer"], confidence_intervals(tally(worse))
    assert ours.high > theirs["wer"].low  # the intervals overlap
    difference = paired_differences(tally(better), tally(worse))["wer"]
    assert difference.high < 0
    assert difference.p_value == pytest.approx(2 / 1001)  # never 0: samples are finite
    assert difference.improvement == 1.0


def test_the_same_system_does_not_differ():
    counts = tally(test_set([0.1, 0.2, 0.3]))
    for difference in paired_differences(counts, counts).values():
        assert difference.difference == difference.low == difference.high == 0
        assert difference.p_value == 1.0
        assert difference.improvement == 0.0


def test_improvement_knows_which_direction_is_better():
    good = [Pair("men магазин", "men магазин", f"s{i}") for i in range(5)]
    bad = [Pair("men магазин", "men magazin", f"s{i}") for i in range(5)]
    found = paired_differences(tally(good), tally(bad))
    assert found["wer"].improvement == 1.0
    assert found["language_accuracy"].improvement == 1.0
    assert found["language_accuracy"].difference == 1.0
    assert "cmi" not in found


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_swapping_the_systems_swaps_the_sign(seed):
    one, other = (tally(test_set([0.1, 0.3, 0.2], 5, s)) for s in (seed, seed + 1))
    forward = paired_differences(one, other, resamples=50)["wer"]
    backward = paired_differences(other, one, resamples=50)["wer"]
    assert forward.difference == pytest.approx(-backward.difference)
    assert forward.low == pytest.approx(-backward.high)
    assert forward.p_value == pytest.approx(backward.p_value)


def test_other_utterances_cannot_be_paired():
    counts = tally(test_set([0.1, 0.2]))
    with pytest.raises(UnpairedError, match="one reference file"):
        paired_differences(counts, counts.select([True] * 39 + [False]))
    with pytest.raises(UnpairedError, match="not the same"):
        paired_differences(tally([Pair("a b", "a", "s")]), tally([Pair("a", "a", "s")]))


def test_a_part_scores_as_if_it_were_alone():
    pairs = test_set([0.1, 0.4])
    part = tally(pairs).select([pair.speaker == "s1" for pair in pairs])
    assert scores_of(part) == scores_of(tally([p for p in pairs if p.speaker == "s1"]))
    with pytest.raises(ValueError, match="3 truth values for 40"):
        tally(pairs).select([True] * 3)
