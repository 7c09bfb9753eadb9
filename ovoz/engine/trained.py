"""An engine for a training checkpoint, before anything is exported."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.rescoring import build_rescorer
from ovoz.engine.ctc import DEFAULT_WINDOW_S
from ovoz.engine.precision import Precision
from ovoz.engine.torch import TorchEngine
from ovoz.engine.transcript import Engine
from ovoz.model.checkpoint import Checkpoint, load_checkpoint
from ovoz.text.language import Language, word_language


def trained_engine(
    folder: Path,
    decoder: DecoderConfig,
    lexicon: Sequence[str] = (),
    label: Callable[[str], Language] = word_language,
) -> Engine:
    """Runs a checkpoint in fp32: the CTC head, or both, on torch; attention on CTranslate2.

    Raises:
        CheckpointError: the folder holds no usable checkpoint.
        ValueError: the decoder reads a head that the network does not have.
    """
    loaded = load_checkpoint(folder)
    if decoder.kind is not DecoderKind.ATTENTION:
        if not loaded.network.config.has_ctc:
            raise ValueError(f"decoder {decoder.kind}: the network has no CTC head")
        if decoder.rescores:
            return _rescoring(loaded, decoder, lexicon, folder.name, label)
        return TorchEngine(
            loaded, decoder=decoder, lexicon=lexicon, model_version=folder.name, label=label
        )
    return _attention(loaded, decoder, folder.name, label)


def _rescoring(
    checkpoint: Checkpoint,
    decoder: DecoderConfig,
    lexicon: Sequence[str],
    name: str,
    label: Callable[[str], Language],
) -> Engine:
    from ovoz.engine.torch_rescoring import TorchRescoringEngine

    if checkpoint.tokens is None:
        raise ValueError("attention_weight: the network has no attention head that could judge")
    config, symbols = checkpoint.network.config, checkpoint.tokenizer.symbols
    return TorchRescoringEngine(
        checkpoint.network,
        build_rescorer(decoder, symbols, lexicon),
        symbols,
        checkpoint.tokens,
        features=config.features,
        frame_s=config.frame_s,
        window_s=min(DEFAULT_WINDOW_S, config.max_positions * config.frame_s),
        max_tokens=config.attention.max_tokens,
        model_version=name,
        label=label,
    )


def _attention(
    checkpoint: Checkpoint, decoder: DecoderConfig, name: str, label: Callable[[str], Language]
) -> Engine:
    from ovoz.engine.attention import AttentionEngine
    from ovoz.engine.export.ctranslate2 import convert

    checkpoint.network.merge()
    if checkpoint.tokens is None:
        raise ValueError("decoder attention: the network has no attention head")
    config = checkpoint.network.config
    with TemporaryDirectory() as scratch:
        return AttentionEngine(
            convert(checkpoint, Path(scratch) / "attention", Precision.FP32),
            checkpoint.tokens,
            features=config.features,
            frame_s=config.frame_s,
            window_s=min(DEFAULT_WINDOW_S, config.max_positions * config.frame_s),
            max_tokens=config.attention.max_tokens,
            model_version=name,
            beam=decoder.attention_beam,
            precision=Precision.FP32,
            label=label,
        )
