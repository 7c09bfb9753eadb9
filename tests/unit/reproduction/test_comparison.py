"""A rebuilt version beside the registered one: what differs, and by which input."""

from typing import Any

import pytest

from ovoz.decoding.config import DecoderConfig
from ovoz.engine.artifact.description import GateRecord, ModelDescription
from ovoz.model.features import LogMelConfig
from ovoz.reproduction.comparison import BuiltVersion, compare_versions
from ovoz.reproduction.inputs import VersionInputs
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.learning_curve import LearningCurve, TrainedStage

from ...conftest import IDENTITY

ONE_THREAD = Arithmetic(precision="fp32", threads=1)
INPUTS = VersionInputs(
    commit="c0ffee",
    code={"ovoz/training/stage.py": "1", "ovoz/audio/vad.py": "2"},
    data="d474.dir",
    profile={"training": {"seed": 1, "stages": [{"steps": 20}]}},
    arithmetic={"clean": ONE_THREAD},
    libraries={"numpy": "2.4.6", "python": "3.11.7"},
    processor="2 × AMD EPYC, avx2, torch AVX2",
)


def built(weights: str = "w", **inputs: Any) -> BuiltVersion:
    """A version of one stage, whose export holds the same digest as its weights."""
    return BuiltVersion(
        inputs=INPUTS.model_copy(update=inputs),
        course=LearningCurve(
            stages=(TrainedStage(stage="clean", arithmetic=ONE_THREAD, weights=weights),)
        ),
        description=ModelDescription(
            **IDENTITY.model_dump(),
            features=LogMelConfig(), frame_s=0.04, window_s=30, decoder=DecoderConfig(),
            files={"encoder.onnx": weights, "exports.json": "timings", "card.md": "dates"},
            gates=(
                GateRecord(metric="cer on test", value=0.1, limit=0.2, passed=True),
                GateRecord(metric="memory_mb", value=hash(weights) % 99, limit=200, passed=True),
            ),
        ),
    )  # fmt: skip


def test_equal_bytes_and_figures_are_a_reproduction() -> None:
    result = compare_versions(built(), built())
    assert result.told == "reproduced: 5 of 5 are equal"
    # What only a clock or a date decides is not compared.
    assert [one.name for one in result.outcomes] == [
        "corpus", "weights of stage clean", "served precision", "encoder.onnx", "gate cer on test",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"code": {"ovoz/training/stage.py": "9", "ovoz/new.py": "3"}},
            "code: ovoz/audio/vad.py (gone); ovoz/new.py (new); ovoz/training/stage.py (changed)",
        ),
        ({"data": "e585.dir"}, "data: corpus d474.dir → e585.dir"),
        (
            {"profile": {"training": {"seed": 2, "stages": [{"steps": 20}, {"steps": 5}]}}},
            "profile: training.seed 1 → 2; training.stages.1.steps none → 5",
        ),
        (
            {"arithmetic": {"clean": Arithmetic(precision="bf16", threads=4)}},
            "arithmetic: clean fp32, 1 thread → bf16, 4 threads",
        ),
        (
            {"libraries": {"numpy": "2.4.7", "python": "3.11.7"}},
            "libraries: numpy 2.4.6 → 2.4.7",
        ),
        (
            {"processor": "2 × AMD EPYC, avx2, torch DEFAULT"},
            "processor: 2 × AMD EPYC, avx2, torch AVX2 → 2 × AMD EPYC, avx2, torch DEFAULT",
        ),
    ],
)  # fmt: skip
def test_each_input_is_named_with_what_of_it_differs(changed, told) -> None:
    result = compare_versions(built(), built("other", **changed))
    first = "corpus" if "data" in changed else "weights of stage clean"
    assert result.told == (
        f"not reproduced: the first that differs is {first}; inputs that differ:\n  {told}"
    )
    # An input that differs without effect is told too.
    same = compare_versions(built(), built(**changed))
    assert ("data" in changed) == bool(same.differing)
    assert told in same.told


def test_bytes_that_differ_by_no_recorded_input_are_said_to() -> None:
    told = compare_versions(built(), built("other")).told
    assert told.endswith("every recorded input is equal: another one decides")


def test_many_changes_of_one_input_are_counted() -> None:
    files = {f"ovoz/{number}.py": "1" for number in range(9)}
    result = compare_versions(built(code=files), built("other", code={}))
    assert result.told.endswith("ovoz/4.py (gone); 4 more")
