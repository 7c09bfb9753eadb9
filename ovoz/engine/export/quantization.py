"""Quantization of ONNX encoders from fp32 to int8 and fp16."""

import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.engine.windows import SHORTEST_S
from ovoz.files import atomic_file
from ovoz.model.features import LogMel, LogMelConfig

_PRODUCTS: Final = ("MatMul", "Gemm")
SEVEN_BITS: Final = True
"""Weights use 7 of their 8 bits.

A processor without VNNI adds products of 8 bits in pairs into 16 bits, which saturate; with weights
of 7 bits they cannot (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html,
"S8S8 and U8S8").
"""
_KEPT_IN_FP32: Final = (*DEFAULT_OP_BLOCK_LIST, "LogSoftmax")
"""Probabilities under 6e-8 would become zero in half precision, and their logarithm infinite."""


def to_int8_dynamic(source: Path, target: Path) -> None:
    """Write ``source`` with the weights of its matrix products in int8.

    Activations are quantized while running (dynamic quantization). The convolutions stay fp32:
    they are a small part of the cost and ONNX Runtime runs them slower as integers.
    """
    with _prepared(source) as prepared, atomic_file(target) as unfinished:
        quantize_dynamic(
            prepared,
            unfinished,
            op_types_to_quantize=list(_PRODUCTS),
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=SEVEN_BITS,
        )


def to_int8_static(source: Path, target: Path, features: Iterable[npt.NDArray[np.float32]]) -> None:
    """Write ``source`` with weights and activations of its products in int8.

    The ranges of the activations are the extremes over ``features``. They are fixed then, so that
    nothing is measured while running and a clip's result never depends on its neighbours. Products
    of two activations (attention scores) stay fp32: their ranges vary most from clip to clip.

    Args:
        source: ONNX file in fp32.
        target: Where to write; format QDQ, weights per channel.
        features: Log-mel features [n_mels, F] of training audio.

    Raises:
        ValueError: There are no features.
    """
    reader = _Features(features)
    with _prepared(source) as prepared, atomic_file(target) as unfinished:
        quantize_static(
            prepared,
            unfinished,
            reader,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_PRODUCTS),
            nodes_to_exclude=_without_weights(prepared),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=SEVEN_BITS,
        )


def to_fp16(source: Path, target: Path) -> None:
    """Write ``source`` in half precision; inputs, outputs and the last softmax stay fp32."""
    with _prepared(source) as prepared, warnings.catch_warnings():
        # It warns of every constant beyond 65504 that it clips, such as those of the mask.
        warnings.simplefilter("ignore")
        half = convert_float_to_float16(
            onnx.load(prepared), keep_io_types=True, op_block_list=list(_KEPT_IN_FP32)
        )
        with atomic_file(target) as unfinished:
            onnx.save(half, unfinished)


def calibration_features(
    clips: Sequence[Samples], config: LogMelConfig, longest_s: Seconds
) -> Iterator[npt.NDArray[np.float32]]:
    """Log-mel features [n_mels, F] of the beginnings of ``clips``, float32 [T] at 16 kHz."""
    log_mel = LogMel(config)
    for clip in clips:
        if len(clip) >= SHORTEST_S * SAMPLE_RATE:
            yield log_mel(clip[: int(longest_s * SAMPLE_RATE)])


class _Features(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime has no types
    """Features of one clip after the other, as inputs of the encoder."""

    def __init__(self, features: Iterable[npt.NDArray[np.float32]]) -> None:
        self._inputs = iter(
            [{"features": one[None], "lengths": np.array([one.shape[1]])} for one in features]
        )
        self._next = next(self._inputs, None)
        if self._next is None:
            raise ValueError(
                "static quantization needs training audio to take its ranges from: none was given"
            )

    def get_next(self) -> dict[str, npt.NDArray[Any]] | None:
        """The inputs of the next clip; None after the last."""
        given, self._next = self._next, next(self._inputs, None)
        return given


def _without_weights(path: Path) -> list[str]:
    """Names of the products of two activations."""
    graph = onnx.load(path).graph
    weights = {tensor.name for tensor in graph.initializer}
    return [
        node.name
        for node in graph.node
        if node.op_type in _PRODUCTS and not weights & set(node.input)
    ]


@contextmanager
def _prepared(source: Path) -> Iterator[Path]:
    """A copy with inferred shapes and folded constants, as every conversion needs."""
    with TemporaryDirectory() as scratch, quiet("root"):
        prepared = Path(scratch) / "prepared.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        yield prepared


@contextmanager
def quiet(*names: str) -> Iterator[None]:
    """Limits loggers to errors: exporters warn of much that nobody can act on."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
