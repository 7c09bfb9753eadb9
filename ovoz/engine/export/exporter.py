"""Export of a training checkpoint to a model artifact, every head in several precisions."""

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.lexicon_file import LEXICON_FILE, write_lexicon
from ovoz.engine.artifact.description import EngineKind, ModelDescription, ModelIdentity
from ovoz.engine.artifact.storage import TOKENIZER_FILE, TOKENS_FILE, seal
from ovoz.engine.export.onnx import export_encoder, export_rescorer
from ovoz.engine.export.quantization import (
    calibration_features,
    to_fp16,
    to_int8_dynamic,
    to_int8_static,
)
from ovoz.engine.frontend import DEFAULT_WINDOW_S
from ovoz.engine.precision import Precision
from ovoz.engine.second_reader import (
    SECOND_READER_DIR,
    SecondReaderConfig,
    SecondReaderDescription,
)
from ovoz.files import atomic_folder
from ovoz.model.checkpoint import Checkpoint, load_checkpoint

_LIBRARIES: Final = ("torch", "transformers", "onnx", "onnxruntime", "flashlight-text", "numpy")

_WriteHead = Callable[[Precision], object]
"""Writes a head in one precision; fp32 must be written first."""


def export(
    checkpoint: Path,
    lexicon: Sequence[str],
    out: Path,
    identity: ModelIdentity,
    *,
    decoder: DecoderConfig,
    precision: Precision = Precision.INT8_DYNAMIC,
    precisions: Sequence[Precision] = (Precision.FP32, Precision.INT8_DYNAMIC),
    calibration: Sequence[Samples] = (),
    second_reader: SecondReaderConfig | None = None,
    window_s: Seconds = DEFAULT_WINDOW_S,
) -> Path:
    """Write the artifact of a checkpoint to ``out``, complete or not at all.

    When a precision other than fp32 and ``precision`` cannot be written, the export continues and
    the description records the reason.

    Args:
        checkpoint: Folder of the training checkpoint.
        lexicon: Words of the lexicon search; may be empty for a greedy decoder.
        out: The artifact's directory; replaced when it exists.
        identity: Name, pack, versions and training data of the model.
        decoder: The decoder that the model is served with.
        precision: The precision that the model is served with.
        precisions: Further precisions; fp32 and ``precision`` are always written.
        calibration: Training audio, float32 [T] at 16 kHz, for the ranges of ``int8-static``.
        second_reader: A released Whisper that reads one language again.
        window_s: Longest audio read at once.

    Returns:
        ``out``.

    Raises:
        CheckpointError: The folder holds no usable checkpoint.
        ValueError: The decoder does not fit the lexicon, the tokenizer or the heads, the second
            reader cannot be read or stands beside a decoder that is not of CTC, the weights
            are too large for one ONNX file, an adapter does not fit into Whisper's layout, or
            ``precision`` cannot be written.
    """
    loaded = load_checkpoint(checkpoint)
    if second_reader is not None and not decoder.reads_ctc_alone:
        raise ValueError("second_reader: the decoder must read the CTC head, without rescoring")
    _check_decoder(loaded, decoder, lexicon)
    loaded.network.merge_lora()
    description = _describe(loaded, identity, decoder, precision, window_s)
    with atomic_folder(out) as unfinished:
        writers = _head_writers(loaded, unfinished, calibration, description)
        failed = _write_heads(writers, description, precisions)
        if decoder.rescores:
            _write_rescorer(loaded, unfinished)
        if loaded.tokens is not None:
            loaded.tokens.save(unfinished / TOKENS_FILE)
        loaded.tokenizer.save(unfinished / TOKENIZER_FILE)
        write_lexicon(lexicon, unfinished / LEXICON_FILE)
        for model in decoder.model_files():
            shutil.copy(model, unfinished / model.name)
        second = _write_second_reader(second_reader, unfinished)
        more = {"not_exported": failed, "second_reader": second}
        seal(unfinished, description.model_copy(update=more))
    return out


def _check_decoder(checkpoint: Checkpoint, decoder: DecoderConfig, lexicon: Sequence[str]) -> None:
    """Refuse a decoder that does not fit the network or the lexicon, before minutes of work."""
    if decoder.kind is not DecoderKind.ATTENTION:
        if not checkpoint.network.config.has_ctc:
            raise ValueError(f"decoder {decoder.kind}: the network has no CTC head")
        if decoder.rescores and checkpoint.tokens is None:
            raise ValueError("attention_weight: the network has no attention head that could judge")
        build_decoder(decoder, checkpoint.tokenizer.symbols, lexicon)
    elif checkpoint.tokens is None:
        raise ValueError("decoder attention: the network has no attention head")


