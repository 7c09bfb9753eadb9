"""From a training checkpoint to a model artifact: each head in fp32 and int8."""

import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from ovoz.audio.signal import Seconds
from ovoz.decoding.build import build_decoder
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact import (
    LEXICON_FILE,
    TOKENIZER_FILE,
    TOKENS_FILE,
    new_directory,
    seal,
    write_lexicon,
)
from ovoz.engine.ctc import DEFAULT_WINDOW_S
from ovoz.engine.description import (
    EngineKind,
    ModelDescription,
    ModelIdentity,
    Precision,
    Versions,
)
from ovoz.model.checkpoint import Checkpoint, load_checkpoint
from ovoz.model.network import SpeechNetwork

_LIBRARIES: Final = ("torch", "transformers", "onnx", "onnxruntime", "flashlight-text", "numpy")
_EMBEDDED_BYTES: Final = 1 << 30
"""Weights up to here lie inside the ONNX file; protobuf ends at 2 GiB."""


def export(
    checkpoint: Path,
    lexicon: Sequence[str],
    out: Path,
    identity: ModelIdentity,
    *,
    decoder: DecoderConfig,
    precision: Precision = Precision.INT8,
    window_s: Seconds = DEFAULT_WINDOW_S,
) -> Path:
    """Write the artifact of a checkpoint to ``out``, complete or not at all.

    Args:
        checkpoint: folder of the training checkpoint.
        lexicon: words of the lexicon search; may be empty for a greedy decoder.
        out: the artifact's directory; replaced when it exists.
        identity: name, pack, versions and training data of the model.
        decoder: the decoder it is served with.
        precision: the encoder it is served with; both are written.
        window_s: longest audio read at once.

    Returns:
        ``out``.

    Raises:
        CheckpointError: the folder holds no usable checkpoint.
        ValueError: the decoder does not fit the lexicon, the tokenizer or the heads, the weights
            are too large for one ONNX file, or an adapter does not fit into Whisper's layout.
    """
    loaded = load_checkpoint(checkpoint)
    _check(loaded, decoder, lexicon)
    loaded.network.merge()
    description = _describe(loaded, identity, decoder, precision, window_s)
    with new_directory(out) as unfinished:
        if loaded.network.config.has_ctc:
            export_encoder(loaded.network, unfinished / Precision.FP32.file)
            quantize(unfinished / Precision.FP32.file, unfinished / Precision.INT8.file)
        if loaded.tokens is not None:
            _export_attention(loaded, unfinished)
            loaded.tokens.save(unfinished / TOKENS_FILE)
        loaded.tokenizer.save(unfinished / TOKENIZER_FILE)
        write_lexicon(lexicon, unfinished / LEXICON_FILE)
        for model in decoder.model_files():
            shutil.copy(model, unfinished / model.name)
        seal(unfinished, description)
    return out


def _check(checkpoint: Checkpoint, decoder: DecoderConfig, lexicon: Sequence[str]) -> None:
    """Refuse, before minutes of work, a decoder that the network or the lexicon does not fit."""
    if decoder.kind is not DecoderKind.ATTENTION:
        if not checkpoint.network.config.has_ctc:
            raise ValueError(f"decoder {decoder.kind}: the network has no CTC head")
        build_decoder(decoder, checkpoint.tokenizer.symbols, lexicon)
    elif checkpoint.tokens is None:
        raise ValueError("decoder attention: the network has no attention head")


def _export_attention(checkpoint: Checkpoint, folder: Path) -> None:
    from ovoz.engine.convert import convert  # CTranslate2 is needed where there is such a head

    for precision in Precision:
        convert(checkpoint, folder / precision.folder, precision)


def _describe(
    checkpoint: Checkpoint,
    identity: ModelIdentity,
    decoder: DecoderConfig,
    precision: Precision,
    window_s: Seconds,
) -> ModelDescription:
    config = checkpoint.network.config
    return ModelDescription(
        name=identity.name,
        pack=identity.pack,
        training_data=identity.training_data,
        versions=_with_libraries(identity.versions),
        engine=EngineKind.of(decoder),
        precision=precision,
        max_tokens=config.attention.max_tokens if config.has_attention else None,
        features=config.features,
        frame_s=config.frame_s,
        window_s=min(window_s, config.max_positions * config.frame_s),
        # Inside the artifact the language models lie beside model.json.
        decoder=decoder.with_models_in(Path()),
    )


def _with_libraries(versions: Versions) -> Versions:
    installed = {name: version(name) for name in _LIBRARIES}
    return versions.model_copy(update={"libraries": {**installed, **versions.libraries}})


def export_encoder(network: SpeechNetwork, path: Path) -> None:
    """Write ``network`` as ONNX in fp32, weights inside, batch and time free."""
    size = sum(weight.numel() * weight.element_size() for weight in network.parameters())
    if size > _EMBEDDED_BYTES:
        raise ValueError(f"{size} bytes of weights do not fit one ONNX file; quantize first")
    frames = min(200, network.config.max_frames)
    features = torch.zeros(2, network.config.n_mels, frames)
    lengths = torch.tensor([frames, frames // 2])
    batch, time = torch.export.Dim("batch"), torch.export.Dim("time")
    with warnings.catch_warnings(), _quiet("torch.onnx", "onnxscript"):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (features, lengths),
            str(path),
            dynamo=True,
            external_data=False,
            input_names=["features", "lengths"],
            output_names=["log_probs", "out_lengths"],
            dynamic_shapes=({0: batch, 2: time}, {0: batch}),
            verbose=False,
        )


def quantize(source: Path, target: Path) -> None:
    """Write ``source`` with the weights of its matrix products in int8.

    Activations are quantized while running (dynamic quantization). The convolutions stay fp32:
    they are a small part of the cost and ONNX Runtime runs them slower as integers.
    """
    with TemporaryDirectory() as scratch, _quiet("root"):
        prepared = Path(scratch) / "prepared.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            weight_type=QuantType.QInt8,
            per_channel=True,
        )


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Holds loggers back to errors: exporters announce what no reader can act on."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
