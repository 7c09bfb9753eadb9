"""Switch points and the words of interest of code-switched speech."""

from collections.abc import Sequence
from typing import NamedTuple

from ovoz.evaluation.metrics.alignment import Alignment
from ovoz.text.language import Language


class SwitchPoint(NamedTuple):
    """The language changes before word ``word``, from one label to another."""

    word: int
    from_language: Language
    to_language: Language


def switch_points(languages: Sequence[Language]) -> list[SwitchPoint]:
    """Switch points of a sequence of word languages.

    A word has a switch point before it when its label differs from that of the word before. Words
    labelled ``other`` are transparent: they neither start nor hide a switch. ``mixed`` is a label
    of its own, so ``uz mixed uz`` holds two switch points.
    """
    points: list[SwitchPoint] = []
    if len(set(languages) - {Language.OTHER}) < 2:
        return points
    previous: Language | None = None
    for index, language in enumerate(languages):
        if language is Language.OTHER:
            continue
        if previous is not None and language is not previous:
            points.append(SwitchPoint(index, previous, language))
        previous = language
    return points


def matched_switches(
    reference: Sequence[SwitchPoint], hypothesis: Sequence[SwitchPoint], tolerance: int = 0
) -> int:
    """Size of the largest one-to-one matching of switch points.

    Two points match when both languages agree and their positions, in reference words, differ by
    at most ``tolerance``. Points of one direction are matched from left to right, which is optimal
    for equal tolerances on a line. Switch points of the hypothesis are first moved to reference
    positions by :func:`in_reference_positions`. There is no standard definition of code-switch F1;
    this is the one of the Ovoz benchmark (``docs/benchmark.md``).
    """
    if not reference or not hypothesis:
        return 0
    if reference == hypothesis:
        return len(reference)
    matched = 0
    found = _by_direction(hypothesis)
    for direction, expected in _by_direction(reference).items():
        matched += _matched_on_a_line(expected, found.get(direction, []), tolerance)
    return matched


def _by_direction(points: Sequence[SwitchPoint]) -> dict[tuple[Language, Language], list[int]]:
    """Positions of switch points by direction, in ascending order."""
    positions: dict[tuple[Language, Language], list[int]] = {}
    for word, *direction in sorted(points):
        positions.setdefault((direction[0], direction[1]), []).append(word)
    return positions


def _matched_on_a_line(expected: list[int], found: list[int], tolerance: int) -> int:
    matched = i = j = 0
    while i < len(expected) and j < len(found):
        distance = found[j] - expected[i]
        if abs(distance) <= tolerance:
            matched, i, j = matched + 1, i + 1, j + 1
        elif distance < 0:
            j += 1
        else:
            i += 1
    return matched


def in_reference_positions(
    points: Sequence[SwitchPoint], alignment: Alignment
) -> list[SwitchPoint]:
    """Switch points of a hypothesis, moved to the reference words they are aligned with."""
    return [SwitchPoint(alignment.position[word], *languages) for word, *languages in points]


def matrix_language(languages: Sequence[Language], default: Language) -> Language:
    """The language of most words of an utterance; ``default`` on a tie.

    ``mixed`` and ``other`` words do not vote.
    """
    voters = set(languages) - {Language.MIXED, Language.OTHER}
    votes = {language: languages.count(language) for language in voters}
    most = max(votes.values(), default=0)
    leaders = [language for language, count in votes.items() if count == most]
    return leaders[0] if len(leaders) == 1 else default


def words_of_interest(languages: Sequence[Language], default: Language) -> list[int]:
    """Positions of the switched words: those not in the utterance's matrix language.

    Mixed words are always of interest, words labelled ``other`` never.
    """
    matrix = matrix_language(languages, default)
    return [
        index
        for index, language in enumerate(languages)
        if language not in (matrix, Language.OTHER)
    ]


def errors_of_interest(alignment: Alignment, words: Sequence[int]) -> int:
    """Errors on the words of interest: PIER = these / number of words of interest.

    Counted are substitutions and deletions of these words and insertions right before them (or
    after the last word of the utterance, when that is one of them). Source: Ugan et al., "PIER: A
    Novel Metric for Evaluating What Matters in Code-Switching" (arXiv:2501.09512); like WER it may
    exceed 1. The paper takes one matrix language for the corpus; here it is that of each
    utterance, so that a part of a test set scores the same alone and within the whole.
    """
    errors = sum(not alignment.correct[word] for word in words)
    errors += sum(alignment.inserted[word] for word in words)
    last = len(alignment.reference) - 1
    return errors + (alignment.inserted[-1] if last in words else 0)
