"""Hypotheses of a search, and the protocols of the decoders that find them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from ovoz.decoding.ctc_path import LogProbs


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A word on the frames [``start_frame``, ``end_frame``) of the network's output.

    ``confidence`` in [0, 1] is the geometric mean, over the word's letters, of the highest
    posterior that the letter reaches on its frames: the certainty per letter, whatever the length
    of the word. It is low for a word that the lexicon forced against the sound.

    ``script_confidence`` in [0, 1] is the mean, over the same frames, of the share of the letter
    mass that lies in the scripts of this word: 1 where the network saw no letter of another
    script, however unsure it was of the spelling.
    """

    text: str
    start_frame: int
    end_frame: int
    confidence: float
    script_confidence: float

    def shift(self, frames: int) -> "DecodedWord":
        """The word ``frames`` later."""
        return replace(
            self, start_frame=self.start_frame + frames, end_frame=self.end_frame + frames
        )


@dataclass(frozen=True, slots=True)
class DecodedHypothesis:
    """A hypothesis of a search: its words, and what they score.

    Attributes:
        words: In order of time.
        acoustic: Sum of the log-probabilities on the path, in nats.
        bonus: What hot words add to the score, in nats.
        score: Everything the search weighs: sound, language model, words and hot words.
    """

    words: tuple[DecodedWord, ...] = ()
    acoustic: float = float("-inf")
    bonus: float = 0.0
    score: float = float("-inf")

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)

    def append(self, following: "DecodedHypothesis", offset: int) -> "DecodedHypothesis":
        """This hypothesis and one that follows it ``offset`` frames from the start."""
        return DecodedHypothesis(
            (*self.words, *(word.shift(offset) for word in following.words)),
            self.acoustic + following.acoustic,
            self.bonus + following.bonus,
            self.score + following.score,
        )


class Decoder(Protocol):
    """Turns the log-probabilities [T, V] of one utterance into words."""

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words in order of time, on frames that do not overlap.

        Raises:
            ValueError: The array has another shape or holds NaN.
        """
        ...


class NBestDecoder(Decoder, Protocol):
    """A decoder that also returns the runners-up."""

    def decode_n_best(self, log_probs: LogProbs, limit: int) -> list[DecodedHypothesis]:
        """At most ``limit`` hypotheses for ``log_probs`` [T, V], the best first, each text once.

        There is at least one, and the first holds the words of :meth:`decode`.
        """
        ...


@runtime_checkable
class HotWordDecoder(Protocol):
    """A decoder that can prefer some words for one request."""

    def boost(self, hot_words: Sequence[str]) -> Decoder:
        """A copy that prefers ``hot_words``; the decoder itself where there are none.

        Raises:
            HotWordsError: A word is not usable.
        """
        ...


def keep_distinct(hypotheses: Iterable[DecodedHypothesis], limit: int) -> list[DecodedHypothesis]:
    """The first ``limit`` hypotheses with different texts; of equal texts, the first."""
    found: dict[str, DecodedHypothesis] = {}
    for hypothesis in hypotheses:
        found.setdefault(hypothesis.text, hypothesis)
        if len(found) == limit:
            break
    return list(found.values())
