"""Loads the engine of a training checkpoint, before anything is exported."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.rescoring import build_rescorer
from ovoz.engine.engine import Engine
from ovoz.engine.frontend import DEFAULT_WINDOW_S, Frontend
from ovoz.engine.precision import Precision
from ovoz.engine.readers import Reader
from ovoz.engine.readers.attention import AttentionReader
from ovoz.engine.readers.ctc import CtcReader
from ovoz.engine.readers.rescoring import RescoringReader
from ovoz.engine.runtimes.torch import TorchCtc, TorchHybrid
from ovoz.model.checkpoint import Checkpoint, load_checkpoint
from ovoz.text.language import LabelWords, label_by_script


def load_trained_engine(
    folder: Path,
    decoder: DecoderConfig,
    lexicon: Sequence[str] = (),
    label: LabelWords = label_by_script,
) -> Engine:
    """The engine of a checkpoint in fp32; attention runs on CTranslate2, all else on torch.

    Args:
        folder: The checkpoint.
        decoder: Decides which head is run, and how its output is decoded.
        lexicon: Words of the lexicon search.
        label: The ``transcript_languages`` of the language pack.

    Raises:
        CheckpointError: The folder holds no usable checkpoint.
        ValueError: The decoder reads a head that the network does not have, or the lexicon does
            not fit the tokenizer.
    """
    reader = _build_reader(load_checkpoint(folder), decoder, lexicon)
    return Engine(reader, model_version=folder.name, label=label)


def build_trained_ctc_reader(
    checkpoint: Checkpoint, decoder: DecoderConfig, lexicon: Sequence[str] = ()
) -> CtcReader:
    """The CTC head of a checkpoint in fp32.

    Raises:
        ValueError: The network has no CTC head, or the lexicon does not fit the tokenizer.
    """
    if not checkpoint.network.config.has_ctc:
        raise ValueError(f"decoder {decoder.kind}: the network has no CTC head")
    symbols = checkpoint.tokenizer.symbols
    search = build_decoder(decoder, symbols, lexicon)
    return CtcReader(TorchCtc(checkpoint.network), search, symbols, _frontend(checkpoint))


def _build_reader(checkpoint: Checkpoint, decoder: DecoderConfig, lexicon: Sequence[str]) -> Reader:
    if decoder.kind is DecoderKind.ATTENTION:
        return _attention_reader(checkpoint, decoder, _frontend(checkpoint))
    if decoder.rescores and checkpoint.network.config.has_ctc:
        return _rescoring_reader(checkpoint, decoder, lexicon, _frontend(checkpoint))
    return build_trained_ctc_reader(checkpoint, decoder, lexicon)


def _frontend(checkpoint: Checkpoint) -> Frontend:
    config = checkpoint.network.config
    return Frontend(
        config.features,
        frame_s=config.frame_s,
        window_s=min(DEFAULT_WINDOW_S, config.max_positions * config.frame_s),
    )


def _rescoring_reader(
    checkpoint: Checkpoint, decoder: DecoderConfig, lexicon: Sequence[str], frontend: Frontend
) -> RescoringReader:
    if checkpoint.tokens is None:
        raise ValueError("attention_weight: the network has no attention head that could judge")
    symbols = checkpoint.tokenizer.symbols
    return RescoringReader(
        TorchHybrid(checkpoint.network, checkpoint.prompt),
        build_rescorer(decoder, symbols, lexicon),
        symbols,
        checkpoint.tokens,
        frontend,
        max_tokens=checkpoint.network.config.attention.max_tokens,
    )


def _attention_reader(
    checkpoint: Checkpoint, decoder: DecoderConfig, frontend: Frontend
) -> AttentionReader:
    from ovoz.engine.export.ctranslate2 import convert
    from ovoz.engine.runtimes.ctranslate2 import Ctranslate2Attention

    if checkpoint.tokens is None:
        raise ValueError("decoder attention: the network has no attention head")
    checkpoint.network.merge_lora()
    with TemporaryDirectory() as scratch:
        runtime = Ctranslate2Attention(
            convert(checkpoint, Path(scratch) / "attention", Precision.FP32),
            checkpoint.tokens,
            max_tokens=checkpoint.network.config.attention.max_tokens,
            beam=decoder.attention_beam,
            precision=Precision.FP32,
        )
    return AttentionReader(runtime, checkpoint.tokens, frontend)
