"""Gates that the transcripts cannot define are found before the training."""

from pathlib import Path

import pytest

from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.gate_data import UndefinedGateError, check_gate_data
from ovoz.evaluation.gates import Gate, GatesConfig
from ovoz.evaluation.testsets import TestSet
from ovoz.text.pack import load_pack

from ...utterances import make_utterance

UZBEK = TestSet("test", [make_utterance("one", "salom dunyo")], Path())
TEXTS = ("salom dunyo", "мой заказ", "salom заказ")
BOTH = TestSet("test", [make_utterance(text, text) for text in TEXTS], Path())


def check(spoken: TestSet, gate: dict) -> None:
    config = GatesConfig(
        gates=(Gate(figure="cer", at_most=1.0),), of_artifact=(Gate.model_validate(gate),)
    )
    check_gate_data(config, [spoken], EvaluationConfig(clips=3), load_pack("uz-ru"))


@pytest.mark.parametrize(
    "gate",
    [
        {"figure": "wer.ru", "at_most": 0.2},
        {"figure": "switch_f1", "at_least": 0.8},
        {"figure": "wer", "at_most": 0.2, "slice": "dialect=khorezm"},
        {"figure": "wer", "at_most": 0.2, "test_set": "open"},
        {
            "figure": "wer",
            "at_most": 0.2,
            "test_set": "test-conditions",
            "slice": "condition=clean",
        },
    ],
)
def test_a_figure_without_words_is_named(gate) -> None:
    with pytest.raises(UndefinedGateError, match=f"define no {gate['figure']}"):
        check(UZBEK, gate)


@pytest.mark.parametrize(
    "gate",
    [
        {"figure": "wer.ru", "at_most": 0.2},
        {"figure": "switch_f1", "at_least": 0.8},
        {"figure": "wer", "at_most": 0.2, "slice": "language=mixed"},
        {"figure": "wer", "at_most": 0.2, "test_set": "test-conditions", "slice": "condition=far"},
        {"figure": "size_mb", "at_most": 9},
    ],
)
def test_figures_that_are_there_are_accepted(gate) -> None:
    check(BOTH, gate)
