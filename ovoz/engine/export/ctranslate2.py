"""From a checkpoint with an attention head to CTranslate2's files."""

from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
import torch
from ctranslate2.converters.transformers import WhisperLoader
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.model_spec import LayerSpec, NumpyVariable, Variable, visit_spec
from transformers import WhisperForConditionalGeneration

from ovoz.engine.precision import Precision
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.whisper import to_whisper_config

_STORED: Final = {
    Precision.FP32: "float32",
    Precision.FP16: "float16",
    Precision.INT8_DYNAMIC: "float32",
}
"""Types of the weights that are not quantized."""
_LARGEST: Final = 64
"""Largest quantized weight, in seven bits."""


def convert(checkpoint: Checkpoint, folder: Path, precision: Precision) -> Path:
    """Write the encoder and the attention head of a merged checkpoint into ``folder``.

    Raises:
        ValueError: The network has no attention head, or bottleneck adapters, which Whisper's
            layout has no place for; or CTranslate2 has no such precision.
    """
    whisper = as_whisper(checkpoint)
    if checkpoint.tokens is None:
        raise ValueError("a network without an attention head has nothing for CTranslate2")
    if precision not in _STORED:
        raise ValueError(f"CTranslate2 has no {precision}: it takes ranges while running")
    spec = _whisper_spec(whisper, checkpoint.tokens.names)
    spec.validate()
    spec.optimize(quantization=_STORED[precision])
    if precision is Precision.INT8_DYNAMIC:
        visit_spec(spec, _to_seven_bits)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    return folder


@torch.no_grad()
def as_whisper(checkpoint: Checkpoint) -> WhisperForConditionalGeneration:
    """The same network as transformers' Whisper.

    Raises:
        ValueError: As :func:`convert`.
    """
    network = checkpoint.network
    if network.attention is None:
        raise ValueError("a network without an attention head is no Whisper")
    if network.config.adapter is not None:
        raise ValueError(
            f"{network.config.adapter.kind} adapters: Whisper's layout has no place for them;"
            " take lora, which is merged"
        )
    whisper = WhisperForConditionalGeneration(to_whisper_config(network.config))
    whisper.model.encoder.load_state_dict(network.encoder.state_dict())
    whisper.model.decoder.load_state_dict(network.attention.decoder.state_dict())
    whisper.tie_weights()
    return whisper


def _whisper_spec(whisper: WhisperForConditionalGeneration, names: list[str]) -> WhisperSpec:
    """The network in CTranslate2's layout, with a vocabulary of our own."""
    spec = WhisperLoader().get_model_spec(whisper)
    config = whisper.config
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


def _to_seven_bits(spec: LayerSpec, name: str, value: object) -> None:
    """Quantize a weight per row as CTranslate2 does, but in seven bits of the eight.

    Its matrix products too saturate on processors without VNNI; see
    :data:`ovoz.engine.export.quantization.SEVEN_BITS`.
    """
    key = name.rsplit("/", 1)[-1]
    if not isinstance(value, Variable) or not hasattr(spec, f"{key}_scale"):
        return
    weight = value.to("float32").numpy()
    rows = weight.reshape(len(weight), -1)
    largest = np.abs(rows).max(axis=1)
    scale = (_LARGEST / np.where(largest > 0, largest, _LARGEST)).astype(np.float32)
    rounded = np.rint(rows * scale[:, None]).astype(np.int8)
    setattr(spec, key, NumpyVariable(rounded.reshape(weight.shape)))
    setattr(spec, f"{key}_scale", NumpyVariable(scale))
