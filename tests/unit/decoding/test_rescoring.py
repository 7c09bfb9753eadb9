"""Rescoring: weight 0 keeps the choice of the search, a higher one follows the attention head."""

import math

import numpy as np
import pytest

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.language_models import build_language_models, with_language_models
from ovoz.decoding.rescoring import Rescorer, build_rescorer, choose_best

SYMBOLS = ("", " ", *"abdkotz")
TEXTS = ["katta bozor", "katta ot", "bozor katta", "ot katta bozor", "katta bozor ot"] * 3
WORDS = ("katta", "bozor", "ot", "bota")
KINDS = [DecoderKind.LEXICON, DecoderKind.CHARACTERS, DecoderKind.COMBINED]
SPELLED = [*SYMBOLS[1:], "r"]


def sounds(path: str, seed: int = 0, certainty: float = 0.7) -> np.ndarray:
    """Log-probabilities of a path, ``_`` the blank, with doubts everywhere."""
    symbols = (*SYMBOLS, "r")
    table = np.random.default_rng(seed).dirichlet(np.full(len(symbols), 0.3), len(path))
    for row, letter in zip(table, path, strict=True):
        row *= 1 - certainty
        row[0 if letter == "_" else symbols.index(letter)] += certainty
    return np.log(table + 1e-9).astype(np.float32)


HEARD = [sounds("kat_ta bozor"), sounds("_ot__ka_tta__", 1, 0.5), sounds("bo" + "_" * 30 + "ot", 2)]


@pytest.fixture(scope="module")
def configured(tmp_path_factory):
    models = build_language_models(TEXTS, tmp_path_factory.mktemp("models")).directory

    def make(kind, **changes):
        return with_language_models(DecoderConfig(kind=kind, **changes), models)

    return make


def favouring(text):
    """A head that is sure of one text."""
    return lambda texts: [0.0 if one == text else -50.0 for one in texts]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heard", HEARD, ids=range(3))
def test_hypotheses_are_distinct_and_the_first_is_the_decoders(configured, kind, heard):
    decoder = build_decoder(configured(kind), SPELLED, WORDS)
    hypotheses = decoder.decode_n_best(heard, 6)
    assert 1 < len(hypotheses) <= 6
    assert hypotheses[0].words == decoder.decode(heard)
    texts = [one.text for one in hypotheses]
    assert len(set(texts)) == len(texts)
    scores = [one.score for one in hypotheses]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("kind", KINDS)
def test_weight_zero_is_the_search_whatever_the_head_says(configured, kind):
    rescorer = build_rescorer(configured(kind), SPELLED, WORDS)
    decoder = build_decoder(configured(kind), SPELLED, WORDS)
    for heard in HEARD:
        second = rescorer.search.decode_n_best(heard, 6)[1].text
        assert rescorer.decode(heard, favouring(second)).words == decoder.decode(heard)
        assert choose_best(rescorer.rescore(heard, favouring(second)), 0).words == (
            decoder.decode(heard)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_the_head_moves_the_choice_with_its_weight(configured, kind):
    for heard in HEARD:
        hypotheses = build_decoder(configured(kind), SPELLED, WORDS).decode_n_best(heard, 6)
        wanted = hypotheses[-1]
        needed = (hypotheses[0].score - wanted.score) / 50
        for weight, expected in ((needed * 0.5, hypotheses[0]), (needed * 1.5 + 0.01, wanted)):
            if not weight:
                continue
            rescorer = build_rescorer(
                configured(kind, attention_weight=weight, n_best=6), SPELLED, WORDS
            )
            assert rescorer.decode(heard, favouring(wanted.text)) == expected
        edges = [edge for word in wanted.words for edge in (word.start_frame, word.end_frame)]
        assert edges == sorted(edges)


@pytest.mark.parametrize("unknown", [-math.inf, math.nan])
def test_texts_that_cannot_be_scored_leave_the_searchs_order(configured, unknown):
    config = configured(DecoderKind.LEXICON, attention_weight=1.0)
    rescorer = build_rescorer(config, SPELLED, WORDS)
    expected = rescorer.search.decode(HEARD[0])
    assert rescorer.decode(HEARD[0], lambda texts: [unknown] * len(texts)).words == expected


def test_a_single_hypothesis_is_not_rescored(configured):
    rescorer = build_rescorer(configured(DecoderKind.LEXICON, attention_weight=1.0), SPELLED, WORDS)

    def never(texts):
        raise AssertionError("asked")

    assert rescorer.decode(np.zeros((0, len(SYMBOLS) + 1), np.float32), never).words == ()


def test_hot_words_reach_the_search(configured):
    config = configured(DecoderKind.LEXICON, attention_weight=0.1, hot_word_score=9.0)
    rescorer = build_rescorer(config, SPELLED, WORDS)
    heard = rescorer.boost(["zor"]).decode(HEARD[0], lambda texts: [0.0] * len(texts))
    assert "zor" in heard.text
    assert rescorer.boost([]) is rescorer
    assert "zor" not in rescorer.decode(HEARD[0], lambda texts: [0.0] * len(texts)).text.split()


@pytest.mark.parametrize("kind", [DecoderKind.GREEDY, DecoderKind.OPEN, DecoderKind.ATTENTION])
def test_a_decoder_with_one_hypothesis_cannot_be_rescored(kind):
    with pytest.raises(ValueError, match="attention_weight"):
        DecoderConfig(kind=kind, attention_weight=0.5)


def test_a_greedy_decoder_is_no_search():
    with pytest.raises(ValueError, match="one reading"):
        build_rescorer(DecoderConfig(), SPELLED)
    assert isinstance(
        build_rescorer(DecoderConfig(kind=DecoderKind.LEXICON), SPELLED, WORDS), Rescorer
    )