def _describe(
    checkpoint: Checkpoint,
    identity: ModelIdentity,
    decoder: DecoderConfig,
    precision: Precision,
    window_s: Seconds,
) -> ModelDescription:
    config = checkpoint.network.config
    installed = {name: version(name) for name in _LIBRARIES}
    libraries = {**installed, **identity.versions.libraries}
    return ModelDescription(
        name=identity.name,
        pack=identity.pack,
        training_data=identity.training_data,
        versions=identity.versions.model_copy(update={"libraries": libraries}),
        engine=EngineKind.of(decoder),
        precision=precision,
        max_tokens=config.attention.max_tokens if config.has_attention else None,
        features=config.features,
        frame_s=config.frame_s,
        window_s=min(window_s, config.max_positions * config.frame_s),
        # Inside the artifact the language models lie beside model.json.
        decoder=decoder.with_models_in(Path()),
    )


def _head_writers(
    checkpoint: Checkpoint,
    folder: Path,
    calibration: Sequence[Samples],
    description: ModelDescription,
) -> dict[EngineKind, _WriteHead]:
    """Functions that write each head of the network into ``folder``."""
    source = folder / Precision.FP32.file

    def write_ctc(precision: Precision) -> None:
        target = folder / precision.file
        match precision:
            case Precision.FP32:
                rescores = description.decoder.rescores
                export_encoder(checkpoint.network, target, frames=rescores)
            case Precision.FP16:
                to_fp16(source, target)
            case Precision.INT8_DYNAMIC:
                to_int8_dynamic(source, target)
            case Precision.INT8_STATIC:
                features, window_s = description.features, description.window_s
                clips = calibration_features(calibration, features, window_s)
                to_int8_static(source, target, clips)

    def write_attention(precision: Precision) -> None:
        from ovoz.engine.export.ctranslate2 import convert  # in an extra

        convert(checkpoint, folder / precision.folder, precision)

    writers: dict[EngineKind, _WriteHead] = {}
    if checkpoint.network.config.has_ctc:
        writers[EngineKind.ONNX] = write_ctc
    if checkpoint.tokens is not None:
        writers[EngineKind.CTRANSLATE2] = write_attention
    return writers


def _write_heads(
    writers: Mapping[EngineKind, _WriteHead],
    description: ModelDescription,
    precisions: Collection[Precision],
) -> dict[Precision, str]:
    """Write every head; returns the reasons of the served head's precisions that failed."""
    served = description.precision
    wanted = [one for one in Precision if one in (*precisions, served)]
    failed: dict[Precision, str] = {}
    for engine, write in writers.items():
        if engine is description.engine:
            failed = _write_head(write, wanted)
        else:  # of a hybrid network, for comparison only
            _write_head(write, [Precision.INT8_DYNAMIC])
    if served in failed:
        raise ValueError(f"{served} was to be served: {failed[served]}")
    return failed


def _write_head(write: _WriteHead, precisions: Iterable[Precision]) -> dict[Precision, str]:
    """Write a head in fp32 and ``precisions``; returns the reasons of those that failed.

    Whatever stops fp32 is raised: every other precision is made from it.
    """
    write(Precision.FP32)
    failed: dict[Precision, str] = {}
    for precision in precisions:
        if precision is Precision.FP32:
            continue
        try:
            write(precision)
        except Exception as error:  # converters share no base class of errors
            failed[precision] = f"not exported: {str(error) or type(error).__name__}"
    return failed


def _write_second_reader(
    config: SecondReaderConfig | None, folder: Path
) -> SecondReaderDescription | None:
    """Write the second reader, where there is one; returns its description."""
    if config is None:
        return None
    from ovoz.engine.export.second_reader import write_second_reader  # in an extra

    return write_second_reader(config, folder / SECOND_READER_DIR)


def _write_rescorer(checkpoint: Checkpoint, folder: Path) -> None:
    """Write the attention head that rescores the CTC head's hypotheses, in fp32 and int8."""
    head, target = checkpoint.network.attention, folder / Precision.FP32.rescorer
    if head is not None:
        export_rescorer(head, checkpoint.prompt, target)
        to_int8_dynamic(target, folder / Precision.INT8_DYNAMIC.rescorer)
