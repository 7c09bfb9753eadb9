"""The same encoder in every precision: files and results."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto
from pydantic import ValidationError

import ovoz
from ovoz.decoding.config import DecoderConfig
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.export.exporter import export
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Device, Precision

from ...conftest import IDENTITY
from .parity import parity

GREEDY = DecoderConfig()
QUANTIZED = (Precision.INT8_DYNAMIC, Precision.INT8_STATIC, Precision.FP16)


@pytest.fixture(scope="module")
def artifact(checkpoint: Path, clips, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("precisions") / "artifact"
    every = tuple(Precision)
    return export(
        checkpoint, [], out, IDENTITY, decoder=GREEDY, precisions=every, calibration=clips
    )


def operators(artifact: Path, precision: Precision) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(artifact / precision.file).graph.node)


def test_every_precision_lies_in_the_artifact(artifact):
    description = read_description(artifact)
    assert description.exported() == tuple(Precision)
    assert description.not_exported == {}
    assert description.precision is Precision.INT8_DYNAMIC


@pytest.mark.parametrize(("precision", "furthest"), zip(QUANTIZED, (1.0, 1.5, 0.1), strict=True))
def test_it_stays_near_the_trained_network(artifact, clips, precision, furthest):
    fp32 = load_engine(artifact, precision=Precision.FP32)
    other = load_engine(artifact, precision=precision)
    result = parity(fp32, other, clips)
    assert 0 < result.max_abs_log_prob_difference < furthest


def test_static_ranges_are_fixed_and_dynamic_ones_are_not(artifact):
    dynamic = operators(artifact, Precision.INT8_DYNAMIC)
    static = operators(artifact, Precision.INT8_STATIC)
    assert dynamic["DynamicQuantizeLinear"] > 0
    assert static["DynamicQuantizeLinear"] == 0
    assert static["QuantizeLinear"] > 0
    weights = onnx.load(artifact / Precision.INT8_STATIC.file).graph.initializer
    matrices = [one for one in weights if one.data_type == TensorProto.INT8 and len(one.dims) == 2]
    assert matrices
    scales = {one.name: one for one in weights}
    per_channel = [scales[f"{one.name.removesuffix('_quantized')}_scale"] for one in matrices]
    assert all(
        list(scale.dims) == [one.dims[1]] for scale, one in zip(per_channel, matrices, strict=True)
    )


def test_products_of_two_activations_are_left_alone(artifact):
    kept = operators(artifact, Precision.FP32)["MatMul"]
    graph = onnx.load(artifact / Precision.INT8_STATIC.file).graph
    made = {out: node.op_type for node in graph.node for out in node.output}
    plain = [
        node
        for node in graph.node
        if node.op_type == "MatMul" and made.get(node.input[1]) != "DequantizeLinear"
    ]
    assert 0 < len(plain) < kept


def test_half_precision_takes_and_gives_full(artifact):
    model = onnx.load(artifact / Precision.FP16.file)
    kinds = {one.name: one.type.tensor_type.elem_type for one in model.graph.input}
    assert kinds["features"] == TensorProto.FLOAT
    weights = Counter(one.data_type for one in model.graph.initializer if len(one.dims) > 1)
    assert set(weights) <= {TensorProto.FLOAT16, TensorProto.INT64}
    full = (artifact / Precision.FP32.file).stat().st_size
    assert (artifact / Precision.FP16.file).stat().st_size < 0.6 * full


@pytest.mark.parametrize("precision", [Precision.FP32, *QUANTIZED])
def test_files_name_no_folder_of_the_machine_that_exports(artifact, precision):
    content = (artifact / precision.file).read_bytes()
    for folder in (Path(torch.__file__).parents[1], Path(ovoz.__file__).parents[1]):
        assert str(folder).encode() not in content


@pytest.mark.slow
def test_static_int8_needs_audio_and_says_so(checkpoint, tmp_path):
    asked = (Precision.FP32, Precision.INT8_STATIC)
    out = export(
        checkpoint, [], tmp_path / "a", IDENTITY, decoder=GREEDY, precisions=asked,
        precision=Precision.FP32,
    )  # fmt: skip
    description = read_description(out)
    assert description.exported() == (Precision.FP32,)
    assert "needs training audio" in description.not_exported[Precision.INT8_STATIC]
    with pytest.raises(ValueError, match=r"int8-static was to be served.*training audio"):
        export(
            checkpoint, [], tmp_path / "b", IDENTITY, decoder=GREEDY,
            precision=Precision.INT8_STATIC,
        )  # fmt: skip
    assert not (tmp_path / "b").exists()


def test_a_static_result_does_not_depend_on_what_else_is_read(artifact, clips):
    reader = load_engine(artifact, precision=Precision.INT8_STATIC).reader
    loud = [clip * np.float32(3) for clip in clips]
    before = reader.log_probs(clips)
    after = reader.log_probs([*loud, *clips])[len(loud) :]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_artifact_of_before_names_its_int8_as_it_did(artifact):
    text = read_description(artifact).model_dump_json().replace('"int8-dynamic"', '"int8"')
    description = ModelDescription.model_validate_json(text)
    assert description.precision is Precision.INT8_DYNAMIC
    assert description.served_file == "encoder.int8.onnx"


@pytest.mark.parametrize(
    "content", [{"precisions": []}, {"precisions": ["fp32", "fp32"]}, {"precisions": ["int4"]}]
)
def test_a_list_of_precisions_that_makes_no_sense_is_refused(content):
    with pytest.raises(ValidationError):
        ExportConfig.model_validate(content)


def test_devices_fall_back_to_the_one_before():
    assert Device.TENSORRT.providers[1:] == Device.CUDA.providers
    assert Device.CUDA.providers[1:] == Device.CPU.providers
