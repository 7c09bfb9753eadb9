"""Batch plans: utterances are drawn as often as their weights say, in batches that fit."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.training.batches import PlannedBatchSampler, plan_batches

frames_lists = st.lists(st.integers(10, 400), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(frames_lists, st.integers(1, 30), st.integers(50, 1600), st.integers(0, 9))
def test_batches_fit_and_are_as_many_as_asked(
    frames: list[int], steps: int, batch_frames: int, seed: int
) -> None:
    plan = plan_batches(frames, [1.0] * len(frames), steps, batch_frames, seed)
    assert len(plan) == steps
    for batch in plan:
        longest = max(frames[draw.index] for draw in batch)
        assert len(batch) == 1 or longest * len(batch) <= batch_frames


@settings(max_examples=60, deadline=None)
@given(frames_lists, st.integers(0, 9))
def test_a_pass_draws_everything_once_and_passes_differ(frames: list[int], seed: int) -> None:
    plan = plan_batches(frames, [1.0] * len(frames), 200, 500, seed)
    passes = Counter(draw.epoch for batch in plan for draw in batch)
    complete = [epoch for epoch in passes if epoch < max(passes)]
    for epoch in complete:
        drawn = [draw.index for batch in plan for draw in batch if draw.epoch == epoch]
        assert sorted(drawn) == list(range(len(frames)))


@given(frames_lists, st.integers(1, 20), st.integers(0, 9))
def test_longer_plan_begins_as_the_shorter(frames: list[int], steps: int, seed: int) -> None:
    weights = [1.0] * len(frames)
    short = plan_batches(frames, weights, steps, 500, seed)
    assert plan_batches(frames, weights, steps + 7, 500, seed)[:steps] == short
    assert list(PlannedBatchSampler(short)) == short


def test_weights_are_draws_per_pass() -> None:
    plan = plan_batches([100] * 300, [0.0] * 100 + [0.5] * 100 + [2.0] * 100, 200, 1000, 3)
    complete = max(draw.epoch for batch in plan for draw in batch)
    drawn = Counter(d.index // 100 for batch in plan for d in batch if d.epoch < complete)
    assert drawn[0] == 0
    assert drawn[2] == 200 * complete
    assert abs(drawn[1] - 50 * complete) < 15 * complete


def test_batches_hold_similar_lengths() -> None:
    frames = [50 + 3 * number for number in range(200)]
    plan = plan_batches(frames, [1.0] * 200, 30, 1600, 0)
    padded = sum(len(batch) * max(frames[d.index] for d in batch) for batch in plan)
    assert sum(frames[d.index] for batch in plan for d in batch) / padded > 0.9


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="weight 0"):
        plan_batches([10], [0.0], 1, 100, 0)
