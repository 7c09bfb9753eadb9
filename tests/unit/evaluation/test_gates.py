"""Gates: none is skipped, and the messages say by how much one failed."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from ovoz.evaluation.evaluate import Evaluation, SliceScores
from ovoz.evaluation.gates import Gate, GatesConfig
from ovoz.evaluation.judgement import GatesFailedError, Verdict, judge, judge_served
from ovoz.evaluation.systems import PRODUCTION
from ovoz.evaluation.tables import build_figures_table, build_gate_table


def evaluation(figures: Mapping[str, float], slice_name: str = "all") -> Evaluation:
    scores = SliceScores(
        system="served",
        test_set="test",
        slice=slice_name,
        utterances=10,
        speakers=2,
        figures=dict(figures),
        intervals={},
        confusion={},
    )
    return Evaluation(training_data="synthetic speech", rows=[], slices=[scores])


GOOD = {"wer.uz": 0.1, "wer.mixed": 0.2, "cer": 0.05, "language_accuracy": 0.99, "switch_f1": 0.9}


def test_defaults_are_the_gates_of_the_product() -> None:
    limits = {gate.figure: gate.limit for gate in GatesConfig().gates}
    assert limits == {
        "wer.uz": 0.25,
        "wer.mixed": 0.30,
        "cer": 0.15,
        "language_accuracy": 0.85,
        "switch_f1": 0.80,
    }
    assert judge(GatesConfig(), evaluation(GOOD), "served").passed


@pytest.mark.parametrize("figure", list(GOOD))
def test_each_gate_stops_alone(figure: str) -> None:
    bad = {**GOOD, figure: 0.0 if figure in ("language_accuracy", "switch_f1") else 1.0}
    verdict = judge(GatesConfig(), evaluation(bad), "served")
    assert [one.gate.figure for one in verdict.results if not one.passed] == [figure]


def test_limit_itself_is_met_and_margin_is_the_distance() -> None:
    config = GatesConfig(
        gates=(Gate(figure="cer", at_most=0.05), Gate(figure="switch_f1", at_least=0.5))
    )
    results = judge(config, evaluation({"cer": 0.05, "switch_f1": 0.4}), "served").results
    assert [one.passed for one in results] == [True, False]
    assert [one.margin for one in results] == pytest.approx([0.0, -0.1])


@pytest.mark.parametrize(
    ("figures", "slice_name", "system"),
    [({}, "all", "served"), ({"cer": float("nan")}, "all", "served"),
     ({"cer": 0.0}, "dialect=khorezm", "served"), ({"cer": 0.0}, "all", "other")],
)  # fmt: skip
def test_what_was_not_measured_fails(figures, slice_name, system) -> None:
    config = GatesConfig(gates=(Gate(figure="cer", at_most=1.0),))
    verdict = judge(config, evaluation(figures, slice_name), system)
    (result,) = verdict.results
    assert not verdict.passed
    assert result.reason
    assert result.reason in str(GatesFailedError(verdict))


def test_slice_of_a_gate_is_looked_up() -> None:
    config = GatesConfig(gates=(Gate(figure="cer", at_most=0.1, slice="dialect=fergana"),))
    assert judge(config, evaluation({"cer": 0.05}, "dialect=fergana"), "served").passed
    assert not judge(config, evaluation({"cer": 0.05}), "served").passed


@pytest.mark.parametrize(
    "gate",
    [
        {"figure": "wer.uzz", "at_most": 0.1},
        {"figure": "wer", "at_most": 0.1, "at_least": 0.1},
        {"figure": "wer"},
        {"figure": "wer", "at_most": float("inf")},
        {"figure": "wer", "at_mots": 0.1},
        {"figure": "wer", "at_most": 0.1, "slice": "dialekt=fergana"},
        {"figure": "wer", "at_most": 0.1, "slice": "dialect"},
        {"figure": "wer", "at_most": 25},
        {"figure": "wer", "at_least": 80},
        {"figure": "wer", "at_most": -1},
        {"figure": "long_wer", "at_most": 25},
        {"figure": "wer", "at_least": 0.5},
        {"figure": "language_accuracy", "at_most": 0.9},
        {"figure": "language_accuracy", "at_least": 0.0},
        {"figure": "mer", "at_most": 1.0},
        {"figure": "size_mb", "at_most": -1},
        {"figure": "exports_within_limit", "at_least": 0},
        {"figure": "cmi", "at_most": 0.3},
        {"figure": "p_worse", "at_least": 0.01},
        {"figure": "slices_not_worse", "at_least": 1},
        {"figure": "wer_over_best", "at_most": 0.1},
        {"figure": "size_mb", "at_most": 100},
        {"figure": "cer", "at_most": 0.5, "test_set": "test-conditions"},
    ],
)
def test_typing_error_fails_at_load(gate) -> None:
    with pytest.raises(ValidationError):
        GatesConfig.model_validate({"gates": [gate]})


def test_no_gate_at_all_fails_at_load() -> None:
    with pytest.raises(ValidationError, match="pass unseen"):
        GatesConfig(gates=())


def test_words_of_failure_say_by_how_much() -> None:
    config = GatesConfig(gates=(Gate(figure="cer", at_most=0.1),))
    verdict = judge(config, evaluation({"cer": 0.25}), "served")
    assert "cer on test is 25.0%, at most 10.0% is asked (15.0% short)" in str(
        GatesFailedError(verdict)
    )


def test_tables_tell_what_the_model_was_trained_on(tmp_path: Path) -> None:
    measured = evaluation(GOOD)
    verdict = judge(GatesConfig(), measured, "served")
    for table in (
        build_gate_table(verdict, measured, "greedy"),
        build_figures_table(measured, slices=True),
    ):
        assert "synthetic speech" in str(table.title)
        assert table.row_count > 0


def test_judgement_without_gates_is_no_pass() -> None:
    assert not Verdict(system="served", training_data="none", results=()).passed


def test_production_without_rows_fails_the_shared_judgement() -> None:
    """The production that a caller names must have been scored: its absence is no first model."""
    config = GatesConfig(gates=(Gate(figure="cer", at_most=0.1),), of_artifact=())
    measured = evaluation({"cer": 0.05})
    assert judge_served(measured, config, "uz-ru", artifact=True).passed
    compared = judge_served(measured, config, "uz-ru", artifact=True, rivals=(PRODUCTION,))
    assert not compared.passed
    assert "not compared with production" in compared.results[-1].reason
