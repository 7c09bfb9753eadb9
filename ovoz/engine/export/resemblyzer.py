"""The weights that the package Resemblyzer carries, as a speaker encoder over the signal itself.

Resemblyzer (Apache-2.0, https://github.com/resemble-ai/Resemblyzer) is an LSTM trained by the loss
of Wan et al. 2018, "Generalized end-to-end loss for speaker verification". The package is read and
never imported: it asks for librosa and for a compiler. The graph is written node by node, because
torch's exporter unrolls an LSTM over time. Its features are inside, so that serving needs nothing
but ONNX Runtime.
"""

import io
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from transformers.audio_utils import mel_filter_bank

from ovoz.audio.signal import SAMPLE_RATE

Weights = dict[str, npt.NDArray[np.float32]]

_FILE: Final = "pretrained.pt"
_OPSET: Final = 17
_IR: Final = 8
_FFT: Final = 400
_HOP: Final = 160
_MELS: Final = 40
_LAYERS: Final = 3
_SIZE: Final = 256
_LEVEL: Final = 10 ** (-30 / 20)
"""Resemblyzer raises quiet recordings to -30 dBFS."""


def export_resemblyzer(package: Path, path: Path) -> None:
    """Write the encoder to ``path``: ``samples`` [N, T] at 16 kHz to ``embedding`` [N, 256].

    Embeddings have length 1. ``package`` is the wheel, the installed folder, or the file of the
    weights.

    Raises:
        OSError: It cannot be read, or ``path`` not written.
        ValueError: It holds no such weights.
    """
    weights = _read_weights(package)
    try:
        graph = _build_graph(weights)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{package}: not the weights of Resemblyzer: {error}") from error
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR
    )
    helper.set_model_props(
        model, {"framework": "ovoz", "sample_rate": str(SAMPLE_RATE), "origin": "Resemblyzer"}
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def _read_weights(package: Path) -> Weights:
    if package.is_dir():
        package = package / _FILE
    content = package.read_bytes()
    try:
        if package.suffix == ".whl":
            with zipfile.ZipFile(io.BytesIO(content)) as wheel:
                content = wheel.read(f"resemblyzer/{_FILE}")
        checkpoint: dict[str, Any] = torch.load(io.BytesIO(content), "cpu", weights_only=True)
        return {name: value.numpy() for name, value in checkpoint["model_state"].items()}
    except Exception as error:  # torch raises whatever its unpickler does
        raise ValueError(f"{package}: no weights of Resemblyzer: {error}") from error


def _build_graph(weights: Weights) -> onnx.GraphProto:
    """Level, power in mel bands (not its logarithm), the LSTM, and a layer behind its end."""
    # Of the Fourier transform's parts, both squared, each mel band takes the same share.
    bands = np.tile(mel_filters().T, (1, 2))
    constants: Weights = {
        "fourier": _fourier_filters(),
        "bands": bands,
        "level": np.array([_LEVEL], np.float32),
        "silence": np.array([1e-6], np.float32),
        "one": np.array([1.0], np.float32),
        "linear": weights["linear.weight"].reshape(_SIZE, _SIZE),
        "bias": weights["linear.bias"],
    }
    places = {"first": np.array([0]), "second": np.array([1])}
    nodes = [
        helper.make_node("ReduceL2", ["samples"], ["energy"], axes=[1], keepdims=1),
        helper.make_node("Shape", ["samples"], ["length"], start=1),
        helper.make_node("Cast", ["length"], ["count"], to=TensorProto.FLOAT),
        helper.make_node("Sqrt", ["count"], ["root"]),
        helper.make_node("Div", ["energy", "root"], ["rms"]),
        helper.make_node("Max", ["rms", "silence"], ["audible"]),
        helper.make_node("Div", ["level", "audible"], ["wanted"]),
        helper.make_node("Max", ["wanted", "one"], ["gain"]),
        helper.make_node("Mul", ["samples", "gain"], ["louder"]),
        helper.make_node("Unsqueeze", ["louder", "second"], ["signal"]),
        helper.make_node(
            "Conv", ["signal", "fourier"], ["parts"], strides=[_HOP], pads=[_FFT // 2] * 2
        ),
        helper.make_node("Mul", ["parts", "parts"], ["power"]),
        helper.make_node("MatMul", ["bands", "power"], ["mels"]),
        helper.make_node("Transpose", ["mels"], ["hidden0"], perm=[2, 0, 1]),
    ]
    for layer in range(_LAYERS):
        before, after = f"hidden{layer}", f"hidden{layer + 1}"
        names = {kind: f"{kind}{layer}" for kind in ("W", "R", "B")}
        constants |= dict(zip(names.values(), _lstm_weights(weights, layer), strict=True))
        nodes += [
            helper.make_node(
                "LSTM", [before, *names.values()], [f"all{layer}", f"last{layer}"],
                hidden_size=_SIZE,
            ),
            helper.make_node("Squeeze", [f"all{layer}", "second"], [after]),
        ]  # fmt: skip
    nodes += [
        helper.make_node("Squeeze", [f"last{_LAYERS - 1}", "first"], ["end"]),
        helper.make_node("Gemm", ["end", "linear", "bias"], ["logits"], transB=1),
        helper.make_node("Relu", ["logits"], ["positive"]),
        helper.make_node("LpNormalization", ["positive"], ["embedding"], axis=1, p=2),
    ]
    samples = helper.make_tensor_value_info("samples", TensorProto.FLOAT, ["windows", "time"])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["windows", _SIZE])
    initializers = [
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in [*constants.items(), *places.items()]
    ]
    return helper.make_graph(nodes, "resemblyzer", [samples], [embedding], initializers)


def _lstm_weights(weights: Weights, layer: int) -> list[npt.NDArray[np.float32]]:
    """Input, recurrent and bias weights in the order of ONNX: input, output, forget, cell."""

    def ordered(name: str) -> npt.NDArray[np.float32]:
        gates = np.split(weights[f"lstm.{name}_l{layer}"], 4)
        return np.concatenate([gates[place] for place in (0, 3, 1, 2)])[None]

    biases = [ordered("bias_ih"), ordered("bias_hh")]
    return [ordered("weight_ih"), ordered("weight_hh"), np.concatenate(biases, axis=1)]


def _fourier_filters() -> npt.NDArray[np.float32]:
    """Real and imaginary parts of a Fourier transform under a Hann window, [2 * 201, 1, 400]."""
    time = np.arange(_FFT)
    angle = 2 * np.pi * np.outer(np.arange(_FFT // 2 + 1), time) / _FFT
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * time / _FFT)
    return np.concatenate([np.cos(angle) * hann, np.sin(angle) * hann])[:, None].astype(np.float32)


def mel_filters() -> npt.NDArray[np.float32]:
    """Slaney's filters as librosa has them, [201, 40]."""
    filters = mel_filter_bank(
        _FFT // 2 + 1, _MELS, 0.0, SAMPLE_RATE / 2, SAMPLE_RATE, norm="slaney", mel_scale="slaney"
    )
    return np.asarray(filters, np.float32)
