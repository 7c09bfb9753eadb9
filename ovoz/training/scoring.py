"""Greedy figures on the development split while training."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import torch

from ovoz.corpus.manifest import Utterance
from ovoz.model.checkpoint import Checkpoint
from ovoz.text.language import Language
from ovoz.training.dataset import AudioCache, Batch, Example, collate, targets
from ovoz.training.objective import Objective


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
    """Scores a network on fixed utterances by its best path.

    The path is that of the CTC head where there is one, else the attention head's likeliest token
    after each other.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        start: Checkpoint,
        cache: AudioCache,
        batch_frames: int,
    ) -> None:
        self._start = start
        self._utterances = utterances
        self._examples = [
            Example(cache.clean_features(one), *targets(start, one.text)) for one in utterances
        ]
        self._batches = _by_length(self._examples, batch_frames)

    def __len__(self) -> int:
        return len(self._examples)

    def __call__(self, objective: Objective, device: torch.device) -> GreedyFigures:
        """Figures of the network of ``objective``; it is left in the mode it was in."""
        training = objective.training
        objective.eval()
        texts = [""] * len(self._examples)
        losses = []
        with torch.inference_mode():
            for rows in self._batches:
                batch = _on(device, collate([self._examples[row] for row in rows]))
                hidden, lengths = objective.network.encode(batch["features"], batch["lengths"])
                wanted = batch["labels"], batch["label_counts"], batch["tokens"]
                losses.append(objective.loss(hidden, lengths, *wanted).float().cpu())
                for row, text in zip(rows, self._read(hidden, lengths), strict=True):
                    texts[row] = text
        objective.train(training)
        return self._figures(texts, float(torch.stack(losses).mean()))

    def _read(self, hidden: torch.Tensor, lengths: torch.Tensor) -> list[str]:
        """What the network writes for each row of encoder frames [B, T, D]."""
        network, tokens = self._start.network, self._start.tokens
        if network.head is not None:
            paths = network.ctc(hidden).argmax(-1).cpu()
            collapse = self._start.tokenizer.collapse
            return [
                collapse(path[:length].tolist())
                for path, length in zip(paths, lengths.tolist(), strict=True)
            ]
        if network.attention is None or tokens is None:
            raise ValueError("a network without heads writes nothing")
        said = network.attention.read(hidden, lengths, tokens)
        return [tokens.decode(ids).strip() for ids in said]

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


def _on(device: torch.device, batch: Batch) -> Batch:
    return Batch(
        features=batch["features"].to(device),
        lengths=batch["lengths"].to(device),
        labels=batch["labels"].to(device),
        label_counts=batch["label_counts"].to(device),
        tokens=batch["tokens"].to(device),
    )


def _by_length(examples: Sequence[Example], batch_frames: int) -> list[list[int]]:
    """Row numbers in batches of similar length, at most ``batch_frames`` padded frames each."""
    batches: list[list[int]] = []
    for row in sorted(range(len(examples)), key=lambda row: examples[row].features.shape[1]):
        frames = examples[row].features.shape[1]
        if not batches or frames * (len(batches[-1]) + 1) > batch_frames:
            batches.append([])
        batches[-1].append(row)
    return batches
