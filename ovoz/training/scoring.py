"""Greedy figures on the development split while training."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import torch
from torch.nn import functional

from ovoz.corpus.manifest import Utterance
from ovoz.model.network import CtcNetwork
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language
from ovoz.training.dataset import AudioCache, Example, collate


@dataclass(frozen=True, slots=True)
class GreedyFigures:
    """Fractions over all utterances; ``wer_of`` per language of the utterance."""

    loss: float
    cer: float
    wer: float
    wer_of: dict[Language, float]

    def as_metrics(self) -> dict[str, float]:
        """The figures under the names that a tracker shows."""
        per_language = {f"eval_wer_{language}": wer for language, wer in self.wer_of.items()}
        return {
            "eval_loss": self.loss,
            "eval_cer": self.cer,
            "eval_wer": self.wer,
            **per_language,
        }


class GreedyScorer:
    """Scores a network on fixed utterances by its best path."""

    def __init__(
        self,
        utterances: Sequence[Utterance],
        tokenizer: CharTokenizer,
        cache: AudioCache,
        batch_frames: int,
    ) -> None:
        self._tokenizer = tokenizer
        self._utterances = utterances
        self._examples = [
            Example(cache.clean_features(one), tuple(tokenizer.encode(one.text)))
            for one in utterances
        ]
        self._batches = _by_length(self._examples, batch_frames)

    def __len__(self) -> int:
        return len(self._examples)

    def __call__(self, network: CtcNetwork, device: torch.device) -> GreedyFigures:
        """Figures of ``network``; it is left in the mode it was in."""
        training = network.training
        network.eval()
        texts = [""] * len(self._examples)
        losses = []
        with torch.inference_mode():
            for rows in self._batches:
                batch = collate([self._examples[row] for row in rows])
                log_probs, lengths = network(
                    batch["features"].to(device), batch["lengths"].to(device)
                )
                log_probs, lengths = log_probs.float().cpu(), lengths.cpu()
                losses.append(ctc_loss(log_probs, lengths, batch["labels"], batch["label_counts"]))
                for row, path, length in zip(rows, log_probs.argmax(-1), lengths, strict=True):
                    texts[row] = self._tokenizer.collapse(path[:length].tolist())
        network.train(training)
        return self._figures(texts, float(torch.stack(losses).mean()))

    def _figures(self, texts: Sequence[str], loss: float) -> GreedyFigures:
        references = [utterance.text for utterance in self._utterances]
        by_language: dict[Language, list[int]] = defaultdict(list)
        for row, utterance in enumerate(self._utterances):
            by_language[utterance.languages].append(row)
        wer_of = {
            language: jiwer.wer([references[i] for i in rows], [texts[i] for i in rows])
            for language, rows in sorted(by_language.items())
        }
        cer, wer = jiwer.cer(references, list(texts)), jiwer.wer(references, list(texts))
        return GreedyFigures(loss, float(cer), float(wer), wer_of)


def ctc_loss(
    log_probs: torch.Tensor, lengths: torch.Tensor, labels: torch.Tensor, counts: torch.Tensor
) -> torch.Tensor:
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


def _by_length(examples: Sequence[Example], batch_frames: int) -> list[list[int]]:
    """Row numbers in batches of similar length, at most ``batch_frames`` padded frames each."""
    batches: list[list[int]] = []
    for row in sorted(range(len(examples)), key=lambda row: examples[row].features.shape[1]):
        frames = examples[row].features.shape[1]
        if not batches or frames * (len(batches[-1]) + 1) > batch_frames:
            batches.append([])
        batches[-1].append(row)
    return batches
