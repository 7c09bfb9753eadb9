"""Whisper's encoder for any length of audio, with a CTC head, an attention head, or both.

Shape suffixes: B batch, M mel bands, F feature frames, T output frames (half of F), D model width,
V classes. ``lengths`` [B] count the true feature frames of each row; what lies behind them is
padding and never changes a result.
"""

from itertools import zip_longest

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from ovoz.model.adapters import bottlenecks, freeze_but_adapters, inject_lora, merge_lora
from ovoz.model.attention import AttentionHead
from ovoz.model.config import CONV_STRIDE, AdapterConfig, LoraConfig, NetworkConfig
from ovoz.model.whisper import whisper_config


class SpeechNetwork(nn.Module):
    """Encoder of a Whisper checkpoint, and what reads it.

    ``head`` is a linear CTC layer over characters and ``attention`` Whisper's decoder; the one
    that the configuration does not want is None.

    ``encoder`` is transformers' own module, so its weights carry the names of a Hugging Face
    Whisper checkpoint (``encoder.layers.0.self_attn.q_proj.weight`` …). Only the forward differs:
    Whisper insists on 30 s, this one takes what is there. With ``checkpoint_layers`` set, training
    computes the activations of a layer again instead of keeping them.

    Args:
        config: Shape of the network.
        classes: CTC classes, blank included.

    Raises:
        ValueError: An attention head is wanted, and how many tokens it knows is not said.
    """

    def __init__(self, config: NetworkConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.classes = classes
        self.encoder = WhisperEncoder(whisper_config(config))
        self.head = nn.Linear(config.d_model, classes) if config.has_ctc else None
        self.attention = AttentionHead(whisper_config(config)) if config.has_attention else None
        self.adapters = nn.ModuleList()
        self.checkpoint_layers = False
        if config.adapter is not None:
            self.attach(config.adapter)

    def forward(self, features_BMF: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities of the CTC classes.

        Args:
            features_BMF: float32 [B, n_mels, F] log-mel features, padded behind ``lengths_B``.
            lengths_B: int64 [B] true frames of each row, in [1, F].

        Returns:
            float32 [B, T, V] natural-log probabilities and int64 [B] true output frames.

        Raises:
            ValueError: The network has no CTC head.
        """
        hidden_BTD, out_lengths_B = self.encode(features_BMF, lengths_B)
        return self.ctc(hidden_BTD), out_lengths_B

    def encode(self, features_BMF: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder frames float32 [B, T, D] and the true ones of each row, int64 [B]."""
        out_lengths_B = (lengths_B + CONV_STRIDE - 1) // CONV_STRIDE
        return self._encode(features_BMF, lengths_B, out_lengths_B), out_lengths_B

    def ctc(self, hidden_BTD: Tensor) -> Tensor:
        """Natural-log probabilities float32 [B, T, V] of the CTC classes.

        Raises:
            ValueError: The network has no CTC head.
        """
        if self.head is None:
            raise ValueError("the network has no CTC head: it was made with head: attention")
        logits_BTV = self.head(hidden_BTD)
        return functional.log_softmax(logits_BTV.float(), dim=-1)

    def attach(self, adapter: AdapterConfig) -> None:
        """Add an adapter; the network's results stay what they were until it is trained.

        Raises:
            ValueError: A target of the adapter is not in the encoder.
        """
        self.config = self.config.model_copy(update={"adapter": adapter})
        if isinstance(adapter, LoraConfig):
            for part in self._base():
                inject_lora(part, adapter)
        else:
            self.adapters = bottlenecks(adapter, self.config.d_model, self.config.layers)

    def merge(self) -> None:
        """Write low-rank updates into the weights; bottlenecks stay, they are no linear map."""
        if isinstance(self.config.adapter, LoraConfig):
            for part in self._base():
                merge_lora(part)
            self.config = self.config.model_copy(update={"adapter": None})

    def freeze_base(self) -> None:
        """Let the adapters learn and the heads that are new, and nothing that came from the base.

        The CTC head always learns.
        """
        for part in self._base():
            freeze_but_adapters(part)

    def _base(self) -> list[nn.Module]:
        """What came from a base, and so learns through an adapter."""
        if self.attention is not None and self.config.attention.pretrained:
            return [self.encoder, self.attention]
        return [self.encoder]

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


def _inside(lengths_B: Tensor, size: int) -> Tensor:
    """True [B, size] where a frame is real, not padding."""
    return torch.arange(size, device=lengths_B.device)[None, :] < lengths_B[:, None]
