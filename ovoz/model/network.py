"""Whisper's encoder for any length of audio, with a CTC head, an attention head, or both.

Shape suffixes: B batch, M mel bands, F feature frames, T output frames (half of F), D model width,
V classes. ``lengths`` [B] count the true feature frames of each row; the padding behind them never
changes a result.
"""

from itertools import zip_longest

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from ovoz.model.adapters import (
    freeze_except_adapters,
    inject_lora,
    make_bottlenecks,
    merge_lora,
)
from ovoz.model.attention import AttentionHead, padding_mask
from ovoz.model.config import CONV_STRIDE, AdapterConfig, LoraConfig, NetworkConfig
from ovoz.model.whisper import to_whisper_config


class SpeechNetwork(nn.Module):
    """Whisper's encoder with its heads.

    ``head`` is a linear CTC layer over characters and ``attention`` is Whisper's decoder; a head
    that the configuration does not name is None.

    ``encoder`` is transformers' module, so its weights have the names of a Hugging Face Whisper
    checkpoint (``encoder.layers.0.self_attn.q_proj.weight`` …). Only the forward pass differs:
    Whisper's requires 30 s, this one takes any length. With ``checkpoint_layers`` set, training
    recomputes the activations of a layer instead of keeping them.

    Args:
        config: Shape of the network.
        classes: Number of CTC classes, blank included.

    Raises:
        ValueError: The network has an attention head, and the size of its vocabulary is not set.
    """

    def __init__(self, config: NetworkConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.classes = classes
        self.encoder = WhisperEncoder(to_whisper_config(config))
        self.head = nn.Linear(config.d_model, classes) if config.has_ctc else None
        self.attention = AttentionHead(to_whisper_config(config)) if config.has_attention else None
        self.adapters = nn.ModuleList()
        self.checkpoint_layers = False
        if config.adapter is not None:
            self.add_adapter(config.adapter)

    def forward(self, features_BMF: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """Encode and return the log-probabilities of the CTC classes.

        Args:
            features_BMF: float32 [B, n_mels, F] log-mel features, padded behind ``lengths_B``.
            lengths_B: int64 [B] true frames of each row, in [1, F].

        Returns:
            float32 [B, T, V] natural-log probabilities and int64 [B] true output frames.

        Raises:
            ValueError: The network has no CTC head.
        """
        hidden_BTD, out_lengths_B = self.encode(features_BMF, lengths_B)
        return self.ctc_log_probs(hidden_BTD), out_lengths_B

    def encode(self, features_BMF: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder frames float32 [B, T, D] and the number of true ones per row, int64 [B]."""
        hidden_BTD, out_lengths_B = self.encode_lower(features_BMF, lengths_B, 0)
        return self.encode_upper(hidden_BTD, out_lengths_B, 0), out_lengths_B

    def encode_lower(
        self, features_BMF: Tensor, lengths_B: Tensor, layers: int
    ) -> tuple[Tensor, Tensor]:
        """Frames [B, T, D] behind convolutions, positions and the ``layers`` lowest layers.

        The second result is the number of true frames per row, int64 [B].
        """
        out_lengths_B = (lengths_B + CONV_STRIDE - 1) // CONV_STRIDE
        # Zeros behind the true frames: what the convolutions pad a single signal with.
        frames = torch.arange(features_BMF.shape[-1], device=lengths_B.device)
        inside_B1F = (frames[None, :] < lengths_B[:, None])[:, None, :]
        x = functional.gelu(self.encoder.conv1(features_BMF * inside_B1F)) * inside_B1F
        x = functional.gelu(self.encoder.conv2(x)).permute(0, 2, 1)
        x = x + self.encoder.embed_positions.weight[: x.shape[1]]
        return self._run_layers(x, out_lengths_B, 0, layers), out_lengths_B

    def encode_upper(self, hidden_BTD: Tensor, out_lengths_B: Tensor, layers: int) -> Tensor:
        """Encoder frames [B, T, D] from those that :meth:`encode_lower` gave for ``layers``."""
        x = self._run_layers(hidden_BTD, out_lengths_B, layers, self.config.layers)
        hidden: Tensor = self.encoder.layer_norm(x)
        return hidden

    def ctc_log_probs(self, hidden_BTD: Tensor) -> Tensor:
        """Natural-log probabilities float32 [B, T, V] of the CTC classes.

        Raises:
            ValueError: The network has no CTC head.
        """
        if self.head is None:
            raise ValueError("the network has no CTC head: it was built with head: attention")
        logits_BTV = self.head(hidden_BTD)
        return functional.log_softmax(logits_BTV.float(), dim=-1)

    def add_adapter(self, adapter: AdapterConfig) -> None:
        """Add an adapter; results stay the same until it is trained.

        Raises:
            ValueError: The encoder has no module with the name of a target.
        """
        self.config = self.config.model_copy(update={"adapter": adapter})
        if isinstance(adapter, LoraConfig):
            for part in self._base_parts():
                inject_lora(part, adapter)
        else:
            self.adapters = make_bottlenecks(adapter, self.config.d_model, self.config.layers)

    def merge_lora(self) -> None:
        """Merge low-rank updates into the weights; bottlenecks are not linear and stay."""
        if isinstance(self.config.adapter, LoraConfig):
            for part in self._base_parts():
                merge_lora(part)
            self.config = self.config.model_copy(update={"adapter": None})

    def set_dropout(self, share: float) -> None:
        """Let training leave out this share, in [0, 1), of what each block adds to the frames."""
        layers = [*self.encoder.layers]
        if self.attention is not None:
            layers += self.attention.decoder.layers
        for layer in layers:
            layer.dropout = share

    def freeze_base(self) -> None:
        """Freeze all weights of the base; adapters, new heads and the CTC head stay trainable."""
        for part in self._base_parts():
            freeze_except_adapters(part)

    def freeze_lower(self, layers: int) -> None:
        """Freeze the convolutions and the ``layers`` lowest encoder layers with their adapters.

        Raises:
            ValueError: The encoder has fewer layers.
        """
        for part in self.lower_parts(layers):
            part.requires_grad_(False)

    def lower_parts(self, layers: int) -> list[nn.Module]:
        """The modules that :meth:`encode_lower` runs.

        Raises:
            ValueError: The encoder has fewer layers.
        """
        if layers > self.config.layers:
            raise ValueError(
                f"{layers} layers are to be frozen; the encoder has {self.config.layers}"
            )
        below = (self.encoder.conv1, self.encoder.conv2, self.encoder.embed_positions)
        return [*below, *self.encoder.layers[:layers], *self.adapters[:layers]]

    def _base_parts(self) -> list[nn.Module]:
        """Modules that came from the base model and are adapted."""
        if self.attention is not None and self.config.attention.pretrained:
            return [self.encoder, self.attention]
        return [self.encoder]

    def _run_layer(self, layer: nn.Module, x: Tensor, mask: Tensor) -> Tensor:
        recompute = self.checkpoint_layers and self.training
        output: Tensor = (
            checkpoint(layer, x, mask, use_reentrant=False) if recompute else layer(x, mask)
        )
        return output

    def _run_layers(self, x: Tensor, out_lengths_B: Tensor, first: int, end: int) -> Tensor:
        """Frames [B, T, D] behind the layers from ``first`` to the one before ``end``."""
        mask = padding_mask(out_lengths_B, x)
        for layer, adapter in zip_longest(
            list(self.encoder.layers)[first:end], list(self.adapters)[first:end]
        ):
            x = self._run_layer(layer, x, mask)
            x = adapter(x) if adapter is not None else x
        return x
