"""From an artifact directory to a running engine; needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.hypothesis import Decoder
from ovoz.decoding.rescoring import build_rescorer
from ovoz.engine.artifact.description import EngineKind, ModelDescription
from ovoz.engine.artifact.storage import (
    LEXICON_FILE,
    TOKENIZER_FILE,
    TOKENS_FILE,
    ArtifactError,
    read_description,
    read_lexicon,
)
from ovoz.engine.onnx import CPU, NONE, TENSORRT, OnnxEngine, ProviderOptions
from ovoz.engine.precision import Device, Precision
from ovoz.engine.tensorrt import TensorrtConfig, options_of
from ovoz.engine.windowed import EngineSettings
from ovoz.model.tokenizer import CharTokenizer, TokenizerError
from ovoz.text.pack import load_pack

if TYPE_CHECKING:
    from ovoz.engine.attention import AttentionEngine
    from ovoz.engine.onnx_rescoring import OnnxRescoringEngine
    from ovoz.model.text_tokens import TextTokens


def load_engine(
    directory: Path,
    *,
    decoder: DecoderConfig | None = None,
    precision: Precision | None = None,
    threads: int = 1,
    threads_per_piece: int = 1,
    providers: Sequence[str] = CPU,
    device: Device | None = None,
) -> "OnnxEngine | OnnxRescoringEngine | AttentionEngine":
    """The engine of a model artifact.

    Args:
        directory: the artifact.
        decoder: another decoder than the artifact's own; it decides which head is run.
        precision: another precision than the served one; a head that is not served and has no
            such precision is run in int8 or in full.
        threads: pieces of audio worked on side by side.
        threads_per_piece: threads inside one piece; for large networks.
        providers: execution providers of ONNX Runtime, the preferred one first; the attention
            head runs on the GPU where they name CUDA.
        device: ``cpu``, ``cuda`` or ``tensorrt``: the providers of that device, in place of
            ``providers``. TensorRT's engines are built on first use and kept in the artifact.

    Raises:
        ArtifactError: the artifact is missing, damaged, or of another layout version, or lacks
            what is asked for.
        ValueError: a provider or decoder that cannot be had here, or a precision that TensorRT
            cannot run.
        ModuleNotFoundError: TensorRT is asked for and not installed; or the attention head is,
            and what it needs is not.
    """
    description = read_description(directory)
    chosen = decoder or description.decoder
    precision = precision or _of_head(description, EngineKind.of(chosen))
    running = _Running(threads, threads_per_piece, device.providers if device else providers)
    if EngineKind.of(chosen) is EngineKind.CTRANSLATE2:
        return _attention(directory, description, chosen, precision, running)
    if chosen.rescores:
        return _rescoring(directory, description, chosen, precision, running)
    options = _options(directory, description, precision, running)
    return OnnxEngine(
        _part(directory, description, precision.file),
        decoder=_decoder(directory, chosen),
        threads_per_piece=threads_per_piece,
        providers=running.providers,
        options=options,
        most_together=TensorrtConfig().most_together if options else None,
        threads=threads,
        **_settings(description),
    )


@dataclass(frozen=True, slots=True)
class _Running:
    """What an engine may take of the machine."""

    threads: int
    threads_per_piece: int
    providers: Sequence[str]


def load_ctc_engine(directory: Path, *, precision: Precision | None = None) -> OnnxEngine:
    """The CTC head of a model artifact, whatever it is served with, read by its best path.

    Raises:
        ArtifactError: as :func:`load_engine`, or the artifact has no CTC head.
    """
    engine = load_engine(directory, decoder=DecoderConfig.best_path(ctc=True), precision=precision)
    if not isinstance(engine, OnnxEngine):
        raise ArtifactError(f"{directory}: has no CTC head")
    return engine


def load_symbols(directory: Path) -> tuple[str, ...]:
    """Symbols of the CTC classes 1, 2, … of a model artifact.

    Raises:
        ArtifactError: its tokenizer is missing or damaged.
    """
    try:
        return CharTokenizer.load(directory / TOKENIZER_FILE).symbols
    except TokenizerError as error:
        raise ArtifactError(str(error)) from error


def second_reading(directory: Path) -> DecoderConfig:
    """A decoder that reads otherwise than the artifact's own.

    That of the other head where there are two, else the best path of the only one.

    Raises:
        ArtifactError: the artifact is missing or damaged.
    """
    description = read_description(directory, verify=False)
    other = description.engine is EngineKind.CTRANSLATE2
    both = description.has_ctc and description.has_attention
    return DecoderConfig.best_path(ctc=other if both else description.has_ctc)


def _of_head(description: ModelDescription, engine: EngineKind) -> Precision:
    """The served precision; for another head, which may not have it, what comes nearest."""
    held = description.exported(engine)
    nearest = (description.precision, Precision.INT8_DYNAMIC, Precision.FP32)
    if engine is description.engine:
        return description.precision
    return next((one for one in nearest if one in held), description.precision)


def _part(directory: Path, description: ModelDescription, name: str) -> Path:
    """A file of the artifact that not every artifact has."""
    if name not in description.files:
        raise ArtifactError(f"{directory}: has no {name}: export it, or ask for another")
    return directory / name


def _settings(description: ModelDescription) -> EngineSettings:
    """What every engine is told of its network."""
    return EngineSettings(
        features=description.features,
        frame_s=description.frame_s,
        window_s=description.window_s,
        model_version=description.model_version,
        label=load_pack(description.pack).word_language,
    )


def _options(
    directory: Path, description: ModelDescription, precision: Precision, running: _Running
) -> ProviderOptions:
    """TensorRT's settings, where it is asked for and there."""
    if TENSORRT not in running.providers:
        return NONE
    if TENSORRT not in onnxruntime.get_available_providers():
        return NONE  # opening the network says so
    version = description.model_version
    return options_of(directory, version, precision, description.features, description.window_s)


