"""Decoder weights fitted to the dev split, on log-probabilities that are computed once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ovoz.corpus.dataset import Dataset, choose_spread
from ovoz.corpus.manifest import Split, Utterance
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.factory import build_decoder
from ovoz.evaluation.metrics.pair import Pair
from ovoz.evaluation.metrics.scores import score
from ovoz.progress import ProgressBar

_SEARCHES_WORDS: Final = {DecoderKind.LEXICON, DecoderKind.OPEN, DecoderKind.COMBINED}
_SEARCHES_CHARACTERS: Final = {DecoderKind.CHARACTERS, DecoderKind.COMBINED}
_READ_BY: Final = {
    "language_model_weight": _SEARCHES_WORDS,
    "word_score": _SEARCHES_WORDS,
    "character_weight": _SEARCHES_CHARACTERS,
    "spell_below": {DecoderKind.OPEN},
    "lexicon_margin": {DecoderKind.COMBINED},
}
"""Each weight that can be tuned, with the decoders that read it."""

_ROUNDS: Final = 2


class DecoderTuningConfig(BaseModel):
    """Values that are tried for each weight of :class:`DecoderConfig` that the decoder reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    utterances: int = Field(default=150, ge=1)
    """Most utterances of dev that are decoded."""
    language_model_weight: tuple[float, ...] = (0.4, 0.8, 1.2, 1.6)
    word_score: tuple[float, ...] = (-1.5, -0.5, 0.5, 1.5)
    character_weight: tuple[float, ...] = (0.8, 1.3, 1.8, 2.3)
    spell_below: tuple[float, ...] = (0.05, 0.1, 0.2)
    lexicon_margin: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3)

    def candidates(self, decoder: DecoderConfig) -> Iterator[tuple[str, float]]:
        """Every weight that ``decoder`` reads with every value that is tried."""
        for weight, kinds in _READ_BY.items():
            if decoder.kind in kinds:
                yield from ((weight, value) for value in getattr(self, weight))


class ErrorRates(NamedTuple):
    """Errors per reference word and per reference character; fractions."""

    wer: float
    cer: float

    def __str__(self) -> str:
        return f"WER {self.wer:.2%}, CER {self.cer:.2%}"


def choose_for_tuning(dataset: Dataset, config: DecoderTuningConfig) -> list[Utterance]:
    """Utterances of dev that are decoded, spread over those whose sentences training does not have.

    The language models are made of the training transcripts. On sentences that are among them the
    best weights are those that trust the models most, which is wrong for any other sentence.

    Returns:
        At most ``config.utterances``; none where training has the sentences of most of dev.
    """
    known = set(dataset.texts(Split.TRAIN))
    dev = dataset.rows(Split.DEV)
    unseen = [row for row in dev if row.text not in known]
    return choose_spread(unseen, config.utterances) if 2 * len(unseen) > len(dev) else []


@dataclass(frozen=True, slots=True)
class TunedDecoder:
    """A decoder and its errors on dev, before tuning and after it."""

    decoder: DecoderConfig
    before: ErrorRates
    after: ErrorRates

    def __str__(self) -> str:
        read = [name for name, kinds in _READ_BY.items() if self.decoder.kind in kinds]
        weights = ", ".join(f"{name} {getattr(self.decoder, name):g}" for name in read)
        return f"{weights}; on dev {self.before} before, {self.after} after"


def tune_decoder(
    decoder: DecoderConfig,
    config: DecoderTuningConfig,
    utterances: Sequence[tuple[str, LogProbs]],
    symbols: Sequence[str],
    lexicon: Sequence[str],
    progress: ProgressBar,
) -> TunedDecoder:
    """The weights with the lowest word error rate, one weight after the other, in two rounds.

    Args:
        decoder: Where the search begins; its kind is kept.
        config: The values to try.
        utterances: Canonical references with the log-probabilities [T, C] of their audio.
        symbols: The classes 1, 2, ….
        lexicon: Words of the lexicon search.
        progress: Called with the number of decoders tried so far, and of all.

    Returns:
        The given decoder where no weight is better; equal word error is decided by characters.
    """
    candidates = list(config.candidates(decoder))
    tried = count(1)

    def rates(candidate: DecoderConfig) -> ErrorRates:
        search = build_decoder(candidate, symbols, lexicon)
        pairs = [
            Pair(text, " ".join(word.text for word in search.decode(log_probs)))
            for text, log_probs in utterances
        ]
        figures = score(pairs).figures()
        progress(next(tried), 1 + _ROUNDS * len(candidates))
        return ErrorRates(figures["wer"], figures["cer"])

    before = after = rates(decoder)
    for _ in range(_ROUNDS):
        for weight, value in candidates:
            candidate = decoder.model_copy(update={weight: value})
            if candidate != decoder and (errors := rates(candidate)) < after:
                decoder, after = candidate, errors
    return TunedDecoder(decoder, before, after)
