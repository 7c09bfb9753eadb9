"""Loads the engine of a model artifact; needs no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ovoz.decoding.config import DecoderConfig
from ovoz.engine.artifact.description import EngineKind, ModelDescription
from ovoz.engine.artifact.storage import (
    read_description,
)
from ovoz.engine.engine import Engine
from ovoz.engine.precision import Device, Precision
from ovoz.engine.reader_factory import ReaderFactory
from ovoz.engine.readers.ctc import CtcReader
from ovoz.engine.runtimes.onnx import (
    CPU,
)
from ovoz.text.pack import load_pack

if TYPE_CHECKING:
    from ovoz.engine.readers import Reader


def load_engine(
    directory: Path,
    *,
    decoder: DecoderConfig | None = None,
    precision: Precision | None = None,
    threads: int = 1,
    threads_per_window: int = 1,
    providers: Sequence[str] = CPU,
    device: Device | None = None,
) -> Engine:
    """The engine of a model artifact.

    Args:
        directory: The artifact.
        decoder: Replaces the artifact's own; it decides which head is run, and there is no second
            reader then.
        precision: Replaces the served one. Without it, a head that is not served runs in the
            served precision, or else in int8 or fp32.
        threads: Windows of audio worked on side by side.
        threads_per_window: Threads per window, for large networks.
        providers: Execution providers of ONNX Runtime, the preferred one first; the attention
            head runs on the GPU where they name CUDA.
        device: ``cpu``, ``cuda`` or ``tensorrt``: the providers of that device, in place of
            ``providers``. TensorRT's plans are compiled on first use and kept in the artifact.

    Raises:
        ArtifactError: The artifact is missing, damaged, of another layout version, or lacks the
            head or the precision.
        ValueError: A provider or decoder is not available here, or TensorRT cannot run the
            precision.
        ModuleNotFoundError: TensorRT, or a package of the attention head, is not installed.
    """
    description = read_description(directory)
    pack = load_pack(description.pack)
    second = description.second_reader if decoder is None else None
    decoder = decoder or description.decoder
    readers = ReaderFactory(
        directory,
        description,
        decoder,
        precision or _nearest_precision(description, EngineKind.of(decoder)),
        threads=threads,
        threads_per_window=threads_per_window,
        providers=device.providers if device else providers,
    )
    reader: Reader
    if description.imported is not None:
        reader = readers.imported(description.imported, pack)
    elif second is not None:
        reader = readers.second_reader(second, pack)
    else:
        reader = readers.build()
    return Engine(reader, model_version=description.model_version, label=pack.transcript_languages)


def load_draft_engine(directory: Path, engine: Engine, *, threads: int = 1) -> Engine:
    """The engine for partial transcripts: the CTC head with its search and no second head.

    Args:
        directory: The artifact that ``engine`` was loaded from.
        engine: Returned itself where it reads so anyway, or where there is no CTC head.
        threads: As for :func:`load_engine`.

    Raises:
        ArtifactError: As :func:`load_engine`.
    """
    description = read_description(directory)
    is_fast = isinstance(engine.reader, CtcReader) or not description.has_ctc
    if is_fast or description.imported is not None:
        return engine
    alone = description.decoder.model_copy(update={"attention_weight": 0.0})
    if EngineKind.of(alone) is not EngineKind.ONNX:
        alone = DecoderConfig.best_path(ctc=True)
    return load_engine(directory, decoder=alone, threads=threads)


def load_ctc_reader(directory: Path, *, precision: Precision | None = None) -> CtcReader:
    """The CTC head of a model artifact with the greedy decoder, whatever it is served with.

    Raises:
        ArtifactError: As :func:`load_engine`, or the artifact has no CTC head.
    """
    description = read_description(directory)
    precision = precision or _nearest_precision(description, EngineKind.ONNX)
    return ReaderFactory(
        directory, description, DecoderConfig.best_path(ctc=True), precision
    ).ctc_reader()


def _nearest_precision(description: ModelDescription, engine: EngineKind) -> Precision:
    """The served precision; for a head that lacks it, the nearest one that it has."""
    if engine is description.engine:
        return description.precision
    held = description.exported(engine)
    nearest = (description.precision, Precision.INT8_DYNAMIC, Precision.FP32)
    return next((one for one in nearest if one in held), description.precision)
