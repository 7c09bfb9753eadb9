"""N-grams of letters, estimated from the forms of a language."""

import math
from collections import Counter
from collections.abc import Iterable

ORDER = 5
DISCOUNT = 0.75
FEWEST = {1: 1, 2: 1, 3: 2, 4: 6, 5: 12}
"""An n-gram of letters is kept if at least so many forms have it."""


def estimate_letters(words: Iterable[str]) -> list[str]:
    """Interpolated absolute discounting over the letters of word types, as in ARPA files."""
    counts: Counter[str] = Counter()
    for word in words:
        padded = f"^{word}$"
        for end in range(2, len(padded) + 1):
            counts.update(padded[start:end] for start in range(max(0, end - ORDER), end))
    kept = {gram: count for gram, count in counts.items() if count >= FEWEST[len(gram)]}
    totals, kept_totals, kinds = Counter[str](), Counter[str](), Counter[str]()
    for gram, count in counts.items():
        totals[gram[:-1]] += count
    for gram, count in kept.items():
        kept_totals[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    backoffs = {
        context: (totals[context] - kept_totals[context] + DISCOUNT * kinds[context])
        / totals[context]
        for context in kinds
    }
    probabilities: dict[str, float] = {}
    for gram in sorted(kept, key=len):
        context = gram[:-1]
        lower = probabilities[gram[1:]] if context else 1 / 40
        probabilities[gram] = (kept[gram] - DISCOUNT) / totals[context] + backoffs[context] * lower
    return [
        gram + quantize(probability) + quantize(backoffs.get(gram, 1.0))
        for gram, probability in sorted(probabilities.items())
    ]


def quantize(probability: float) -> str:
    """A printable character: '!' for 1, one step per tenth of a natural logarithm."""
    return chr(33 + min(93, round(-10 * math.log(probability))))
