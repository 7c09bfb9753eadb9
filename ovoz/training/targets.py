"""What the heads of a network are to write for a transcript, and whether they can."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Self

from ovoz.model.checkpoint import Checkpoint
from ovoz.model.config import CONV_STRIDE, NetworkConfig
from ovoz.model.text_tokens import TextTokens
from ovoz.model.tokenizer import CharTokenizer


class Targets(NamedTuple):
    """CTC labels of a transcript, and its tokens from the prompt to the end.

    Empty where the network lacks the head.
    """

    labels: tuple[int, ...]
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TargetEncoder:
    """The tokenizers and the shape of a network, without its weights: processes pass it on."""

    config: NetworkConfig
    tokenizer: CharTokenizer
    tokens: TextTokens | None

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """That of a checkpoint."""
        return cls(checkpoint.network.config, checkpoint.tokenizer, checkpoint.tokens)

    def encode(self, text: str) -> Targets:
        """The targets of a transcript.

        Raises:
            TokenizerError: A character is outside the alphabet.
        """
        labels = self.tokenizer.encode(text)
        tokens = self.tokens
        ids = (*tokens.prompt, *tokens.encode(text), tokens.end) if tokens else ()
        return Targets(tuple(labels) if self.config.has_ctc else (), ids)

    def fits(self, targets: Targets, samples: int) -> bool:
        """Whether the heads can learn targets from a signal with that many samples.

        CTC needs an output frame per label and one between doubled labels; attention needs the
        tokens to fit into ``max_tokens``.
        """
        frames = self.config.features.count_frames(samples) // CONV_STRIDE
        doubled = sum(left == right for left, right in pairwise(targets.labels))
        return (
            len(targets.labels) + doubled <= frames
            and len(targets.tokens) <= self.config.attention.max_tokens
        )
