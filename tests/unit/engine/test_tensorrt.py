"""TensorRT: options, errors where it is missing, and the real library where there is a GPU."""

import onnxruntime
import pytest

from ovoz.decoding.config import DecoderConfig
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Device, Precision
from ovoz.engine.runtimes.onnx import TENSORRT, open_session
from ovoz.engine.runtimes.tensorrt import (
    FOLDER,
    TensorrtConfig,
    cache_folder,
    frames,
    provider_options,
    require_tensorrt,
)
from ovoz.model.features import LogMel, LogMelConfig

FEATURES = LogMelConfig(n_mels=80, hop=160)


def missing() -> str:
    """Why TensorRT cannot run here; empty where it can."""
    if TENSORRT not in onnxruntime.get_available_providers():
        return f"this onnxruntime has no {TENSORRT}: it comes with onnxruntime-gpu, and a GPU"
    try:
        require_tensorrt()
    except (ImportError, OSError) as error:
        return str(error)
    return ""


def dimensions(options: dict[str, str], which: str) -> dict[str, list[int]]:
    parts = (one.split(":") for one in options[f"trt_profile_{which}_shapes"].split(","))
    return {name: [int(size) for size in shape.split("x")] for name, shape in parts}


def test_one_profile_covers_what_the_engine_can_send(tmp_path, clips):
    config = TensorrtConfig(max_batch=16, typical_batch=4, typical_s=5)
    options = provider_options(tmp_path, Precision.FP16, FEATURES, 15.0, config)
    low, usual, high = (dimensions(options, which) for which in ("min", "opt", "max"))
    assert low == {"features": [1, 80, 1], "lengths": [1]}
    assert usual == {"features": [4, 80, 501], "lengths": [4]}
    assert high == {"features": [16, 80, 1501], "lengths": [16]}
    log_mel = LogMel(FEATURES)
    for clip in clips:
        assert 1 <= log_mel(clip).shape[1] <= frames(len(clip) / 16_000, FEATURES)


def test_half_precision_and_caches_are_asked_for(tmp_path):
    half = provider_options(tmp_path, Precision.FP16, FEATURES, 15.0)
    full = provider_options(tmp_path, Precision.FP32, FEATURES, 15.0)
    assert (half["trt_fp16_enable"], full["trt_fp16_enable"]) == ("True", "False")
    assert half["trt_engine_cache_prefix"] != full["trt_engine_cache_prefix"]
    for options in (half, full):
        assert options["trt_engine_cache_path"] == options["trt_timing_cache_path"] == str(tmp_path)
        assert options["trt_engine_cache_enable"] == options["trt_timing_cache_enable"] == "True"


@pytest.mark.parametrize("precision", [Precision.INT8_DYNAMIC, Precision.INT8_STATIC])
def test_a_precision_that_it_cannot_run_is_refused(tmp_path, precision):
    with pytest.raises(ValueError, match=f"fp32 and fp16, not {precision}"):
        provider_options(tmp_path, precision, FEATURES, 15.0)


def test_engines_lie_in_the_artifact_or_where_one_can_write(tmp_path, monkeypatch):
    assert cache_folder(tmp_path, "demo-1") == tmp_path / FOLDER
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    assert cache_folder(nowhere, "demo-1") == tmp_path / "home/ovoz/tensorrt/demo-1"
    assert (tmp_path / "home/ovoz/tensorrt/demo-1").is_dir()


def test_the_missing_package_is_named(artifact, monkeypatch):
    if not missing():
        pytest.skip("TensorRT is here")
    if TENSORRT not in onnxruntime.get_available_providers():
        with pytest.raises(ValueError, match=r"onnxruntime-gpu and the package tensorrt"):
            load_engine(artifact, device=Device.TENSORRT, precision=Precision.FP32)
        # onnxruntime-gpu names the provider whether or not TensorRT itself is there.
        names = [TENSORRT, *onnxruntime.get_available_providers()]
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    with pytest.raises(ModuleNotFoundError, match="pip install tensorrt"):
        load_engine(artifact, device=Device.TENSORRT, precision=Precision.FP32)


def test_a_provider_that_falls_back_is_an_error(artifact, monkeypatch):
    names = ["CUDAExecutionProvider", *onnxruntime.get_available_providers()]
    if names.count("CUDAExecutionProvider") > 1:
        pytest.skip("CUDA is here")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    with (
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
        pytest.raises(ValueError, match=r"could not be started.*fell back to CPU.*onnxruntime-gpu"),
    ):
        open_session(artifact / Precision.FP32.file, 1, Device.CUDA.providers)


@pytest.mark.skipif(bool(missing()), reason=missing())
@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_it_writes_what_the_cpu_writes(checkpoint, clips, tmp_path, precision):
    from ovoz.engine.export.exporter import export

    from ...conftest import IDENTITY
    from .parity import parity

    out = export(
        checkpoint, [], tmp_path / "artifact", IDENTITY, decoder=DecoderConfig(),
        precisions=(Precision.FP16,),
    )  # fmt: skip
    cpu = load_engine(out, precision=Precision.FP32)
    engine = load_engine(out, precision=precision, device=Device.TENSORRT)
    result = parity(cpu, engine, clips)
    assert result.max_abs_log_prob_difference < (1e-2 if precision is Precision.FP32 else 0.2)
    assert list((out / FOLDER).glob("*.engine"))
    assert list((out / FOLDER).glob("*.timing"))
    assert read_description(out).exported()  # what was built does not damage the artifact
