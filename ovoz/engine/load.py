"""From an artifact directory to a running engine; needs no torch."""

from collections.abc import Sequence
from pathlib import Path

from ovoz.decoding.build import build_decoder
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.words import Decoder
from ovoz.engine.artifact import (
    LEXICON_FILE,
    TOKENIZER_FILE,
    ArtifactError,
    read_description,
    read_lexicon,
)
from ovoz.engine.description import Precision
from ovoz.engine.onnx import CPU, OnnxEngine
from ovoz.model.tokenizer import CharTokenizer, TokenizerError
from ovoz.text.pack import load_pack


def load_engine(
    directory: Path,
    *,
    decoder: DecoderConfig | None = None,
    precision: Precision | None = None,
    threads: int = 1,
    threads_per_piece: int = 1,
    providers: Sequence[str] = CPU,
) -> OnnxEngine:
    """The engine of a model artifact.

    Args:
        directory: the artifact.
        decoder: another decoder than the artifact's own.
        precision: another encoder than the served one.
        threads: pieces of audio worked on side by side.
        threads_per_piece: threads inside one piece; for large networks.
        providers: execution providers of ONNX Runtime, the preferred one first.

    Raises:
        ArtifactError: the artifact is missing, damaged, or of another layout version.
        ValueError: a provider or decoder that cannot be had here.
    """
    description = read_description(directory)
    encoder = directory / (precision or description.precision).file
    if encoder.name not in description.files:
        raise ArtifactError(f"{directory}: has no {encoder.name}: export it, or ask for another")
    return OnnxEngine(
        encoder,
        features=description.features,
        frame_s=description.frame_s,
        window_s=description.window_s,
        decoder=_decoder(directory, decoder or description.decoder),
        model_version=description.model_version,
        threads=threads,
        threads_per_piece=threads_per_piece,
        providers=providers,
        label=load_pack(description.pack).word_language,
    )


def _decoder(directory: Path, config: DecoderConfig) -> Decoder:
    """The decoder over the artifact's own symbols and words."""
    config = config.with_models_in(directory)
    try:
        symbols = CharTokenizer.load(directory / TOKENIZER_FILE).symbols
    except TokenizerError as error:
        raise ArtifactError(str(error)) from error
    return build_decoder(config, symbols, read_lexicon(directory / LEXICON_FILE))
