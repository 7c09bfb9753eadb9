"""Estimation of n-gram language models with interpolated modified Kneser-Ney smoothing.

Chen & Goodman, "An empirical study of smoothing techniques for language modeling", technical report
TR-10-98, Harvard 1998, section 3; the sentence start keeps its raw counts as in Heafield et al.,
"Scalable modified Kneser-Ney language model estimation", ACL 2013. KenLM's estimator (``lmplz``)
does the same, but it is a C++ program that its Python package does not contain.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

BEGIN: Final = "<s>"
END: Final = "</s>"
UNKNOWN: Final = "<unk>"
_RESERVED: Final = frozenset({BEGIN, END, UNKNOWN})

Gram = tuple[str, ...]
Discounts = tuple[float, float, float]
"""Subtracted from counts of one, of two, and of three and more."""

_FALLBACK: Final[Discounts] = (0.5, 1.0, 1.5)
"""For texts too small for Chen and Goodman's estimate; the same as KenLM's fallback."""


@dataclass(frozen=True, slots=True)
class NgramModel:
    """A back-off model.

    Attributes:
        probabilities: For each order 1, 2, …: P(last token | the tokens before it), in [0, 1].
        backoffs: Weight in (0, 1] of the shorter context where a continuation was never seen.
    """

    probabilities: tuple[dict[Gram, float], ...]
    backoffs: dict[Gram, float]

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return len(self.probabilities)

    def probability(self, token: str, context: Sequence[str] = ()) -> float:
        """P(``token`` | ``context``); tokens outside the vocabulary count as ``<unk>``."""
        known = self.probabilities[0]
        gram = tuple(word if (word,) in known else UNKNOWN for word in (*context, token))
        gram = gram[-self.order :]
        weight = 1.0
        while gram not in self.probabilities[len(gram) - 1]:
            weight *= self.backoffs.get(gram[:-1], 1.0)
            gram = gram[1:]
        return weight * self.probabilities[len(gram) - 1][gram]


def estimate_model(sentences: Iterable[Sequence[str]], order: int) -> NgramModel:
    """Estimate a model with n-grams of up to ``order`` tokens from tokenized ``sentences``.

    Raises:
        ValueError: There are no sentences, the order is under 1, or a token is empty, holds white
            space or is one of ``<s>``, ``</s>``, ``<unk>``.
    """
    if order < 1:
        raise ValueError(f"an n-gram model of order {order}: expected 1 or more")
    counts = _count_ngrams(sentences, order)
    if not counts[0]:
        raise ValueError("a language model needs at least one sentence")
    adjusted = [*map(_count_continuations, counts[1:], counts), counts[-1]]
    adjusted[0].pop((BEGIN,), None)  # a sentence start is never predicted
    vocabulary = {*adjusted[0], (UNKNOWN,)}
    lower = dict.fromkeys(vocabulary, 1 / len(vocabulary))
    probabilities: list[dict[Gram, float]] = []
    backoffs: dict[Gram, float] = {}
    for table in adjusted:
        seen, left = _interpolate(table, lower)
        if not probabilities:
            uniform = left.pop(())
            lower = {gram: uniform * share for gram, share in lower.items()}
            seen = {**lower, **seen, (BEGIN,): 0.0}
        probabilities.append(seen)
        backoffs.update(left)
        lower = seen
    return NgramModel(tuple(probabilities), backoffs)


def _count_ngrams(sentences: Iterable[Sequence[str]], order: int) -> list[Counter[Gram]]:
    """Count the n-grams of each order, sentence boundaries included."""
    counts: list[Counter[Gram]] = [Counter() for _ in range(order)]
    for sentence in sentences:
        for token in sentence:
            _check_token(token)
        tokens = (BEGIN, *sentence, END)
        for length, table in enumerate(counts, start=1):
            table.update(zip(*(tokens[start:] for start in range(length)), strict=False))
    return counts


def _check_token(token: str) -> None:
    if token in _RESERVED or token.split() != [token]:
        raise ValueError(f"{token!r} cannot be a token: it is reserved, empty or holds white space")


def _count_continuations(longer: Counter[Gram], counts: Counter[Gram]) -> Counter[Gram]:
    """Count the different contexts of each n-gram; raw counts for those that start a sentence."""
    table = Counter(gram[1:] for gram in longer)
    table.update({gram: count for gram, count in counts.items() if gram[0] == BEGIN})
    return table


def _estimate_discounts(table: Counter[Gram]) -> Discounts:
    """Discounts by Chen and Goodman's equation 17, from how many n-grams occur 1 to 4 times."""
    of = Counter(table.values())
    if not all(of[count] for count in (1, 2, 3, 4)):
        return _FALLBACK
    share = of[1] / (of[1] + 2 * of[2])
    found = [n - (n + 1) * share * of[n + 1] / of[n] for n in (1, 2, 3)]
    # A discount must leave a positive count and must not add to it.
    if any(not 0 < discount < n for n, discount in enumerate(found, start=1)):
        return _FALLBACK
    return found[0], found[1], found[2]


def _interpolate(
    table: Counter[Gram], lower: dict[Gram, float]
) -> tuple[dict[Gram, float], dict[Gram, float]]:
    """Probabilities of the n-grams in ``table``, and the mass left over in each context."""
    discounts = _estimate_discounts(table)
    totals: defaultdict[Gram, int] = defaultdict(int)
    taken: defaultdict[Gram, float] = defaultdict(float)
    for gram, count in table.items():
        totals[gram[:-1]] += count
        taken[gram[:-1]] += min(count, discounts[min(count, 3) - 1])
    left = {context: taken[context] / totals[context] for context in totals}
    seen = {}
    for gram, count in table.items():
        context = gram[:-1]
        kept = max(0.0, count - discounts[min(count, 3) - 1]) / totals[context]
        seen[gram] = kept + left[context] * lower[gram[1:] if context else gram]
    return seen, left
