"""Scores the network on the development split during training, by greedy decoding."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import torch

from ovoz.corpus.manifest import Utterance
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.features import Features
from ovoz.text.language import Language
from ovoz.training.batches import batch_by_length
from ovoz.training.dataset import Batch, TrainingExample, collate
from ovoz.training.objective import Objective
from ovoz.training.targets import TargetEncoder


@dataclass(frozen=True, slots=True)
class DevFigures:
    """Loss and error rates (fractions) over all utterances.

    ``language_wers`` has the word error rate per utterance language.
    """

    loss: float
    cer: float
    wer: float
    language_wers: dict[Language, float]

    def as_metrics(self) -> dict[str, float]:
        """The figures by the names that trackers show."""
        per_language = {f"eval_wer_{language}": wer for language, wer in self.language_wers.items()}
        return {
            "eval_loss": self.loss,
            "eval_cer": self.cer,
            "eval_wer": self.wer,
            **per_language,
        }


class DevScorer:
    """Scores a network on fixed utterances.

    The CTC head is decoded by its best path. Networks without one generate the likeliest token at
    each step.

    Args:
        utterances: What is scored.
        checkpoint: Shape and tokenizers of the network.
        inputs: The network's input [C, F] for each utterance, as in training.
        batch_frames: Largest batch in columns of the inputs, padding included.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        checkpoint: Checkpoint,
        inputs: Sequence[Features],
        batch_frames: int,
    ) -> None:
        self._checkpoint = checkpoint
        self._utterances = utterances
        self._inputs = inputs
        encoder = TargetEncoder.of(checkpoint)
        self._targets = [encoder.encode(row.text) for row in utterances]
        self._batches = batch_by_length([one.shape[1] for one in inputs], batch_frames)

    def __len__(self) -> int:
        return len(self._utterances)

    def __call__(self, objective: Objective, device: torch.device) -> DevFigures:
        """Figures of the network in ``objective``, whose training mode is restored."""
        training = objective.training
        objective.eval()
        texts = [""] * len(self)
        losses = []
        with torch.inference_mode():
            for rows in self._batches:
                examples = [TrainingExample(self._inputs[r], *self._targets[r]) for r in rows]
                batch = _move_to(device, collate(examples))
                hidden, lengths = objective.encode(batch["features"], batch["lengths"])
                targets = batch["labels"], batch["label_counts"], batch["tokens"]
                losses.append(objective.compute_loss(hidden, lengths, *targets).float().cpu())
                for row, text in zip(rows, self._decode(hidden, lengths), strict=True):
                    texts[row] = text
        objective.train(training)
        return self._compute_figures(texts, float(torch.stack(losses).mean()))

    def _decode(self, hidden: torch.Tensor, lengths: torch.Tensor) -> list[str]:
        """Text of each row of encoder frames [B, T, D]."""
        network, tokens = self._checkpoint.network, self._checkpoint.tokens
        if network.head is not None:
            paths = network.ctc_log_probs(hidden).argmax(-1).cpu()
            collapse = self._checkpoint.tokenizer.collapse
            return [
                collapse(path[:length].tolist())
                for path, length in zip(paths, lengths.tolist(), strict=True)
            ]
        if network.attention is None or tokens is None:
            raise ValueError("a network without heads cannot write text")
        generated = network.attention.generate(hidden, lengths, tokens)
        return [tokens.decode(ids).strip() for ids in generated]

    def _compute_figures(self, texts: Sequence[str], loss: float) -> DevFigures:
        references = [utterance.text for utterance in self._utterances]
        by_language: dict[Language, list[int]] = defaultdict(list)
        for row, utterance in enumerate(self._utterances):
            by_language[utterance.languages].append(row)
        language_wers = {
            language: jiwer.wer([references[i] for i in rows], [texts[i] for i in rows])
            for language, rows in sorted(by_language.items())
        }
        cer, wer = jiwer.cer(references, list(texts)), jiwer.wer(references, list(texts))
        return DevFigures(loss, float(cer), float(wer), language_wers)


def _move_to(device: torch.device, batch: Batch) -> Batch:
    return Batch(
        features=batch["features"].to(device),
        lengths=batch["lengths"].to(device),
        labels=batch["labels"].to(device),
        label_counts=batch["label_counts"].to(device),
        tokens=batch["tokens"].to(device),
    )
