"""Every export is measured beside the trained network, on real files through real engines."""

from pathlib import Path

import onnxruntime
import pytest

from ovoz.audio.encode import write_flac
from ovoz.corpus.manifest import Split
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.export.choice import keep_chosen, read_target_device
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.export.exporter import export
from ovoz.engine.precision import Device, Precision
from ovoz.evaluation.candidate import evaluate_candidate, with_choice
from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.exports import choose_export
from ovoz.evaluation.gates import GatesConfig, Waiver
from ovoz.evaluation.judgement import judge
from ovoz.evaluation.report import render_markdown, render_page
from ovoz.evaluation.systems import SERVED
from ovoz.evaluation.testsets import TestSet

from ...conftest import IDENTITY, LEXICON
from ...utterances import make_utterance


@pytest.fixture(scope="module")
def artifact(checkpoint: Path, clips, tmp_path_factory) -> Path:
    return export(
        checkpoint, LEXICON, tmp_path_factory.mktemp("exports") / "artifact", IDENTITY,
        decoder=DecoderConfig(kind=DecoderKind.LEXICON), precision=Precision.FP32,
        precisions=tuple(Precision), calibration=clips,
    )  # fmt: skip


@pytest.fixture(scope="module")
def dev(clips, tmp_path_factory) -> TestSet:
    root = tmp_path_factory.mktemp("dev")
    rows = [
        make_utterance(
            f"clip-{number}",
            audio=write_flac(root / f"{number}.flac", clip).name,
            duration_s=len(clip) / 16_000,
            split=Split.DEV,
        )
        for number, clip in enumerate(clips)
    ]
    return TestSet("dev", rows, root)


CONFIG = ExportConfig(precisions=tuple(Precision), max_wer_loss=100, timed_utterances=2)


@pytest.fixture(scope="module")
def choice(artifact, checkpoint, dev):
    return choose_export(artifact, checkpoint, dev, CONFIG)


def test_every_export_has_figures_or_a_reason(choice):
    found = {one.precision: one for one in choice.candidates}
    assert set(found) == set(Precision)
    assert found[Precision.FP16].figures is None
    assert "GPU" in found[Precision.FP16].reason
    fp32 = found[Precision.FP32].figures
    assert (fp32.wer_loss, fp32.text_equal_share) == (0.0, 1.0)
    assert fp32.wer == choice.trained_wer
    for one in (Precision.INT8_DYNAMIC, Precision.INT8_STATIC):
        assert found[one].figures.size_mb < fp32.size_mb
        assert found[one].figures.real_time_factor > 0
    assert (choice.clips, choice.timed_clips) == (6, 2)
    assert choice.chosen is not None
    assert "onnxruntime" in choice.measured_on


def test_an_export_that_is_not_there_is_named(artifact, checkpoint, dev, tmp_path):
    smaller = keep_chosen(artifact, tmp_path / "kept", choose_export(
        artifact, checkpoint, dev, CONFIG.model_copy(update={"precisions": (Precision.FP32,)})
    ))  # fmt: skip
    again = choose_export(smaller, checkpoint, dev, CONFIG)
    gone = next(one for one in again.candidates if one.precision is Precision.INT8_STATIC)
    assert "has no encoder.int8-static.onnx" in gone.reason
    assert again.chosen is Precision.FP32


def judged(artifact: Path, config: GatesConfig) -> tuple[Evaluation, bool, set[str]]:
    evaluation = with_choice(Evaluation(training_data="random", rows=[], slices=[]), artifact)
    verdict = judge(config, evaluation, SERVED, artifact=True)
    named = {one.gate.name for one in verdict.results if one.stops}
    return evaluation, verdict.passed, named


def test_no_export_within_the_limit_is_a_failed_gate(artifact, choice, tmp_path):
    none = choice.model_copy(
        update={
            "candidates": tuple(
                one.model_copy(update={"within_limit": False, "chosen": False})
                for one in choice.candidates
            )
        }
    )
    good, bad = (keep_chosen(artifact, tmp_path / str(one.within_limit), one)
                 for one in (choice, none))  # fmt: skip
    gates = GatesConfig(of_artifact=())
    assert "exports_within_limit" not in judged(good, gates)[2]
    evaluation, passed, named = judged(bad, gates)
    assert not passed
    assert "exports_within_limit" in named
    assert read_description(bad).precision in Precision
    page, summary = (draw(evaluation, None, SERVED) for draw in (render_page, render_markdown))
    assert "Every export loses more than" in page
    assert "loses too much" in summary
    waiver = Waiver(gate="exports_within_limit", who="Nodira", why="a try", until="2999-01-01")
    assert "exports_within_limit" not in judged(bad, GatesConfig(waivers=(waiver,)))[2]


def test_the_table_is_on_the_page_and_in_the_summary(artifact, choice, tmp_path):
    kept = keep_chosen(artifact, tmp_path / "kept", choice)
    evaluation = with_choice(Evaluation(training_data="random", rows=[], slices=[]), kept)
    page, summary = (draw(evaluation, None, SERVED) for draw in (render_page, render_markdown))
    assert "<h2>Exports</h2>" in page
    assert "| int8-static |" in summary
    assert f"| {choice.chosen.value} | served |" in summary
    for text in (page, summary):
        assert "fp16 is made for GPUs" in text


def test_an_artifact_without_a_table_is_judged_without_it(artifact):
    evaluation, _, named = judged(artifact, GatesConfig())
    assert evaluation.choice is None
    assert "exports_within_limit" not in named


def test_what_is_made_for_a_gpu_is_not_judged_on_a_cpu(artifact, choice, dev, tmp_path):
    on_gpu = choice.model_copy(update={"device": Device.CUDA})
    kept = keep_chosen(artifact, tmp_path / "kept", on_gpu)
    assert (read_target_device(kept), read_target_device(artifact)) == (Device.CUDA, Device.CPU)
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA: nothing is refused")
    with pytest.raises(ValueError, match="CUDAExecutionProvider"):
        evaluate_candidate(kept, {}, [dev], EvaluationConfig())
