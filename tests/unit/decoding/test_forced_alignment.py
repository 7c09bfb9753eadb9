"""Forced alignment places a known text, even where the network prefers another one."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.decoding.ctc_path import collapse_path
from ovoz.decoding.forced_alignment import Aligner, AlignmentError

SYMBOLS = (" ", "a", "b", "д")
ALIGNER = Aligner(SYMBOLS)


def spoken(path: str, sure: float = 0.9) -> np.ndarray:
    """Log-probabilities of a path, one character a frame; ``-`` is the blank."""
    classes = ["-", *SYMBOLS]
    probs = np.full((len(path), len(classes)), (1 - sure) / (len(classes) - 1))
    for frame, symbol in enumerate(path):
        probs[frame, classes.index(symbol)] = sure
    return np.log(probs).astype(np.float32)


def test_words_lie_where_they_were_spoken() -> None:
    aligned = ALIGNER.align(spoken("--aab-- -дд-"), "ab д")
    assert [(word.text, word.start_frame, word.end_frame) for word in aligned.words] == [
        ("ab", 2, 5),
        ("д", 9, 11),
    ]
    assert aligned.score == pytest.approx(np.log(0.9), abs=1e-4)
    assert aligned.words[0].confidence == pytest.approx(0.9, abs=1e-3)


def test_another_text_scores_worse_and_is_still_placed() -> None:
    log_probs = spoken("-a--b- -д---")
    right, wrong = ALIGNER.align(log_probs, "ab д"), ALIGNER.align(log_probs, "bb b")
    assert wrong.score < -0.5 < right.score
    assert [word.text for word in wrong.words] == ["bb", "b"]


def test_doubled_letters_keep_a_blank_between_them() -> None:
    with pytest.raises(AlignmentError, match="do not fit"):
        ALIGNER.align(spoken("aa"), "aa")
    (word,) = ALIGNER.align(spoken("a-a"), "aa").words
    assert (word.start_frame, word.end_frame) == (0, 3)


@pytest.mark.parametrize(
    ("text", "fault"), [("", "no words"), ("  ", "no words"), ("xa", r"unknown \['x'\]")]
)
def test_texts_that_cannot_be_aligned_are_named(text: str, fault: str) -> None:
    with pytest.raises(AlignmentError, match=fault):
        ALIGNER.align(spoken("aab"), text)


def test_zero_frames_are_refused() -> None:
    with pytest.raises(AlignmentError, match="0 frames"):
        ALIGNER.align(np.zeros((0, 5), np.float32), "a")


@given(
    text=st.text(alphabet="abд", min_size=1, max_size=3),
    seed=st.integers(0, 999),
    frames=st.integers(5, 6),
)
def test_the_path_is_the_likeliest_of_all(text: str, seed: int, frames: int) -> None:
    rng = np.random.default_rng(seed)
    log_probs = np.log(rng.dirichlet(np.ones(5), frames)).astype(np.float32)
    labels = [SYMBOLS.index(letter) + 1 for letter in text]
    scores = [
        sum(log_probs[frame, symbol] for frame, symbol in enumerate(path)) / frames
        for path in itertools.product(sorted({0, *labels}), repeat=frames)
        if [span.symbol for span in collapse_path(np.array(path))] == labels
    ]
    assert ALIGNER.align(log_probs, text).score == pytest.approx(max(scores), abs=1e-5)
