"""The model card names the training data and the figures of every slice."""

import hashlib

from ovoz.corpus.manifest import Split, Utterance
from ovoz.evaluation.card import select_card_slices, summarize_sources
from ovoz.evaluation.evaluate import Evaluation, SliceScores
from ovoz.model.checkpoint import WEIGHTS_FILE
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.learning_curve import LearningCurve
from ovoz.training.stage_result import CurvePoint, StageResult

from ...utterances import make_utterance


def row(split: Split, source: str, licence: str, seconds: float) -> Utterance:
    return make_utterance(
        "x", duration_s=seconds, source=source, licence=licence, consent="signed", split=split
    )


def test_only_what_was_trained_on_is_counted_by_source_and_licence() -> None:
    rows = [
        row(Split.TRAIN, "calls", "internal", 1800),
        row(Split.TRAIN, "calls", "internal", 1800),
        row(Split.TRAIN, "calls", "CC0-1.0", 360),
        row(Split.TEST, "calls", "internal", 3600),
        row(Split.TRAIN, "fleurs", "CC-BY-4.0", 7200),
    ]
    assert [
        (one.source, one.licence, one.utterances, one.hours) for one in summarize_sources(rows)
    ] == [
        ("fleurs", "CC-BY-4.0", 1, 2.0),
        ("calls", "internal", 2, 1.0),
        ("calls", "CC0-1.0", 1, 0.1),
    ]


def scores(system: str, test_set: str, name: str) -> SliceScores:
    return SliceScores(
        system=system, test_set=test_set, slice=name, utterances=3, speakers=1,
        figures={"wer": 0.5}, intervals={}, confusion={},
    )  # fmt: skip


def test_slices_are_those_of_the_system_by_language_dialect_and_condition() -> None:
    evaluation = Evaluation(
        training_data="x",
        rows=[],
        slices=[
            scores("greedy", "test", "dialect=khorezm"),
            scores("served", "test", "all"),
            scores("served", "test", "dialect=khorezm"),
            scores("served", "test", "speaker=anna"),
            scores("served", "noisy", "condition=far"),
        ],
    )
    assert select_card_slices(evaluation, "served") == {
        "dialect=khorezm": {"utterances": 3.0, "wer": 0.5},
        "noisy, condition=far": {"utterances": 3.0, "wer": 0.5},
    }


def test_curves_of_stages_follow_each_other(tmp_path) -> None:
    (tmp_path / WEIGHTS_FILE).write_bytes(b"weights")

    def stage(name: str) -> StageResult:
        return StageResult(
            stage=name, fingerprint="f", checkpoint=tmp_path, steps=10, seconds=1,
            arithmetic=Arithmetic(precision="fp32", threads=1), data_wait_share=0,
            curve=(CurvePoint(step=5, dev_wer=0.5), CurvePoint(step=10)),
        )  # fmt: skip

    course = LearningCurve().append(stage("clean")).append(stage("noisy"))
    assert [(one.stage, one.step) for one in course.points] == [
        ("clean", 5), ("clean", 10), ("noisy", 15), ("noisy", 20),
    ]  # fmt: skip
    assert [one.stage for one in course.stages] == ["clean", "noisy"]
    assert {one.weights for one in course.stages} == {hashlib.sha256(b"weights").hexdigest()}
    assert LearningCurve.model_validate_json(course.model_dump_json()) == course
    older = '{"points": [], "steps": 20}'  # as in artifacts from before stages were recorded
    assert LearningCurve.model_validate_json(older).stages == ()
