"""WER, CER and MER against hand counts, jiwer and independent dynamic programming."""

import random

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.evaluation.metrics import Pair, score
from ovoz.evaluation.metrics.alignment import align

words = st.sampled_from(["men", "bugun", "магазин", "сегодня", "заказni", "5", "oʻzim", "да"])
sentences = st.lists(words, max_size=8).map(" ".join)
pairs = st.builds(Pair, reference=sentences, hypothesis=sentences)
test_sets = st.lists(pairs, min_size=1, max_size=6)


def edit_total(
    reference: list[str], hypothesis: list[str], substitution: int = 1, gap: int = 1
) -> int:
    """Errors (S + D + I) of the cheapest path at the given costs; fewest errors among equals."""
    row = [(gap * j, j) for j in range(len(hypothesis) + 1)]
    for i, said in enumerate(reference, start=1):
        new = [(gap * i, i)]
        for j, heard in enumerate(hypothesis, start=1):
            cost = 0 if said == heard else 1
            new.append(
                min(
                    (row[j - 1][0] + substitution * cost, row[j - 1][1] + cost),
                    (row[j][0] + gap, row[j][1] + 1),
                    (new[j - 1][0] + gap, new[j - 1][1] + 1),
                )
            )
        row = new
    return row[-1][1]


def test_hand_counted_errors():
    pair = Pair("men bugun bozorga bordim", "men kecha bozorga yana bordi")
    scores = score([pair])
    # bugun→kecha, +yana, bordim→bordi
    assert scores.counts["substitutions"] == 2
    assert scores.counts["insertions"] == 1
    assert scores.counts["deletions"] == 0
    assert scores.figures()["wer"] == 3 / 4
    assert scores.figures()["mer"] == 3 / 5


def test_rates_pool_words_and_do_not_average_utterances():
    figures = score([Pair("a b c d", "a b c d"), Pair("e", "x")]).figures()
    assert figures["wer"] == 1 / 5


def test_wer_exceeds_one_and_mer_does_not():
    figures = score([Pair("ha", "yoq bu emas")]).figures()
    assert figures["wer"] == 3.0
    assert figures["mer"] == 1.0


def test_empty_hypothesis_deletes_everything():
    figures = score([Pair("men keldim", "")]).figures()
    assert figures["wer"] == 1.0
    assert figures["cer"] == 1.0


def test_words_for_an_empty_reference_are_insertions():
    scores = score([Pair("", "rahmat"), Pair("men keldim", "men keldim")])
    assert scores.figures()["wer"] == 1 / 2
    assert scores.counts["insertions"] == 1


@pytest.mark.parametrize("pairs", [[], [Pair("", "")], [Pair("", "soʻz")]])
def test_nothing_said_leaves_the_rates_undefined(pairs):
    scores = score(pairs)
    assert not {"wer", "cer", "wer.raw", "wer.uz", "pier", "switch_f1"} & set(scores.figures())
    assert scores.values["wer"] is None


def test_whitespace_is_no_error():
    assert score([Pair("men\tkeldim ", "  men  keldim")]).figures()["cer"] == 0


def test_error_rates_by_label_of_the_reference():
    figures = score(
        [
            Pair("men keldim", "men"),
            Pair("я пришёл домой", "я пришёл"),
            Pair("men домой keldim endi", "men домой"),
            Pair("5", "6"),
        ]
    ).figures()
    assert figures["wer.uz"] == 1 / 2
    assert figures["wer.ru"] == 1 / 3
    assert figures["wer.mixed"] == 2 / 4
    assert figures["wer"] == 5 / 10


def test_a_label_that_nobody_spoke_is_absent():
    figures = score([Pair("men keldim", "я")]).figures()
    assert "wer.uz" in figures
    assert "wer.ru" not in figures
    assert "cer.mixed" not in figures


def test_align_asks_for_equal_numbers():
    with pytest.raises(ValueError, match="1 references but 0 hypotheses"):
        align(["a"], [])


