"""Tiny speaker encoders of random weights, in the layouts that are known."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = 16


def write_signal_encoder(path: Path, *, inputs="samples", outputs="embedding") -> Path:
    """Logarithmic energy of 64 bands of the signal [N, T], by filters of sines and cosines."""
    frequency = np.linspace(0.05, 2.5, 64)[:, None] * np.arange(200)[None]
    filters = np.concatenate([np.cos(frequency), np.sin(frequency)])[:, None].astype(np.float32)
    fold = np.tile(np.eye(64, dtype=np.float32), (1, 2))
    nodes = [
        helper.make_node("Unsqueeze", [inputs, "axis"], ["signal"]),
        helper.make_node("Conv", ["signal", "filters"], ["parts"], strides=[100]),
        helper.make_node("Mul", ["parts", "parts"], ["power"]),
        helper.make_node("MatMul", ["fold", "power"], ["bands"]),
        helper.make_node("ReduceMean", ["bands"], ["mean"], axes=[2], keepdims=0),
        helper.make_node("Add", ["mean", "floor"], ["heard"]),
        helper.make_node("Log", ["heard"], ["log"]),
        helper.make_node("ReduceMean", ["log"], ["level"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["log", "level"], [outputs]),
    ]
    constants = {
        "axis": np.int64([1]), "filters": filters, "fold": fold, "floor": np.float32([1e-4]),
    }  # fmt: skip
    return _write(path, nodes, constants, (inputs, ["n", "t"]), (outputs, ["n", 64]))


def write_fbank_encoder(path: Path, inputs: str, outputs: str, *, bands=80, framework="") -> Path:
    """The mean of the squares of features [N, frames, bands], projected at random."""
    weights = np.random.default_rng(0).standard_normal((bands, SIZE)).astype(np.float32)
    nodes = [
        helper.make_node("Mul", [inputs, inputs], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], [outputs]),
    ]
    shape = ["n", "frames", bands]
    constants = {"weights": weights}
    return _write(path, nodes, constants, (inputs, shape), (outputs, ["n", SIZE]), framework)


def _write(path, nodes, constants, taken, given, framework="") -> Path:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(taken[0], TensorProto.FLOAT, taken[1])],
        [helper.make_tensor_value_info(given[0], TensorProto.FLOAT, given[1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if framework:
        helper.set_model_props(model, {"framework": framework})
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
