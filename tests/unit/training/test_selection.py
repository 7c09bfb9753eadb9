"""Data selection: which rows a stage draws, and how often."""

import pytest
from pydantic import ValidationError

from ovoz.corpus.manifest import Dialect, Split, Utterance
from ovoz.text.language import Language
from ovoz.training.selection import MixtureShare, Selection, compute_cmi, compute_draw_weight

from .conftest import utterance

EVEN = dict.fromkeys(Language, 1.0)


@pytest.fixture
def row(tmp_path) -> Utterance:
    made = utterance(tmp_path, 1, "ab где", Split.TRAIN)
    return made.model_copy(update={"source": "tones"})


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("bugun keldi", 0.0),
        ("bugun пришел", 0.5),
        ("bugun keldi yana пришел", 0.25),
        ("заказni", 0.5),
        ("bugun заказni", 0.25),
        ("", 0.0),
    ],
)
def test_code_mixing_index_of_a_transcript(text, index) -> None:
    assert compute_cmi(text) == pytest.approx(index)


@pytest.mark.parametrize(
    ("selection", "holds"),
    [
        ({}, True),
        ({"languages": ["mixed"]}, True),
        ({"languages": ["uz", "ru"]}, False),
        ({"sources": ["tones"]}, True),
        ({"sources": ["usc"]}, False),
        ({"dialects": ["khorezm"]}, False),
        ({"conditions": ["clean"]}, True),
        ({"cmi": [0.4, 1.0]}, True),
        ({"cmi": [0.0, 0.3]}, False),
        ({"languages": ["mixed"], "conditions": ["noisy"]}, False),
    ],
)
def test_a_row_matches_when_every_criterion_matches(row, selection, holds) -> None:
    assert Selection.model_validate(selection).matches(row) is holds


def test_a_source_matches_by_its_part_before_the_colon(row) -> None:
    made = row.model_copy(update={"source": "synthetic:espeak-ng"})
    assert Selection(sources=("synthetic",)).matches(made)
    assert Selection(sources=("synthetic:espeak-ng",)).matches(made)
    assert not Selection(sources=("syn",)).matches(made)


def test_the_first_matching_share_counts(row) -> None:
    mixture = (
        MixtureShare(of=Selection(dialects=(Dialect.KHOREZM,)), weight=5),
        MixtureShare(of=Selection(languages=(Language.MIXED,)), weight=2),
        MixtureShare(of=Selection(), weight=0),
    )
    assert compute_draw_weight(row, Selection(), EVEN | {Language.MIXED: 0.5}, mixture) == 1.0
    assert compute_draw_weight(row, Selection(cmi=(0, 0.1)), EVEN, mixture) == 0.0
    assert compute_draw_weight(row, Selection(), {}, ()) == 0.0


@pytest.mark.parametrize("wrong", [{"cmi": [0.5, 0.1]}, {"cmi": [0, 2]}, {"dialect": ["x"]}])
def test_a_wrong_selection_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        Selection.model_validate(wrong)
