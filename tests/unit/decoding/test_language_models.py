"""N-gram models against values worked out by hand, and against KenLM's own reading of the file."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.decoding.arpa import write_arpa
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.interpolation import fit_weights, interpolate_models
from ovoz.decoding.kneser_ney import BEGIN, END, UNKNOWN, estimate_model
from ovoz.decoding.language_models import (
    CHARACTERS_FILE,
    WORDS_FILE,
    NgramConfig,
    build_language_models,
    to_character_tokens,
    with_language_models,
)
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon

SENTENCES = ("a b a", "a b", "b a", "a a b c", "c", "b b a d", "a c b", "d a")
TOKENS = st.lists(st.lists(st.sampled_from("abcde"), max_size=6), min_size=1, max_size=12)


def split(sentences):
    return [sentence.split() for sentence in sentences]


def test_bigrams_of_one_sentence_by_hand():
    # "a b": every table is too small for estimated discounts, so counts of one lose 0.5.
    # Unigrams: a, b, </s> follow one context each: (1 - 0.5) / 3 and 0.5 of the mass shared by 4.
    # Bigrams: 0.5 for the one continuation seen, 0.5 for the unigrams.
    model = estimate_model([["a", "b"]], 2)
    unigram = 0.5 / 3 + 0.5 / 4
    assert model.probability("a") == pytest.approx(unigram)
    assert model.probability("x") == pytest.approx(0.5 / 4)
    assert model.probability("b", ["a"]) == pytest.approx(0.5 + 0.5 * unigram)
    assert model.probability("a", ["b"]) == pytest.approx(0.5 * unigram)
    assert model.probability(END, ["b"]) == pytest.approx(0.5 + 0.5 * unigram)


def test_discounts_are_chen_and_goodmans():
    # Counts 1 to 4 occur 4, 3, 2 and 1 times: Y = 4/10, D1 = 1 - 2Y·3/4, D2 = 2 - 3Y·2/3,
    # D3+ = 3 - 4Y·1/2.
    counts = (1, 1, 1, 1, 2, 2, 2, 3, 3, 4)
    sentences = [[f"w{word}"] for word, count in enumerate(counts) for _ in range(count)]
    model = estimate_model(sentences, 2)
    total = sum(counts)
    left = (4 * 0.4 + 3 * 1.2 + 3 * 2.2) / total
    # Eleven kinds of unigram: END is preceded by ten words, every word by the start alone.
    for word, kept in (("w0", 0.6), ("w4", 0.8), ("w7", 0.8), ("w9", 1.8)):
        expected = kept / total + left * model.probability(word)
        assert model.probability(word, [BEGIN]) == pytest.approx(expected)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@settings(max_examples=40, deadline=None)
@given(sentences=TOKENS, context=st.lists(st.sampled_from(["a", "b", "e", "x", BEGIN]), max_size=4))
def test_probabilities_after_any_context_sum_to_one(order, sentences, context):
    model = estimate_model(sentences, order)
    vocabulary = {gram[0] for gram in model.probabilities[0]} - {BEGIN}
    assert {UNKNOWN, END} <= vocabulary
    total = math.fsum(model.probability(token, context) for token in vocabulary)
    assert total == pytest.approx(1.0)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_kenlm_scores_the_file_as_the_model_does(order, tmp_path):
    kenlm = pytest.importorskip("kenlm", reason="a tool of the developers' extra")
    model = estimate_model(split(SENTENCES), order)
    asked = kenlm.Model(str(write_arpa(model, tmp_path / "model.arpa")))
    assert asked.order == order
    for sentence in (*SENTENCES, "d c b a", "a x b", ""):
        tokens = [BEGIN, *sentence.split(), END]
        expected = sum(
            math.log10(model.probability(token, tokens[:place]))
            for place, token in enumerate(tokens[1:], start=1)
        )
        assert asked.score(sentence) == pytest.approx(expected, abs=1e-4)


def test_kenlm_finds_that_short_sentences_sum_to_one(tmp_path):
    kenlm = pytest.importorskip("kenlm", reason="a tool of the developers' extra")
    asked = kenlm.Model(
        str(write_arpa(estimate_model(split(SENTENCES), 3), tmp_path / "model.arpa"))
    )
    words = ["a", "b", "c", "d", "never-seen"]
    ends = 10 ** asked.score("")
    goes_on = sum(10 ** asked.score(word, eos=False) for word in words)
    assert ends + goes_on == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("token", ["", "<s>", "</s>", "<unk>", "two words"])
def test_tokens_that_the_format_cannot_hold_are_refused(token):
    with pytest.raises(ValueError, match="cannot be a token"):
        estimate_model([["a", token]], 2)


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(ValueError, match="at least one sentence"):
        estimate_model([], 2)
    with pytest.raises(ValueError, match="order 0"):
        estimate_model([["a"]], 0)


def test_language_models_are_written_into_a_folder(tmp_path):
    folder = build_language_models(["katta kitob", "katta"], tmp_path / "models").directory
    config = with_language_models(DecoderConfig(), folder)
    assert all(path.is_file() for path in config.model_files())
    assert to_character_tokens("a b") == ["a", "|", "b"]
    assert "k a t t a |" in (folder / CHARACTERS_FILE).read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="stands for the space"):
        build_language_models(["a|b"], tmp_path)


def test_an_order_that_kenlm_cannot_read_is_refused():
    with pytest.raises(ValueError, match="less than or equal to 6"):
        NgramConfig(character_order=7)


@pytest.mark.parametrize("order", [1, 2, 3])
@settings(max_examples=40, deadline=None)
@given(
    first=TOKENS,
    second=st.lists(st.lists(st.sampled_from("cdefg"), max_size=6), min_size=1, max_size=12),
    weight=st.floats(0, 1),
    context=st.lists(st.sampled_from(["a", "c", "e", "g", "x", BEGIN]), max_size=3),
)
def test_a_mixture_is_a_distribution_over_the_words_of_both(order, first, second, weight, context):
    models = [estimate_model(first, order), estimate_model(second, order)]
    mixture = interpolate_models(models, (weight, 1 - weight))
    vocabulary = {gram[0] for gram in mixture.probabilities[0]} - {BEGIN}
    total = math.fsum(mixture.probability(token, context) for token in vocabulary)
    assert total == pytest.approx(1.0)


def test_a_mixture_weighs_what_both_models_give():
    models = [estimate_model(split(SENTENCES[:4]), 2), estimate_model(split(SENTENCES[4:]), 2)]
    mixture = interpolate_models(models, (0.25, 0.75))
    expected = 0.25 * models[0].probability("b", ["a"]) + 0.75 * models[1].probability("b", ["a"])
    assert ("a", "b") in mixture.probabilities[1]
    assert mixture.probability("b", ["a"]) == pytest.approx(expected)
    assert mixture.probability("d") == pytest.approx(0.75 * models[1].probability("d"))


def test_kenlm_reads_a_mixture_as_it_is(tmp_path):
    kenlm = pytest.importorskip("kenlm", reason="a tool of the developers' extra")
    models = [estimate_model(split(SENTENCES[:4]), 3), estimate_model(split(SENTENCES[4:]), 3)]
    mixture = interpolate_models(models, (0.5, 0.5))
    asked = kenlm.Model(str(write_arpa(mixture, tmp_path / "model.arpa")))
    for sentence in (*SENTENCES, "d c b a", "a x b"):
        tokens = [BEGIN, *sentence.split(), END]
        expected = sum(
            math.log10(mixture.probability(token, tokens[:place]))
            for place, token in enumerate(tokens[1:], start=1)
        )
        assert asked.score(sentence) == pytest.approx(expected, abs=1e-4)


def test_weights_follow_the_text_that_they_are_fitted_to():
    models = [estimate_model(split(["a b", "b a"] * 4), 2), estimate_model(split(["c d"] * 4), 2)]
    assert fit_weights(models, split(["a b"] * 9 + ["c d"]))[0] == pytest.approx(0.9, abs=0.03)
    assert fit_weights(models, split(["c d"]))[1] > 0.99
    assert fit_weights(models, split(["x y"]))[0] < 1  # both ends of a sentence are known
    assert fit_weights(models, []) == (0.5, 0.5)


def test_other_text_brings_words_that_the_transcripts_lack(tmp_path):
    transcripts = [f"{one} {two}" for one in ("katta", "yangi") for two in ("kitob", "bozor", "uy")]
    other = [f"bugun {two} koʻrdim" for two in ("kitob", "bozor", "uy")]
    built = build_language_models(transcripts, tmp_path, others=[other])
    assert built.weights[0] > built.weights[1] > 0
    assert sum(built.weights) == pytest.approx(1)
    assert set(read_lexicon(tmp_path / LEXICON_FILE)) >= {"katta", "bozor", "bugun", "koʻrdim"}
    assert "koʻrdim" in (tmp_path / WORDS_FILE).read_text("utf-8")
