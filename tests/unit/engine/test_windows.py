"""Cutting at silences, and batches of like length."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ovoz.engine.windows import cut, group_by_length


def test_short_audio_stays_whole():
    samples = np.ones(100, np.float32)
    (piece,) = cut(samples, longest=100, step=10)
    assert piece is samples


def test_the_cut_lies_in_the_pause():
    samples = np.ones(2_000, np.float32)
    samples[700:800] = 0
    first, *_ = cut(samples, longest=1_000, step=10)
    assert 700 <= len(first) <= 800


@given(st.integers(0, 5_000), st.integers(2, 60), st.integers(1, 20), st.integers(0, 2**31))
def test_pieces_give_the_audio_back_on_whole_steps(total, window, step, seed):
    samples = np.random.default_rng(seed).standard_normal(total).astype(np.float32)
    pieces = cut(samples, longest=window * step, step=step)
    assert np.array_equal(np.concatenate(pieces), samples)
    assert all(len(piece) <= window * step for piece in pieces)
    assert all(len(piece) % step == 0 and len(piece) for piece in pieces[:-1])


@given(st.lists(st.integers(1, 3_000), max_size=60))
def test_batches_hold_every_item_once_and_little_padding(lengths):
    groups = group_by_length(lengths, max_frames=4_000, waste=0.1)
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        padded = len(group) * max(lengths[index] for index in group)
        assert len(group) == 1 or padded <= 4_000
        assert padded - sum(lengths[index] for index in group) <= 0.1 * padded


def test_a_batch_holds_no_more_items_than_allowed():
    groups = group_by_length([10] * 7, max_frames=1_000, max_items=3)
    assert [len(group) for group in groups] == [3, 3, 1]
    assert sorted(index for group in groups for index in group) == list(range(7))
