"""What readers need of a network, whichever library runs it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ovoz.decoding.ctc_path import LogProbs
from ovoz.model.features import Features

TokenScorer = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]
"""Log-probabilities [N], in nats, of texts as rows of tokens int64 [N, L].

Every row begins with the prompt; :data:`ovoz.engine.readers.rescoring.PADDING` stands behind it.
"""


class CtcRuntime(Protocol):
    """Runs an encoder with a CTC head."""

    def log_probs(
        self, features: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Run the network.

        Args:
            features: Float32 [B, n_mels, F], padded behind ``lengths``.
            lengths: Int64 [B], true frames of each row.

        Returns:
            Natural log-probabilities float32 [B, T, V] and the true rows of each, int64 [B].
        """
        ...


class HybridRuntime(Protocol):
    """Runs an encoder with a CTC head and an attention head."""

    def encode(self, features: Features) -> tuple[LogProbs, TokenScorer]:
        """Log-probabilities [T, V] of features [n_mels, F], and a scorer of texts for them.

        The scorer runs the attention head over the same encoder frames.
        """
        ...


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """What an attention head wrote: ``ids`` of N tokens, without prompt and end.

    ``path`` is a time warping of (token, encoder frame), both from 0 and never falling;
    ``probabilities`` are N, in [0, 1].
    """

    ids: Sequence[int]
    path: Sequence[tuple[int, int]] = ()
    probabilities: Sequence[float] = ()


class AttentionRuntime(Protocol):
    """Runs an encoder with an attention head."""

    def generate(self, features: Features, suppressed: Sequence[int]) -> TokenSequence:
        """The likeliest text of features [n_mels, F], without the tokens ``suppressed``."""
        ...