@given(test_sets)
def test_agrees_with_jiwer(test_set):
    references = [pair.reference for pair in test_set]
    hypotheses = [pair.hypothesis for pair in test_set]
    figures = score(test_set).figures()
    if any(references):
        output = jiwer.process_words(references, hypotheses)
        assert figures["wer"] == pytest.approx(output.wer)
        assert figures["mer"] == pytest.approx(output.mer)
        assert figures["cer"] == pytest.approx(jiwer.cer(references, hypotheses))


@given(test_sets)
def test_agrees_with_an_independent_count(test_set):
    scores = score(test_set)
    assert scores.counts["word_errors"] == sum(
        edit_total(pair.reference.split(), pair.hypothesis.split()) for pair in test_set
    )
    assert scores.counts["character_errors"] == sum(
        edit_total(list(pair.reference), list(pair.hypothesis)) for pair in test_set
    )


@given(pairs)
def test_never_counts_more_errors_than_sclite_costs(pair):
    sclite = edit_total(pair.reference.split(), pair.hypothesis.split(), substitution=4, gap=3)
    assert score([pair]).counts["word_errors"] <= sclite


@pytest.mark.parametrize(
    ("reference", "hypothesis", "errors"),
    [
        ("a b c d", "a x c d", 1),
        ("a b c d", "a c d", 1),
        ("a b c", "a x b c", 1),
        ("a b c d e", "b c x e f", 3),
    ],
)
def test_agrees_with_sclite_costs_on_ordinary_errors(reference, hypothesis, errors):
    sclite = edit_total(reference.split(), hypothesis.split(), substitution=4, gap=3)
    assert score([Pair(reference, hypothesis)]).counts["word_errors"] == sclite == errors


def test_agrees_with_sclite_costs_at_the_error_rates_of_usable_systems():
    draw = random.Random(0)
    vocabulary = [f"soʻz{number}" for number in range(200)]
    test_set, sclite = [], 0
    for _ in range(300):
        said = draw.choices(vocabulary, k=10)
        heard = [draw.choice(vocabulary) if draw.random() < 0.1 else word for word in said]
        heard = [word for word in heard if draw.random() > 0.05]
        test_set.append(Pair(" ".join(said), " ".join(heard)))
        sclite += edit_total(said, heard, substitution=4, gap=3)
    assert score(test_set).counts["word_errors"] == sclite > 300


def test_sclite_costs_may_prefer_a_longer_path():
    reference, hypothesis = "a b c d e", "x y z a b"
    assert edit_total(reference.split(), hypothesis.split(), substitution=4, gap=3) == 6
    assert score([Pair(reference, hypothesis)]).counts["word_errors"] == 5


@given(pairs)
def test_errors_are_symmetric(pair):
    swapped = Pair(pair.hypothesis, pair.reference)
    ours, theirs = score([pair]).counts, score([swapped]).counts
    assert ours["word_errors"] == theirs["word_errors"]
    assert ours["character_errors"] == theirs["character_errors"]


@given(test_sets)
def test_rates_are_bounded(test_set):
    figures = score(test_set).figures()
    assert all(value >= 0 for value in figures.values())
    at_most_one = set(figures) - {name for name in figures if name[:3] in ("wer", "cer", "pie")}
    assert all(figures[name] <= 1 for name in at_most_one)


@given(test_sets)
def test_a_text_against_itself_has_no_error(test_set):
    same = [Pair(pair.reference, pair.reference) for pair in test_set]
    for name, value in score(same).figures().items():
        if name.startswith(("wer", "cer", "mer", "pier")):
            assert value == 0, name
        elif not name.endswith(("cmi", "index")):
            assert value == 1, name


@given(test_sets, st.randoms(use_true_random=False))
def test_the_order_of_utterances_does_not_matter(test_set, random):
    shuffled = random.sample(test_set, len(test_set))
    assert score(shuffled).figures() == pytest.approx(score(test_set).figures())


@given(pairs)
def test_alignment_accounts_for_every_word(pair):
    (path,) = align([pair.reference], [pair.hypothesis])
    assert path.hits + path.substitutions + path.deletions == len(path.reference)
    assert path.hits + path.substitutions + path.insertions == len(path.hypothesis)
    assert path.position == sorted(path.position)
    assert len(path.inserted) == len(path.reference) + 1
