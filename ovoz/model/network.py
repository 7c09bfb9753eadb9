"""Whisper's encoder for any length of audio, with a CTC head.

Shape suffixes: B batch, M mel bands, F feature frames, T output frames (half of F), D model width,
V classes. ``lengths`` [B] count the true feature frames of each row; what lies behind them is
padding and never changes a result.
"""

from itertools import zip_longest
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers import WhisperConfig, WhisperModel
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from ovoz.model.adapters import bottlenecks, inject_lora, merge_lora
from ovoz.model.config import (
    CONV_STRIDE,
    SCRATCH,
    AdapterConfig,
    LoraConfig,
    NetworkConfig,
)


class CtcNetwork(nn.Module):
    """Encoder of a Whisper checkpoint and a linear CTC head over characters.

    ``encoder`` is transformers' own module, so its weights carry the names of a Hugging Face
    Whisper checkpoint (``encoder.layers.0.self_attn.q_proj.weight`` …). Only the forward differs:
    Whisper insists on 30 s, this one takes what is there. With ``checkpoint_layers`` set, training
    computes the activations of a layer again instead of keeping them.

    Args:
        config: Shape of the network.
        classes: CTC classes, blank included.
    """

    def __init__(self, config: NetworkConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.classes = classes
        self.encoder = WhisperEncoder(_whisper_config(config))
        self.head = nn.Linear(config.d_model, classes)
        self.adapters = nn.ModuleList()
        self.checkpoint_layers = False
        if config.adapter is not None:
            self.attach(config.adapter)

    def forward(self, features_BMF: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities of the classes.

        Args:
            features_BMF: float32 [B, n_mels, F] log-mel features, padded behind ``lengths_B``.
            lengths_B: int64 [B] true frames of each row, in [1, F].

        Returns:
            float32 [B, T, V] natural-log probabilities and int64 [B] true output frames.
        """
        out_lengths_B = (lengths_B + CONV_STRIDE - 1) // CONV_STRIDE
        hidden_BTD = self._encode(features_BMF, lengths_B, out_lengths_B)
        logits_BTV = self.head(hidden_BTD)
        return functional.log_softmax(logits_BTV.float(), dim=-1), out_lengths_B

    def attach(self, adapter: AdapterConfig) -> None:
        """Add an adapter; the network's results stay what they were until it is trained.

        Raises:
            ValueError: A target of the adapter is not in the encoder.
        """
        self.config = self.config.model_copy(update={"adapter": adapter})
        if isinstance(adapter, LoraConfig):
            inject_lora(self.encoder, adapter)
        else:
            self.adapters = bottlenecks(adapter, self.config.d_model, self.config.layers)

    def merge(self) -> None:
        """Write low-rank updates into the weights; bottlenecks stay, they are no linear map."""
        if isinstance(self.config.adapter, LoraConfig):
            merge_lora(self.encoder)
            self.config = self.config.model_copy(update={"adapter": None})

    def _layer(self, layer: nn.Module, x: Tensor, mask: Tensor) -> Tensor:
        again = self.checkpoint_layers and self.training
        after: Tensor = checkpoint(layer, x, mask, use_reentrant=False) if again else layer(x, mask)
        return after

    def _encode(self, features_BMF: Tensor, lengths_B: Tensor, out_lengths_B: Tensor) -> Tensor:
        # Zeros behind the true frames are what the convolutions would pad a lone signal with.
        inside_B1F = _inside(lengths_B, features_BMF.shape[-1])[:, None, :]
        x = functional.gelu(self.encoder.conv1(features_BMF * inside_B1F)) * inside_B1F
        x = functional.gelu(self.encoder.conv2(x)).permute(0, 2, 1)
        frames = x.shape[1]
        x = x + self.encoder.embed_positions.weight[:frames]
        outside = ~_inside(out_lengths_B, frames)[:, None, None, :]
        mask = torch.zeros(outside.shape, dtype=x.dtype, device=x.device)
        mask = mask.masked_fill(outside, torch.finfo(x.dtype).min)
        for layer, adapter in zip_longest(self.encoder.layers, self.adapters):
            x = self._layer(layer, x, mask)
            x = adapter(x) if adapter is not None else x
        hidden: Tensor = self.encoder.layer_norm(x)
        return hidden


def build_network(config: NetworkConfig, classes: int) -> CtcNetwork:
    """A network with random weights, or with the encoder of ``config.base_model``.

    The result's ``config`` holds the true shape when it came from a checkpoint.

    Raises:
        ValueError: ``base_model`` is no readable Whisper checkpoint.
    """
    if config.base_model == SCRATCH:
        return CtcNetwork(config, classes)
    try:
        base = WhisperModel.from_pretrained(config.base_model)
    except (OSError, ValueError) as error:
        kind = "folder" if Path(config.base_model).exists() else "name"
        raise ValueError(
            f"base_model {config.base_model!r}: this {kind} gives no Whisper checkpoint: {error}"
        ) from error
    network = CtcNetwork(_shape_of(base.config, config), classes)
    network.encoder.load_state_dict(base.encoder.state_dict())
    if config.adapter is not None:
        network.attach(config.adapter)
    return network


def _shape_of(whisper: WhisperConfig, config: NetworkConfig) -> NetworkConfig:
    return NetworkConfig(
        base_model=config.base_model,
        n_mels=whisper.num_mel_bins,
        d_model=whisper.d_model,
        layers=whisper.encoder_layers,
        heads=whisper.encoder_attention_heads,
        ffn_dim=whisper.encoder_ffn_dim,
        hop=config.hop,
        max_positions=whisper.max_source_positions,
    )


def _whisper_config(config: NetworkConfig) -> WhisperConfig:
    whisper = WhisperConfig(
        num_mel_bins=config.n_mels,
        d_model=config.d_model,
        encoder_layers=config.layers,
        encoder_attention_heads=config.heads,
        encoder_ffn_dim=config.ffn_dim or 4 * config.d_model,
        max_source_positions=config.max_positions,
        dropout=0.0,
    )
    whisper._attn_implementation = "eager"  # exports to ONNX as plain operators
    return whisper


def _inside(lengths_B: Tensor, size: int) -> Tensor:
    """True [B, size] where a frame is real, not padding."""
    return torch.arange(size, device=lengths_B.device)[None, :] < lengths_B[:, None]
