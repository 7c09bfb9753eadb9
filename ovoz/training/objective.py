"""Training objective: CTC loss, attention cross entropy, or both weighted."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ovoz.model.attention import attention_loss
from ovoz.model.network import SpeechNetwork


class Objective(nn.Module):
    """The network with its loss, in the form that transformers' Trainer expects.

    Args:
        network: The network in training.
        prompt: Number of prompt tokens, which are given and not scored.
        ctc_weight: Share of CTC in the loss of a network with both heads.
        frozen_layers: Encoder layers whose outputs come in the place of features; 0 for none.
    """

    def __init__(
        self, network: SpeechNetwork, prompt: int, ctc_weight: float, frozen_layers: int = 0
    ) -> None:
        super().__init__()
        self.network = network
        self._prompt = prompt
        self._ctc_weight = ctc_weight
        self._frozen_layers = frozen_layers

    def forward(
        self,
        features: Tensor,
        lengths: Tensor,
        labels: Tensor,
        label_counts: Tensor,
        tokens: Tensor,
    ) -> dict[str, Tensor]:
        """Loss of a :class:`~ovoz.training.dataset.Batch`, in float32 under any autocast.

        With both heads it is ``ctc_weight`` times the CTC loss plus the rest times the attention
        loss ("Joint CTC-attention based end-to-end speech recognition using multi-task learning",
        Kim, Hori and Watanabe, 2017).
        """
        hidden, out_lengths = self.encode(features, lengths)
        return {"loss": self.compute_loss(hidden, out_lengths, labels, label_counts, tokens)}

    def encode(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder frames [B, T, D] and the true ones per row, from a batch's features [B, C, F]."""
        if not self._frozen_layers:
            return self.network.encode(features, lengths)
        hidden = self.network.encode_upper(features.mT, lengths, self._frozen_layers)
        return hidden, lengths

    def compute_loss(
        self,
        hidden: Tensor,
        out_lengths: Tensor,
        labels: Tensor,
        label_counts: Tensor,
        tokens: Tensor,
    ) -> Tensor:
        """Loss from encoder frames [B, T, D], of which ``out_lengths`` [B] are not padding."""
        head, attention = self.network.head, self.network.attention
        losses = []
        if head is not None:
            loss = ctc_loss(self.network.ctc_log_probs(hidden), out_lengths, labels, label_counts)
            losses.append(loss if attention is None else self._ctc_weight * loss)
        if attention is not None:
            # Padding is not a token id; any id will do behind the end, where nothing is scored.
            given = tokens[:, :-1].clamp(min=0)
            loss = attention_loss(attention(hidden, out_lengths, given), tokens, self._prompt)
            losses.append(loss if head is None else (1 - self._ctc_weight) * loss)
        return torch.stack(losses).sum()


def ctc_loss(log_probs: Tensor, lengths: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    """CTC loss in nats per label, averaged over the batch (Graves et al., 2006).

    Args:
        log_probs: float32 [B, T, V].
        lengths: int64 [B] true output frames.
        labels: int64 [B, N], padded behind ``counts``.
        counts: int64 [B] labels of each row.
    """
    losses = functional.ctc_loss(
        log_probs.transpose(0, 1), labels, lengths, counts, reduction="sum", zero_infinity=True
    )
    return losses / counts.sum().clamp(min=1)
