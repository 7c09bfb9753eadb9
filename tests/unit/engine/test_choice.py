"""The choice of the export that is served, and the files of the others."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from ovoz.decoding.config import DecoderConfig
from ovoz.engine.artifact.storage import EXPORTS_FILE, ArtifactError, read_description
from ovoz.engine.export.choice import (
    ExportCandidate,
    ExportChoice,
    ExportFigures,
    keep_chosen,
    mark_candidates,
    read_choice,
)
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.export.exporter import export
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Device, Precision

from ...conftest import IDENTITY

FP32, DYNAMIC, STATIC, FP16 = (
    Precision.FP32,
    Precision.INT8_DYNAMIC,
    Precision.INT8_STATIC,
    Precision.FP16,
)


def candidate(precision: Precision, loss: float, rtf: float, size: float) -> ExportCandidate:
    """``loss`` in points over a trained network at 10 %."""
    figures = ExportFigures(
        wer=0.10 + loss / 100, cer=0.02, wer_loss=loss / 100, text_equal_share=0.9, size_mb=size,
        real_time_factor=rtf, p95_ms=3.0,
    )  # fmt: skip
    return ExportCandidate(precision=precision, figures=figures)


def table(*candidates: ExportCandidate, **config: object) -> ExportChoice:
    settings = ExportConfig.model_validate(config)
    return ExportChoice(
        candidates=tuple(mark_candidates(candidates, settings)), max_wer_loss=settings.max_wer_loss,
        clips=10, timed_clips=10, trained_wer=0.1, trained_cer=0.02, device=Device.CPU,
        measured_on="a test",
    )  # fmt: skip


def test_the_fastest_within_the_limit_is_chosen():
    choice = table(
        candidate(FP32, 0.0, 0.010, 8),
        candidate(DYNAMIC, 0.3, 0.006, 2),
        candidate(STATIC, 0.9, 0.004, 2),
    )
    assert choice.chosen is DYNAMIC
    assert choice.within_limit == 2
    assert [one.dominated for one in choice.candidates] == [False, False, False]
    assert table(*choice.candidates, max_wer_loss=1.0).chosen is STATIC
    assert table(*choice.candidates, max_wer_loss=0.0).chosen is FP32


def test_a_dominated_export_is_never_chosen():
    choice = table(
        candidate(FP32, 0.0, 0.010, 8),
        candidate(DYNAMIC, 0.2, 0.012, 9),
        candidate(STATIC, 0.1, 0.0101, 2),
    )
    assert [one.dominated for one in choice.candidates] == [False, True, False]
    assert choice.chosen is STATIC  # as fast as fp32, as clocks go, and smaller


def test_a_precision_that_is_asked_for_is_served_if_it_is_within_the_limit():
    slow, fast = candidate(DYNAMIC, 0.4, 0.012, 9), candidate(STATIC, 0.1, 0.001, 2)
    asked = {"precisions": [DYNAMIC, STATIC], "served": DYNAMIC}
    assert table(slow, fast, **asked).chosen is DYNAMIC
    assert table(slow, fast, **asked, max_wer_loss=0.2).chosen is None
    with pytest.raises(ValidationError, match=r"export\.served: fp16 is not among"):
        ExportConfig(served=FP16)


def test_equal_ones_dominate_nobody():
    choice = table(candidate(FP32, 0.0, 0.01, 8), candidate(DYNAMIC, 0.0, 0.01, 8))
    assert not any(one.dominated for one in choice.candidates)
    assert choice.chosen is FP32


def test_what_did_not_run_is_listed_and_never_chosen():
    choice = table(
        candidate(FP32, 0.0, 0.01, 8), ExportCandidate(precision=FP16, reason="not run: no GPU")
    )
    assert choice.chosen is FP32
    assert choice.candidates[1].reason == "not run: no GPU"
    assert not choice.candidates[1].within_limit


def test_none_within_the_limit_chooses_none_and_the_best_stands_in():
    choice = table(candidate(FP32, 2.0, 0.01, 8), candidate(DYNAMIC, 1.0, 0.01, 2))
    assert (choice.chosen, choice.within_limit, choice.stand_in) == (None, 0, DYNAMIC)
    nothing = table(ExportCandidate(precision=FP16, reason="not run: no GPU"))
    with pytest.raises(ValueError, match="fp16: not run: no GPU"):
        assert nothing.stand_in


def test_only_the_chosen_export_and_fp32_are_kept(checkpoint, clips, tmp_path):
    artifact = export(
        checkpoint, [], tmp_path / "all", IDENTITY, decoder=DecoderConfig(), precision=FP32,
        precisions=(DYNAMIC, STATIC), calibration=clips,
    )  # fmt: skip
    choice = table(candidate(FP32, 0.0, 0.01, 8), candidate(STATIC, 0.0, 0.005, 2))
    kept = keep_chosen(artifact, tmp_path / "kept", choice)
    description = read_description(kept)
    assert description.precision is STATIC
    assert description.exported() == (FP32, STATIC)
    assert description.files["encoder.int8-static.onnx"][:8] in description.model_version
    assert not (kept / DYNAMIC.file).exists()
    assert read_choice(kept) == choice
    expected = load_engine(artifact, precision=STATIC).transcribe(clips)
    assert [one.text for one in load_engine(kept).transcribe(clips)] == [
        one.text for one in expected
    ]


def test_a_table_that_is_damaged_or_missing(artifact: Path, tmp_path: Path):
    assert read_choice(artifact) is None
    damaged = shutil.copytree(artifact, tmp_path / "damaged")
    (damaged / EXPORTS_FILE).write_text("{}")
    with pytest.raises(ArtifactError, match=r"exports\.json"):
        read_choice(damaged)
