"""CMI, M-index and I-index against hand-computed values, and their bounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.evaluation.metrics import Pair, score
from ovoz.evaluation.metrics.mixing import m_index
from ovoz.text.code_mixing import code_mixing_index, count_language_words
from ovoz.text.language import Language

UZ, RU, MIXED, OTHER = Language.UZBEK, Language.RUSSIAN, Language.MIXED, Language.OTHER
words = st.sampled_from(["men", "bugun", "магазин", "сегодня", "заказni", "5"])
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join)
texts = st.lists(sentences, min_size=1, max_size=6)
INDICES = ("cmi", "m_index", "i_index")


def indices(*texts):
    figures = score([Pair(text, "") for text in texts]).figures()
    return {name: figures.get(name) for name in INDICES}


@pytest.mark.parametrize(
    ("text", "cmi"),
    [
        ("men bugun keldim", 0.0),
        ("men bugun магазин oldida", 1 / 4),
        ("men магазин", 1 / 2),
        ("men магазин 5 %", 1 / 2),
        ("заказni", 1 / 2),
        ("заказni kecha oldim", 1 / 6),
    ],
)
def test_cmi_of_an_utterance(text, cmi):
    assert indices(text)["cmi"] == pytest.approx(cmi)


def test_cmi_of_a_test_set_is_the_mean_over_labelled_utterances():
    assert indices("men keldim", "men магазин", "5")["cmi"] == pytest.approx((0 + 1 / 2) / 2)


def test_a_mixed_word_is_shared():
    assert count_language_words([UZ, MIXED, OTHER], (UZ, RU)) == {UZ: 1.5, RU: 0.5}


def test_cmi_of_no_words_is_undefined():
    assert math.isnan(code_mixing_index({UZ: 0.0, RU: 0.0}))
    assert indices("5", "") == dict.fromkeys(INDICES)


@pytest.mark.parametrize(("tokens", "m"), [((8, 0), 0.0), ((5, 5), 1.0), ((3, 1), 0.6)])
def test_m_index(tokens, m):
    # 3:1 gives Σp² = 10/16 and M = (6/16) / (10/16)
    assert m_index(np.array(tokens, float)) == pytest.approx(m)


def test_m_index_of_three_equal_languages_is_one():
    assert m_index(np.array([2.0, 2.0, 2.0])) == pytest.approx(1.0)


def test_i_index_counts_boundaries_within_utterances():
    assert indices("men магазин oldida", "я дома")["i_index"] == pytest.approx(2 / 3)
    assert indices("men 5 магазин")["i_index"] == 1.0
    assert indices("men")["i_index"] is None


@given(texts)
def test_bounds(texts):
    found = indices(*texts)
    assert found["cmi"] is None or 0 <= found["cmi"] <= 0.5
    assert found["m_index"] is None or -1e-12 <= found["m_index"] <= 1 + 1e-12
    assert found["i_index"] is None or 0 <= found["i_index"] <= 1


@given(texts)
def test_indices_treat_both_languages_alike(texts):
    other = {"men": "я", "bugun": "дом", "магазин": "kitob", "сегодня": "kecha"}
    swapped = [" ".join(other.get(word, word) for word in text.split()) for text in texts]
    assert indices(*swapped) == pytest.approx(indices(*texts))


@given(texts)
def test_indices_do_not_depend_on_the_system(texts):
    silent = score([Pair(text, "") for text in texts]).values
    perfect = score([Pair(text, text) for text in texts]).values
    assert {name: silent[name] for name in INDICES} == {name: perfect[name] for name in INDICES}
