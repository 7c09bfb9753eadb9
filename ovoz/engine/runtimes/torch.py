"""Trained networks on torch, in fp32, before anything is exported."""

from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ovoz.decoding.ctc_path import LogProbs
from ovoz.engine.runtimes import TokenScorer
from ovoz.model.features import Features
from ovoz.model.network import SpeechNetwork


class TorchCtc:
    """Runs the encoder and the CTC head of a network."""

    def __init__(self, network: SpeechNetwork) -> None:
        self._network = network.eval()

    @torch.inference_mode()
    def log_probs(
        self, features: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """As :meth:`ovoz.engine.runtimes.CtcRuntime.log_probs`."""
        log_probs, out_lengths = self._network(
            torch.from_numpy(features), torch.from_numpy(lengths)
        )
        return log_probs.float().numpy(), out_lengths.numpy()


class TorchHybrid:
    """Runs both heads of a network.

    Args:
        network: With both heads.
        prompt: Number of tokens that every text begins with, which are not scored.

    Raises:
        ValueError: The network lacks a head.
    """

    def __init__(self, network: SpeechNetwork, prompt: int) -> None:
        if network.attention is None or network.head is None:
            raise ValueError("attention_weight: only a hybrid network has a head that judges")
        self._network = network.eval()
        self._head = network.attention
        self._prompt = prompt

    @torch.inference_mode()
    def encode(self, features: Features) -> tuple[LogProbs, TokenScorer]:
        """As :meth:`ovoz.engine.runtimes.HybridRuntime.encode`."""
        lengths = torch.tensor([features.shape[1]])
        hidden, _ = self._network.encode(torch.from_numpy(features)[None], lengths)
        return self._network.ctc_log_probs(hidden)[0].numpy(), partial(self._score, hidden)

    @torch.inference_mode()
    def _score(self, hidden: Tensor, tokens: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        return self._head.score(hidden, torch.from_numpy(tokens), self._prompt).numpy()
