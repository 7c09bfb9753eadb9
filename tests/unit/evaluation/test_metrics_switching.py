"""Switch points, words of interest, embedded words and utterance labels, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.evaluation.metrics import Pair, score
from ovoz.evaluation.metrics.alignment import align
from ovoz.evaluation.metrics.switching import (
    SwitchPoint,
    errors_of_interest,
    matched_switches,
    matrix_language,
    switch_points,
    words_of_interest,
)
from ovoz.text.language import Language, join_languages, utterance_language, word_language

UZ, RU, MIXED, OTHER = Language.UZBEK, Language.RUSSIAN, Language.MIXED, Language.OTHER
UZ_RU, RU_UZ = (UZ, RU), (RU, UZ)

languages = st.lists(st.sampled_from(list(Language)), max_size=10)
words = st.sampled_from(["men", "bugun", "магазин", "сегодня", "заказni", "5"])
sentences = st.lists(words, max_size=8).map(" ".join)
test_sets = st.lists(st.builds(Pair, reference=sentences, hypothesis=sentences), max_size=6)


def points(*items):
    return [SwitchPoint(word, *direction) for word, direction in items]


def figures(reference, hypothesis):
    return score([Pair(reference, hypothesis)]).figures()


def test_switch_points_stand_before_the_word_that_changes():
    assert switch_points([UZ, UZ, RU, UZ]) == points((2, UZ_RU), (3, RU_UZ))


def test_other_words_are_transparent():
    assert switch_points([OTHER, UZ, OTHER, UZ, OTHER, RU]) == points((5, UZ_RU))


def test_a_mixed_word_is_a_label_of_its_own():
    assert switch_points([UZ, MIXED, UZ]) == points((1, (UZ, MIXED)), (2, (MIXED, UZ)))


@pytest.mark.parametrize(
    ("expected", "found", "exact", "near"),
    [
        ([(2, UZ_RU)], [(2, UZ_RU)], 1, 1),
        ([(2, UZ_RU)], [(3, UZ_RU)], 0, 1),
        ([(2, UZ_RU)], [(4, UZ_RU)], 0, 0),
        ([(2, UZ_RU)], [(2, RU_UZ)], 0, 0),
        ([(2, UZ_RU)], [(1, UZ_RU), (2, UZ_RU), (3, UZ_RU)], 1, 1),
        ([(2, UZ_RU), (4, UZ_RU)], [(3, UZ_RU), (5, UZ_RU)], 0, 2),
        ([(2, UZ_RU), (4, UZ_RU)], [(3, UZ_RU)], 0, 1),
        ([], [(3, UZ_RU)], 0, 0),
    ],
)
def test_matching_is_one_to_one_within_the_tolerance(expected, found, exact, near):
    assert matched_switches(points(*expected), points(*found)) == exact
    assert matched_switches(points(*expected), points(*found), tolerance=1) == near


def test_inserted_words_do_not_move_switch_points():
    result = figures("men bugun магазин oldida", "men ham bugun магазин katta oldida")
    assert result["switch_f1"] == 1.0


def test_an_inserted_foreign_word_starts_the_switch_at_the_word_it_precedes():
    assert figures("men bugun магазин", "men bugun в магазин")["switch_f1"] == 1.0


def test_a_switch_one_word_late_counts_within_one_only():
    result = figures("men kecha на работе edim", "men kecha работе edim")
    assert result["switch_f1"] == 0.5  # back to Uzbek is right
    assert result["switch_f1_within_one"] == 1.0


def test_precision_and_recall_tell_missed_from_made_up_switches():
    missed = figures("men магазин oldida", "men magazin oldida")
    assert missed["switch_recall"] == 0.0
    assert missed["switch_f1"] == 0.0
    assert "switch_precision" not in missed
    made_up = figures("men магазин", "men магазин oldida да")
    assert made_up["switch_recall"] == 1.0
    assert made_up["switch_precision"] == 1 / 3


def test_without_switches_in_the_reference_no_switch_figure_exists():
    result = figures("men keldim", "men пришёл")
    assert not any(name.startswith(("switch", "code_switch", "pier")) for name in result)
    assert result["language_accuracy"] == 0.0


def test_matrix_language_is_that_of_most_words():
    assert matrix_language([UZ, RU, RU, MIXED, OTHER], default=UZ) is RU
    assert matrix_language([RU, UZ], default=UZ) is UZ
    assert matrix_language([MIXED], default=UZ) is UZ


def test_words_of_interest_are_the_switched_ones():
    assert words_of_interest([UZ, RU, UZ, MIXED, OTHER], default=UZ) == [1, 3]
    assert words_of_interest([RU, RU, UZ], default=UZ) == [2]


@pytest.mark.parametrize(
    ("hypothesis", "errors"),
    [
        ("men bugun магазин", 0),
        ("men kecha магазин", 0),
        ("men bugun магазины", 1),
        ("men bugun", 1),
        ("men bugun в магазин", 1),
        ("men bugun магазин да", 1),
        ("men ham bugun магазин", 0),
    ],
)
def test_pier_counts_only_errors_at_the_switched_words(hypothesis, errors):
    (path,) = align(["men bugun магазин"], [hypothesis])
    assert errors_of_interest(path, [2]) == errors
    assert figures("men bugun магазин", hypothesis)["pier"] == errors


def test_monolingual_utterances_have_no_words_of_interest():
    result = score([Pair("men bugun магазин", "men bugun магазин"), Pair("я дома", "я")])
    assert result.counts["interest_words"] == 1
    assert result.figures()["pier"] == 0.0


def test_embedded_counts_made_up_words_in_uzbek_utterances():
    result = score(
        [
            Pair("men магазинga keldim", "men магазинga keldim"),
            Pair("bugun havo yaxshi", "bugun хава yaxshi"),
            Pair("я сегодня дома", "я doma"),
        ]
    ).figures()
    assert result["embedded_recall"] == 1.0
    assert result["embedded_precision"] == 1 / 2
    assert result["embedded_f1"] == 2 / 3


def test_utterance_labels_and_confusion():
    scores = score(
        [
            Pair("men keldim", "men keldim"),
            Pair("men keldim", "мен keldim"),
            Pair("я дома men", "я дома"),
            Pair("я дома", ""),
            Pair("5", "besh"),
        ]
    )
    assert scores.figures()["language_accuracy"] == 1 / 4
    assert scores.confusion["uz"] == {"uz": 1, "ru": 0, "mixed": 1, "other": 0}
    assert scores.confusion["ru"]["other"] == 1
    assert scores.confusion["other"]["uz"] == 1
    assert scores.figures()["code_switch_f1"] == 0.0


def test_the_label_that_a_system_gives_is_believed():
    pair = Pair("men дома", "men doma", hypothesis_language=MIXED)
    assert score([pair]).figures()["language_accuracy"] == 1.0
    assert score([pair]).figures()["code_switch_f1"] == 1.0


@given(sentences)
def test_labels_agree_with_the_text_room(sentence):
    tokens = sentence.split()
    assert join_languages(map(word_language, tokens)) == utterance_language(tokens)


@given(languages)
def test_switch_points_survive_reversal(sequence):
    assert len(switch_points(sequence)) == len(switch_points(sequence[::-1]))


@given(languages, languages, st.integers(0, 3))
def test_matching_is_symmetric_bounded_and_grows_with_tolerance(one, other, tolerance):
    a, b = switch_points(one), switch_points(other)
    matched = matched_switches(a, b, tolerance)
    assert matched == matched_switches(b, a, tolerance)
    assert matched <= min(len(a), len(b))
    assert matched <= matched_switches(a, b, tolerance + 1)
    assert matched_switches(a, a, tolerance) == len(a)


@given(test_sets)
def test_f1_lies_between_zero_and_one_and_grows_with_tolerance(test_set):
    result = score(test_set).figures()
    detections = [value for name, value in result.items() if "_f1" in name or "_recall" in name]
    assert all(0 <= value <= 1 for value in detections)
    if "switch_f1" in result:
        assert result["switch_f1"] <= result["switch_f1_within_one"]


@given(test_sets)
def test_code_switch_detection_is_symmetric(test_set):
    swapped = [Pair(pair.hypothesis, pair.reference) for pair in test_set]
    labelled = all(utterance_language(p.reference.split()) is not OTHER for p in test_set + swapped)
    ours, theirs = score(test_set).figures(), score(swapped).figures()
    if labelled and "code_switch_f1" in ours and "code_switch_f1" in theirs:
        assert ours["code_switch_f1"] == theirs["code_switch_f1"]
