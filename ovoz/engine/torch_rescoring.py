"""The hybrid engine on torch: a training checkpoint, as it was trained."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ovoz.decoding.ctc_path import LogProbs
from ovoz.engine.rescoring import RescoringEngine
from ovoz.model.features import Features
from ovoz.model.network import SpeechNetwork


class TorchRescoringEngine(RescoringEngine[Tensor]):
    """Runs a hybrid network in fp32.

    Args:
        network: with both heads.
        more: see :class:`RescoringEngine`.

    Raises:
        ValueError: the network lacks a head.
    """

    def __init__(self, network: SpeechNetwork, *more: Any, **settings: Any) -> None:
        if network.attention is None or network.head is None:
            raise ValueError("attention_weight: only a hybrid network has a head that judges")
        self._network = network.eval()
        self._head = network.attention
        super().__init__(*more, **settings)

    @torch.inference_mode()
    def _hear(self, features: Features) -> tuple[LogProbs, Tensor]:
        lengths = torch.tensor([features.shape[1]])
        hidden, _ = self._network.encode(torch.from_numpy(features)[None], lengths)
        return self._network.ctc(hidden)[0].numpy(), hidden

    @torch.inference_mode()
    def _score(
        self, hidden: Tensor, tokens: npt.NDArray[np.int64], prompt: int
    ) -> npt.NDArray[np.float32]:
        return self._head.score(hidden, torch.from_numpy(tokens), prompt).numpy()