def _attention(
    directory: Path,
    description: ModelDescription,
    decoder: DecoderConfig,
    precision: Precision,
    running: _Running,
) -> "AttentionEngine":
    weights = _part(directory, description, f"{precision.folder}/model.bin")
    try:
        from ovoz.engine.attention import AttentionEngine
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the attention head needs CTranslate2: pip install 'ovoz[attention]' ({error})"
        ) from error
    return AttentionEngine(
        weights.parent,
        _tokens(directory),
        max_tokens=_max_tokens(directory, description),
        beam=decoder.attention_beam,
        precision=precision,
        threads_per_piece=running.threads_per_piece,
        device="cuda" if "CUDAExecutionProvider" in running.providers else "cpu",
        threads=running.threads,
        **_settings(description),
    )


def _rescoring(
    directory: Path,
    description: ModelDescription,
    decoder: DecoderConfig,
    precision: Precision,
    running: _Running,
) -> "OnnxRescoringEngine":
    from ovoz.engine.onnx_rescoring import OnnxRescoringEngine

    symbols = load_symbols(directory)
    lexicon = read_lexicon(directory / LEXICON_FILE)
    return OnnxRescoringEngine(
        _part(directory, description, precision.file),
        _part(directory, description, precision.rescorer),
        build_rescorer(decoder.with_models_in(directory), symbols, lexicon),
        symbols,
        _tokens(directory),
        max_tokens=_max_tokens(directory, description),
        threads_per_piece=running.threads_per_piece,
        providers=running.providers,
        options=_options(directory, description, precision, running),
        threads=running.threads,
        **_settings(description),
    )


def _tokens(directory: Path) -> "TextTokens":
    try:
        from ovoz.model.text_tokens import TextTokens, TextTokensError
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the attention head needs tokenizers: pip install 'ovoz[attention]' ({error})"
        ) from error
    try:
        return TextTokens.load(directory / TOKENS_FILE)
    except TextTokensError as error:
        raise ArtifactError(str(error)) from error


def _max_tokens(directory: Path, description: ModelDescription) -> int:
    if description.max_tokens is None:
        raise ArtifactError(f"{directory}: does not say how much its attention head writes")
    return description.max_tokens


def _decoder(directory: Path, config: DecoderConfig) -> Decoder:
    """The decoder over the artifact's own symbols and words."""
    config = config.with_models_in(directory)
    lexicon = read_lexicon(directory / LEXICON_FILE)
    return build_decoder(config, load_symbols(directory), lexicon)
