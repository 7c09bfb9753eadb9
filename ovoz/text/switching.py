"""Languages of words where the script does not tell them: two languages in one alphabet.

A hidden Markov model, as in :mod:`ovoz.text.word_language`, for any two languages: a pack measures
how likely a word is in each, and the Viterbi path weighs that by how rarely speakers switch.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ovoz.text.language import Language

NEVER: Final = -1000.0
"""Log-likelihood of what cannot be."""


class WordScores(NamedTuple):
    """Log-likelihoods of a word in each state.

    Attributes:
        matrix: As a word of the matrix language.
        embedded: As a word of the embedded language.
        mixed: As a stem of the embedded language with suffixes of the matrix language.
        other: As a word of a third language, or a sign.
    """

    matrix: float
    embedded: float
    mixed: float = NEVER
    other: float = NEVER


class SwitchCosts(NamedTuple):
    """Log-probabilities of what speakers do between two words.

    ``into`` begins a run of the embedded language, ``back`` ends it, ``suffixed`` is one mixed word
    in the matrix language, ``embedded_first`` a text that begins in the embedded language.
    """

    into: float = -5.0
    back: float = -2.0
    suffixed: float = -4.0
    embedded_first: float = -3.0


class SwitchLabeller:
    """Labels the words of a text.

    Args:
        matrix: The matrix language.
        embedded: The other one.
        measure: Likelihoods of a word; should remember what it has measured.
        costs: What a switch costs.
    """

    def __init__(
        self,
        matrix: Language,
        embedded: Language,
        measure: Callable[[str], WordScores],
        costs: SwitchCosts | None = None,
    ) -> None:
        self._labels = (matrix, embedded, Language.MIXED, Language.OTHER)
        self._measure = measure
        costs = costs or SwitchCosts()
        into, back, suffixed = costs.into, costs.back, costs.suffixed
        # A word of a third language is as if nobody had spoken: what follows goes on as before.
        self._start = (0.0, costs.embedded_first, suffixed, 0.0)
        self._steps = (
            (0.0, into, suffixed, 0.0),
            (back, 0.0, back + suffixed, 0.0),
            (0.0, into, suffixed, 0.0),
            (0.0, 0.0, suffixed, 0.0),
        )

    def label(self, words: Sequence[str]) -> list[Language]:
        """Language of each word, from the word and its neighbours."""
        if not words:
            return []
        scores = [self._measure(word) for word in words]
        totals = [start + score for start, score in zip(self._start, scores[0], strict=True)]
        origins: list[list[int]] = []
        for score in scores[1:]:
            step, following = [], []
            for state, emitted in enumerate(score):
                arrived = [total + self._steps[at][state] for at, total in enumerate(totals)]
                best = max(arrived)
                step.append(arrived.index(best))
                following.append(best + emitted)
            origins.append(step)
            totals = following
        state = totals.index(max(totals))
        path = [state]
        for step in reversed(origins):
            state = step[state]
            path.append(state)
        return [self._labels[state] for state in reversed(path)]
