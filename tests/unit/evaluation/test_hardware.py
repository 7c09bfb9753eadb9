"""The processor that figures were measured on, with what decides the arithmetic of int8."""

from pathlib import Path

from ovoz.engine.artifact.storage import read_description, record_evaluation
from ovoz.evaluation.hardware import describe_processor, read_processor_name

WITH_VNNI = "model name\t: Xeon 8488C\nflags\t\t: fpu sse2 avx2 avx512f avx512_vnni amx_int8\n"


def test_the_features_that_change_int8_are_named(tmp_path: Path) -> None:
    (info := tmp_path / "cpuinfo").write_text(2 * WITH_VNNI, "utf-8")
    assert read_processor_name(info) == "2 × Xeon 8488C"
    assert describe_processor(info) == "2 × Xeon 8488C, amx_int8, avx2, avx512_vnni, avx512f"


def test_an_arm_processor_is_described(tmp_path: Path) -> None:
    (info := tmp_path / "cpuinfo").write_text("Features\t: fp asimddp i8mm\n", "utf-8")
    assert describe_processor(info).endswith(", asimddp, i8mm")


def test_a_system_without_a_list_still_has_a_name(tmp_path: Path) -> None:
    assert describe_processor(tmp_path / "nowhere")


def test_the_artifact_and_its_card_record_it(artifact: Path, tmp_path: Path) -> None:
    out, here = tmp_path / "measured", describe_processor()
    record_evaluation(artifact, out, metrics={"wer": 0.5}, gates=(), measured_on=here)
    assert read_description(out).measured_on == here
    assert f"Measured on {here}." in (out / "card.md").read_text("utf-8")
