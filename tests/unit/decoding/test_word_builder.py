"""Words built from symbols, and distinct hypotheses."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.decoding.ctc_path import LogProbs, SymbolSpan
from ovoz.decoding.hypothesis import DecodedHypothesis, DecodedWord, keep_distinct
from ovoz.decoding.word_builder import WordBuilder

SYMBOLS = (" ", "a", "b", "щ", "ы", "ʻ", "7")
BUILDER = WordBuilder(SYMBOLS)


def hypothesis_of(text: str) -> DecodedHypothesis:
    return DecodedHypothesis((DecodedWord(text, 0, 1, 1.0, 1.0),), 0.0, 0.0, 0.0)


def test_no_more_hypotheses_are_made_than_wanted():
    def made() -> Iterator[DecodedHypothesis]:
        yield from (hypothesis_of("bir"), hypothesis_of("bir"), hypothesis_of("ikki"))
        pytest.fail("two were wanted, and two were there")

    assert [one.text for one in keep_distinct(made(), 2)] == ["bir", "ikki"]


@st.composite
def heard(draw: st.DrawFn) -> tuple[list[SymbolSpan], LogProbs]:
    """Letters and separators on frames, and log-probabilities under them."""
    runs = draw(st.lists(st.tuples(st.integers(1, len(SYMBOLS)), st.integers(1, 4)), min_size=1))
    spans, frame = [], 0
    for symbol, length in runs:
        spans.append(SymbolSpan(symbol, frame, frame + length))
        frame += length
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    logits = rng.normal(0, 3, (frame, len(SYMBOLS) + 1)).astype(np.float32)
    return spans, logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@given(heard())
def test_confidences_are_those_of_each_word_alone(given: tuple[list[SymbolSpan], LogProbs]):
    spans, log_probs = given
    for word in BUILDER.spell(spans, log_probs):
        own = [one for one in spans if word.start_frame <= one.start < word.end_frame]
        assert word.text == "".join(SYMBOLS[one.symbol - 1] for one in own)
        best = [log_probs[one.start : one.end, one.symbol].max() for one in own]
        assert word.confidence == pytest.approx(np.exp(np.mean(best)), rel=1e-4)
        assert word.script_confidence == pytest.approx(share(word.text, own, log_probs), abs=1e-4)


def share(text: str, own: list[SymbolSpan], log_probs: LogProbs) -> float:
    """Mean over letters of the posterior in the word's scripts among that in any script."""
    scripts = {"LATIN": [2, 3], "CYRILLIC": [4, 5]}
    inside = [symbol for ids in scripts.values() if {one.symbol for one in own} & {*ids}
              for symbol in ids]  # fmt: skip
    if not inside:
        return 1.0
    shares = []
    for one in own:
        peak = one.start + int(log_probs[one.start : one.end, one.symbol].argmax())
        posterior = np.exp(log_probs[peak])
        shares.append(posterior[inside].sum() / posterior[[2, 3, 4, 5]].sum())
    return float(np.mean(shares))
