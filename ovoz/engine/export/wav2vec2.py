"""A wav2vec2 CTC checkpoint of Hugging Face as a CTC network of ours, over the signal itself."""

import json
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from transformers import AutoFeatureExtractor, Wav2Vec2ForCTC

from ovoz.audio.signal import SAMPLE_RATE, Seconds
from ovoz.engine.export.onnx import export_signal_network
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.character_folding import fold_apostrophes

_SPACE: Final = "|"
_EXAMPLE: Final = SAMPLE_RATE


def export_wav2vec2(checkpoint: Path, path: Path) -> tuple[CharTokenizer, Seconds]:
    """Write the network to ``path``; returns its symbols, and the seconds of a frame.

    Tokens of more or less than a letter, such as that of an unknown word, are never written.

    Raises:
        ValueError: The folder holds no such checkpoint, its vocabulary has no separator of words
            or gives two classes one letter, or it expects another sample rate.
    """
    try:
        network = Wav2Vec2ForCTC.from_pretrained(checkpoint).eval()
        extractor = AutoFeatureExtractor.from_pretrained(checkpoint)
        vocabulary = json.loads((checkpoint / "vocab.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{checkpoint}: no readable wav2vec2 CTC checkpoint: {error}") from error
    if extractor.sampling_rate != SAMPLE_RATE:
        raise ValueError(f"{checkpoint}: expects {extractor.sampling_rate} Hz, not {SAMPLE_RATE}")
    symbols = _symbols(vocabulary, checkpoint)
    order = [network.config.pad_token_id, *symbols.values()]
    wrapped = _OnSignal(network, order, normalizes=bool(extractor.do_normalize))
    export_signal_network(wrapped, path, _EXAMPLE)
    return CharTokenizer(tuple(symbols)), network.config.inputs_to_logits_ratio / SAMPLE_RATE


def _symbols(vocabulary: dict[str, int], checkpoint: Path) -> dict[str, int]:
    """Classes of the network by our symbol; the space comes first."""
    if _SPACE not in vocabulary:
        raise ValueError(f"{checkpoint}: vocab.json has no separator of words, {_SPACE!r}")
    found = {" ": vocabulary[_SPACE]}
    for token, number in sorted(vocabulary.items(), key=lambda one: one[1]):
        letter = fold_apostrophes(token.lower())
        if token == _SPACE or len(letter) != 1:
            continue
        if letter in found:
            raise ValueError(f"{checkpoint}: two classes of vocab.json are the letter {letter!r}")
        found[letter] = number
    return found


class _OnSignal(nn.Module):
    """Signals [B, 1, T] with their lengths to log-probabilities in the order of our classes."""

    def __init__(self, network: Wav2Vec2ForCTC, order: list[int], *, normalizes: bool) -> None:
        super().__init__()
        self.network = network
        self.normalizes = normalizes
        self.order: Tensor
        self.register_buffer("order", torch.tensor(order))

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        signals = features[:, 0]
        if self.normalizes:
            signals = signals - signals.mean(dim=1, keepdim=True)
            signals = signals / torch.sqrt(signals.var(dim=1, unbiased=False, keepdim=True) + 1e-7)
        logits = self.network(signals).logits
        log_probs = torch.log_softmax(logits, dim=-1).index_select(2, self.order)
        rows = torch.div(lengths, self.network.config.inputs_to_logits_ratio, rounding_mode="floor")
        return log_probs, torch.clamp(rows, max=log_probs.shape[1])
