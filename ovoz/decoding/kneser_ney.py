"""N-gram language models by interpolated modified Kneser-Ney smoothing.

Chen & Goodman, "An empirical study of smoothing techniques for language modeling", technical report
TR-10-98, Harvard 1998, section 3; the sentence start keeps its raw counts as in Heafield et al.,
"Scalable modified Kneser-Ney language model estimation", ACL 2013. KenLM's own estimator does the
same, but its Python package has none.
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
"""Taken off counts of one, of two, and of three and more."""

_FALLBACK: Final[Discounts] = (0.5, 1.0, 1.5)
"""Where a text is too small for Chen and Goodman's estimate; as KenLM's own fallback."""


@dataclass(frozen=True, slots=True)
class NgramModel:
    """A back-off model.

    Attributes:
        probabilities: of each order 1, 2, …: P(last token | the tokens before it), in [0, 1].
        backoffs: weight in (0, 1] of the shorter context where a continuation was never seen.
    """

    probabilities: tuple[dict[Gram, float], ...]
    backoffs: dict[Gram, float]

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return len(self.probabilities)

    def probability(self, token: str, context: Sequence[str] = ()) -> float:
        """P(``token`` | ``context``); what the vocabulary lacks counts as ``<unk>``."""
        known = self.probabilities[0]
        gram = tuple(each if (each,) in known else UNKNOWN for each in (*context, token))
        gram = gram[-self.order :]
        weight = 1.0
        while gram not in self.probabilities[len(gram) - 1]:
            weight *= self.backoffs.get(gram[:-1], 1.0)
            gram = gram[1:]
        return weight * self.probabilities[len(gram) - 1][gram]


def estimate(sentences: Iterable[Sequence[str]], order: int) -> NgramModel:
    """The model of ``order`` tokens that ``sentences`` (token by token) support.

    Raises:
        ValueError: no sentences, an order under 1, or a token that is empty, holds white space or
            is one of ``<s>``, ``</s>``, ``<unk>``.
    """
    if order < 1:
        raise ValueError(f"an n-gram model of order {order}: expected 1 or more")
    counts = _counts(sentences, order)
    if not counts[0]:
        raise ValueError("a language model needs at least one sentence")
    adjusted = [*map(_continuations, counts[1:], counts), counts[-1]]
    adjusted[0].pop((BEGIN,), None)  # a start is given, never predicted
    vocabulary = {*adjusted[0], (UNKNOWN,)}
    lower = dict.fromkeys(vocabulary, 1 / len(vocabulary))
    probabilities: list[dict[Gram, float]] = []
    backoffs: dict[Gram, float] = {}
    for table in adjusted:
        seen, left = _interpolated(table, lower)
        if not probabilities:
            uniform = left.pop(())
            lower = {gram: uniform * share for gram, share in lower.items()}
            seen = {**lower, **seen, (BEGIN,): 0.0}
        probabilities.append(seen)
        backoffs.update(left)
        lower = seen
    return NgramModel(tuple(probabilities), backoffs)


def _counts(sentences: Iterable[Sequence[str]], order: int) -> list[Counter[Gram]]:
    """How often every n-gram of each order occurs, sentence ends included."""
    counts: list[Counter[Gram]] = [Counter() for _ in range(order)]
    for sentence in sentences:
        for token in sentence:
            _check(token)
        tokens = (BEGIN, *sentence, END)
        for length, table in enumerate(counts, start=1):
            table.update(zip(*(tokens[start:] for start in range(length)), strict=False))
    return counts


def _check(token: str) -> None:
    if token in _RESERVED or token.split() != [token]:
        raise ValueError(f"{token!r} cannot be a token: it is reserved, empty or holds white space")


def _continuations(longer: Counter[Gram], counts: Counter[Gram]) -> Counter[Gram]:
    """In how many different contexts each n-gram occurs; raw counts where nothing precedes it."""
    table = Counter(gram[1:] for gram in longer)
    table.update({gram: count for gram, count in counts.items() if gram[0] == BEGIN})
    return table


def _discounts(table: Counter[Gram]) -> Discounts:
    """Chen and Goodman's equation 17, from the numbers of n-grams that occur 1 to 4 times."""
    of = Counter(table.values())
    if not all(of[count] for count in (1, 2, 3, 4)):
        return _FALLBACK
    share = of[1] / (of[1] + 2 * of[2])
    found = [n - (n + 1) * share * of[n + 1] / of[n] for n in (1, 2, 3)]
    # A count is never discounted below nothing, nor a frequent one less than none.
    if any(not 0 < discount < n for n, discount in enumerate(found, start=1)):
        return _FALLBACK
    return found[0], found[1], found[2]


def _interpolated(
    table: Counter[Gram], lower: dict[Gram, float]
) -> tuple[dict[Gram, float], dict[Gram, float]]:
    """Probabilities of the n-grams in ``table``, and what is left of each context's mass."""
    discounts = _discounts(table)
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
