"""From a training checkpoint to a model artifact: each head in every precision asked for."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.factory import build_decoder
from ovoz.engine.artifact.description import EngineKind, ModelDescription, ModelIdentity, Versions
from ovoz.engine.artifact.storage import (
    LEXICON_FILE,
    TOKENIZER_FILE,
    TOKENS_FILE,
    seal,
    write_lexicon,
)
from ovoz.engine.export.onnx import export_encoder, export_rescorer
from ovoz.engine.export.quantization import (
    calibration_features,
    to_fp16,
    to_int8_dynamic,
    to_int8_static,
)
from ovoz.engine.frontend import DEFAULT_WINDOW_S
from ovoz.engine.precision import Precision
from ovoz.files import atomic_folder
from ovoz.model.checkpoint import Checkpoint, load_checkpoint

_LIBRARIES: Final = ("torch", "transformers", "onnx", "onnxruntime", "flashlight-text", "numpy")


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
    window_s: Seconds = DEFAULT_WINDOW_S,
) -> Path:
    """Write the artifact of a checkpoint to ``out``, complete or not at all.

    A precision other than ``precision`` that cannot be made does not stop it: the description
    names it with the reason.

    Args:
        checkpoint: Folder of the training checkpoint.
        lexicon: Words of the lexicon search; may be empty for a greedy decoder.
        out: The artifact's directory; replaced when it exists.
        identity: Name, pack, versions and training data of the model.
        decoder: The decoder it is served with.
        precision: The encoder it is served with.
        precisions: What is written beside fp32 and ``precision``, which always are.
        calibration: Training audio, float32 [T] at 16 kHz, for the ranges of ``int8-static``.
        window_s: Longest audio read at once.

    Returns:
        ``out``.

    Raises:
        CheckpointError: The folder holds no usable checkpoint.
        ValueError: The decoder does not fit the lexicon, the tokenizer or the heads, the weights
            are too large for one ONNX file, an adapter does not fit into Whisper's layout, or
            ``precision`` cannot be made.
    """
    loaded = load_checkpoint(checkpoint)
    _check(loaded, decoder, lexicon)
    loaded.network.merge()
    description = _describe(loaded, identity, decoder, precision, window_s)
    served = [one for one in Precision if one in (*precisions, precision)]
    reasons: dict[EngineKind, dict[Precision, str]] = {}
    with atomic_folder(out) as unfinished:
        for engine, makers in _makers(loaded, unfinished, calibration, description).items():
            # The other head of a hybrid network is nobody's candidate: it is there to be asked.
            asked = served if engine is description.engine else [Precision.INT8_DYNAMIC]
            reasons[engine] = _made(makers, asked)
        failed = reasons[description.engine]
        if precision in failed:
            raise ValueError(f"{precision} was to be served: {failed[precision]}")
        if decoder.rescores:
            _export_judge(loaded, unfinished)
        if loaded.tokens is not None:
            loaded.tokens.save(unfinished / TOKENS_FILE)
        loaded.tokenizer.save(unfinished / TOKENIZER_FILE)
        write_lexicon(lexicon, unfinished / LEXICON_FILE)
        for model in decoder.model_files():
            shutil.copy(model, unfinished / model.name)
        seal(unfinished, description.model_copy(update={"not_exported": failed}))
    return out


_Maker = Callable[[], object]


def _makers(
    checkpoint: Checkpoint,
    folder: Path,
    calibration: Sequence[Samples],
    description: ModelDescription,
) -> dict[EngineKind, dict[Precision, _Maker]]:
    """How to write each head that the network has into ``folder``, by precision."""
    makers = {}
    if checkpoint.network.config.has_ctc:
        makers[EngineKind.ONNX] = _encoders(checkpoint, folder, calibration, description)
    if checkpoint.tokens is not None:
        makers[EngineKind.CTRANSLATE2] = _attentions(checkpoint, folder)
    return makers


def _made(makers: dict[Precision, _Maker], asked: Iterable[Precision]) -> dict[Precision, str]:
    """Make fp32 and what is asked for; the reasons of what could not be made.

    Raises whatever stops fp32: nothing can be made without it.
    """
    makers[Precision.FP32]()
    failed: dict[Precision, str] = {}
    for precision in asked:
        if precision is Precision.FP32:
            continue
        try:
            makers[precision]()
        except Exception as error:  # converters raise what they like; the reason is kept
            failed[precision] = f"not exported: {str(error) or type(error).__name__}"
    return failed


def _encoders(
    checkpoint: Checkpoint,
    folder: Path,
    calibration: Sequence[Samples],
    description: ModelDescription,
) -> dict[Precision, _Maker]:
    """How to write the encoder with its CTC head into ``folder``, by precision."""
    source = folder / Precision.FP32.file
    frames = description.decoder.rescores
    return {
        Precision.FP32: lambda: export_encoder(checkpoint.network, source, frames=frames),
        Precision.FP16: lambda: to_fp16(source, folder / Precision.FP16.file),
        Precision.INT8_DYNAMIC: lambda: to_int8_dynamic(
            source, folder / Precision.INT8_DYNAMIC.file
        ),
        Precision.INT8_STATIC: lambda: to_int8_static(
            source,
            folder / Precision.INT8_STATIC.file,
            calibration_features(calibration, description.features, description.window_s),
        ),
    }


def _export_judge(checkpoint: Checkpoint, folder: Path) -> None:
    """The attention head that judges what the CTC head reads, in fp32 and int8."""
    head, whole = checkpoint.network.attention, folder / Precision.FP32.rescorer
    if head is not None:
        export_rescorer(head, checkpoint.prompt, whole)
        to_int8_dynamic(whole, folder / Precision.INT8_DYNAMIC.rescorer)


def _attentions(checkpoint: Checkpoint, folder: Path) -> dict[Precision, _Maker]:
    """How to write the attention head for CTranslate2 into ``folder``, by precision."""
    from ovoz.engine.export.ctranslate2 import (
        convert,
    )  # CTranslate2 is needed where there is such a head

    return {one: partial(convert, checkpoint, folder / one.folder, one) for one in Precision}


def _check(checkpoint: Checkpoint, decoder: DecoderConfig, lexicon: Sequence[str]) -> None:
    """Refuse, before minutes of work, a decoder that the network or the lexicon does not fit."""
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
