"""From a checkpoint with an attention head to CTranslate2's files."""

from itertools import product
from pathlib import Path
from typing import Final

import torch
from ctranslate2.converters.converter import Converter
from ctranslate2.converters.transformers import WhisperLoader
from ctranslate2.specs import WhisperSpec
from transformers import WhisperForConditionalGeneration

from ovoz.engine.precision import Precision
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.text_tokens import TextTokens
from ovoz.model.whisper import whisper_config

_QUANTIZATION: Final = {
    Precision.FP32: None,
    Precision.FP16: "float16",
    Precision.INT8_DYNAMIC: "int8",
}


def convert(checkpoint: Checkpoint, folder: Path, precision: Precision) -> Path:
    """Write the encoder and the attention head of a merged checkpoint into ``folder``.

    Raises:
        ValueError: the network has no attention head, or bottleneck adapters, which Whisper's
            layout has no place for; or CTranslate2 has no such precision.
    """
    whisper = as_whisper(checkpoint)
    if checkpoint.tokens is None:
        raise ValueError("a network without an attention head has nothing for CTranslate2")
    if precision not in _QUANTIZATION:
        raise ValueError(f"CTranslate2 has no {precision}: it takes ranges while running")
    _Whisper(whisper, checkpoint.tokens).convert(str(folder), quantization=_QUANTIZATION[precision])
    return folder


@torch.no_grad()
def as_whisper(checkpoint: Checkpoint) -> WhisperForConditionalGeneration:
    """The same network as transformers' Whisper.

    Raises:
        ValueError: as :func:`convert`.
    """
    network = checkpoint.network
    if network.attention is None:
        raise ValueError("a network without an attention head is no Whisper")
    if network.config.adapter is not None:
        raise ValueError(
            f"{network.config.adapter.kind} adapters: Whisper's layout has no place for them;"
            " take lora, which is merged"
        )
    whisper = WhisperForConditionalGeneration(whisper_config(network.config))
    whisper.model.encoder.load_state_dict(network.encoder.state_dict())
    whisper.model.decoder.load_state_dict(network.attention.decoder.state_dict())
    whisper.tie_weights()
    return whisper


class _Whisper(Converter):  # type: ignore[misc]  # CTranslate2 has no types
    """CTranslate2's converter on a network in memory, with tokens of our own."""

    def __init__(self, whisper: WhisperForConditionalGeneration, tokens: TextTokens) -> None:
        self._whisper = whisper
        self._tokens = tokens

    def _load(self) -> WhisperSpec:
        loader = WhisperLoader()
        spec = loader.get_model_spec(self._whisper)
        config = self._whisper.config
        names = self._tokens.names
        # Whisper's time stamps are in no vocabulary file.
        spec.register_vocabulary(
            names + [f"<|{0.02 * step:.2f}|>" for step in range(config.vocab_size - len(names))]
        )
        spec.config.suppress_ids = []
        spec.config.suppress_ids_begin = []
        spec.config.lang_ids = []
        upper = range(config.decoder_layers // 2, config.decoder_layers)
        spec.config.alignment_heads = list(product(upper, range(config.decoder_attention_heads)))
        return spec
