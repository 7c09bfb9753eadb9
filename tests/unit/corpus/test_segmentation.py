"""A long transcript is divided among the stretches in which it was spoken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.corpus.segment_cutting import cut_out
from ovoz.corpus.segmentation import SegmentationConfig, Stretch, divide_transcript

APART = SegmentationConfig(pause_s=0.1)


def stretches(*heard: str, seconds: float = 3.0) -> list[Stretch]:
    return [
        Stretch(number * (seconds + 1), number * (seconds + 1) + seconds, tuple(text.split()))
        for number, text in enumerate(heard)
    ]


def test_every_stretch_gets_its_words_though_some_were_misheard() -> None:
    heard = stretches("salom men bankdan", "qarz olmokchi edim", "да конечно")
    found = divide_transcript(heard, "salom men bankdan qarz olmoqchi edim да конечно", APART)
    assert [one.text for one in found] == ["salom men bankdan", "qarz olmoqchi edim", "да конечно"]
    assert all(not one.fault for one in found)


def test_an_edge_that_was_misheard_is_no_edge() -> None:
    heard = stretches("salom men bandan", "qarz olmoqchi edim")
    first, second = divide_transcript(heard, "salom men bankdan qarz olmoqchi edim", APART)
    assert "edges" in first.fault or first.text == "salom men bankdan"
    assert second.text == "qarz olmoqchi edim"


def test_words_that_nobody_heard_cost_their_stretch() -> None:
    heard = stretches("salom", "yaxshi rahmat")
    whole = "salom bu yerda hech kim eshitmagan uzun gap bor edi yaxshi rahmat"
    first, second = divide_transcript(heard, whole, APART)
    assert first.text == "salom"
    assert second.text == "yaxshi rahmat"


def test_silence_and_speech_of_others_are_left_out() -> None:
    heard = stretches("", "совсем другое", "salom men")
    found = divide_transcript(heard, "salom men", APART)
    assert [bool(one.fault) for one in found] == [True, True, False]
    assert found[2].text == "salom men"


def test_short_neighbours_are_joined_and_long_ones_refused() -> None:
    near = [Stretch(0, 0.6, ("a",)), Stretch(0.9, 1.5, ("b",)), Stretch(9, 60, ("c",))]
    found = divide_transcript(near, "a b c", SegmentationConfig())
    assert [(one.text, one.stretch.start_s, one.stretch.end_s) for one in found] == [
        ("a b", 0, 1.5),
        ("c", 9, 60),
    ]
    assert [one.fault for one in found] == ["", "51.0 s long"]


@given(
    spans=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 30)), max_size=6),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=30),
)
def test_spans_are_cut_out_of_a_stream(spans, sizes) -> None:
    sample_s = 1 / 16_000
    whole = np.arange(sum(sizes), dtype=np.float32)
    pieces = np.split(whole, np.cumsum(sizes)[:-1])
    ordered = sorted((first, first + length) for first, length in spans)
    cut = cut_out(iter(pieces), [(a * sample_s, b * sample_s) for a, b in ordered])
    assert [one.tolist() for one in cut] == [whole[a:b].tolist() for a, b in ordered]


@given(
    words=st.lists(st.text("abд", min_size=1, max_size=4), min_size=1, max_size=30),
    data=st.data(),
)
def test_perfect_hearing_gives_every_word_to_its_stretch(words: list[str], data) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(words)), max_size=5)) | {len(words)})
    parts = [" ".join(words[a:b]) for a, b in zip([0, *cuts], cuts, strict=False)]
    found = divide_transcript(stretches(*parts), " ".join(words), APART)
    assert [one.text for one in found] == parts
    assert all(one.disagreement == pytest.approx(0) for one in found)
