"""What training makes smaller."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ovoz.model.attention import attention_loss
from ovoz.model.network import SpeechNetwork


class Objective(nn.Module):
    """The network together with its loss, as transformers' Trainer wants a model.

    Args:
        network: What is trained.
        prompt: Tokens in front of every transcript, which are given.
        ctc_weight: Share of CTC in the loss of a network with both heads.
    """

    def __init__(self, network: SpeechNetwork, prompt: int, ctc_weight: float) -> None:
        super().__init__()
        self.network = network
        self._prompt = prompt
        self._ctc_weight = ctc_weight

    def forward(
        self,
        features: Tensor,
        lengths: Tensor,
        labels: Tensor,
        label_counts: Tensor,
        tokens: Tensor,
    ) -> dict[str, Tensor]:
        """Loss of a :class:`~ovoz.training.dataset.Batch`, in float32 under any autocast.

        With both heads ``ctc_weight`` times the one and the rest of the other ("Joint
        CTC-attention based end-to-end speech recognition using multi-task learning", Kim, Hori
        and Watanabe, 2017).
        """
        hidden, out_lengths = self.network.encode(features, lengths)
        return {"loss": self.loss(hidden, out_lengths, labels, label_counts, tokens)}

    def loss(
        self,
        hidden: Tensor,
        out_lengths: Tensor,
        labels: Tensor,
        label_counts: Tensor,
        tokens: Tensor,
    ) -> Tensor:
        """The same of encoder frames [B, T, D] of which ``out_lengths`` [B] are true."""
        head, attention = self.network.head, self.network.attention
        losses = []
        if head is not None:
            loss = ctc_loss(self.network.ctc(hidden), out_lengths, labels, label_counts)
            losses.append(loss if attention is None else self._ctc_weight * loss)
        if attention is not None:
            # Padding is no token; what stands in its place is behind the end and never scored.
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
