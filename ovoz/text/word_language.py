"""Word languages: labels each word of a text in any script.

A hidden Markov model: each word is of one of four states (Uzbek, Russian, a Russian stem with Uzbek
suffixes, another language); :mod:`ovoz.text.word_likelihood` measures how likely it is in each, and
the Viterbi path weighs that by how often speakers switch between two words. Most texts do not
switch at all: a path with two languages has to be so much likelier than the best path with one.
"""

import math
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from ovoz.text.label_weights import LabelWeights, Row, load_weights
from ovoz.text.language import Language
from ovoz.text.word_division import NEVER
from ovoz.text.word_likelihood import WordLikelihood, measure_word

_STATES: Final = (Language.UZBEK, Language.RUSSIAN, Language.MIXED, Language.OTHER)
_SURE: Final = 9.0
_GAIN: Final = attrgetter("gain")
_LATIN: Final = attrgetter("latin")

ENCLITICS: Final = frozenset(("da", "ku", "chi", "mi", "yu", "ya", "ta"))
"""Particles that some write separately; the canonical form joins them to the word before."""


def label_words(words: Sequence[str]) -> list[Language]:
    """Language of each normalized word, from the word and its neighbours."""
    if not words:
        return []
    measured = list(map(measure_word, words))
    weights = load_weights()
    start = weights.start_latin if measured[0].latin else weights.start_cyrillic
    switched = weights.switched if measured[0].latin else weights.switched_cyrillic
    if _is_plainly_uzbek(measured, start, switched, weights.after_uzbek):
        return [Language.UZBEK] * len(measured)
    emissions = _weigh_scripts(measured, weights.other_script)
    path = _find_path(emissions, start, switched, weights)
    if 1 in path and 0 not in path and 2 not in path:
        # In a Russian text, names in Cyrillic letters are written as Russian.
        path = [
            1 if not word.latin and word.russian > NEVER else state
            for state, word in zip(path, measured, strict=True)
        ]
    return [_STATES[state] for state in path]


def _is_plainly_uzbek(
    measured: Sequence[WordLikelihood], start: Row, switched: float, after_uzbek: Row
) -> bool:
    """Whether no other path can be likelier than one of Uzbek words only.

    Any other path pays for each switch away from Uzbek, or begins in another state; those with
    words of two languages pay ``switched`` too. No step is likelier than that from an Uzbek word to
    another one, so that the steps elsewhere need not be looked at.
    """
    if len(set(map(_LATIN, measured))) > 1:
        return False
    gains: float = sum(map(_GAIN, measured))
    uzbek, russian, mixed, other, *_ = measured[0]
    first = max(russian + start[1], mixed + start[2], other + start[3]) - uzbek - start[0]
    if gains < after_uzbek[0] - max(after_uzbek[1:]) and first + gains < 0:
        return True
    begin, leave = max(start[1:]) - start[0], max(after_uzbek[1:]) - after_uzbek[0]
    leads = [max(word[1:4]) - word[0] for word in measured]
    if begin + sum(leads) >= 0 or _bound_lead(leads, begin, leave) + switched >= 0:
        return False
    begin, leave = start[3] - start[0], after_uzbek[3] - after_uzbek[0]
    return _bound_lead([word[3] - word[0] for word in measured], begin, leave) <= 0


def _bound_lead(leads: Sequence[float], begin: float, leave: float) -> float:
    """How much likelier than a path of Uzbek words only one can be that leaves Uzbek at times.

    Args:
        leads: How much likelier than an Uzbek word each word is as another one.
        begin: How much likelier a text begins as another one.
        leave: The same after an Uzbek word.

    Returns:
        An upper bound, at least 0.
    """
    within, away = 0.0, begin + leads[0]
    for lead in leads[1:]:
        within, away = max(within, away), max(within + leave, away) + lead
    return max(within, away)


def _weigh_scripts(measured: Sequence[WordLikelihood], other_script: float) -> list[Row]:
    """Likelihoods of the states, lowered where they contradict the scripts of the text.

    Where Uzbek is in Latin letters, the writer keeps Cyrillic letters for Russian.
    """
    uzbek = any(word.latin and _is_surely_uzbek(word) for word in measured)
    uzbek = uzbek and not any(not word.latin and _is_surely_uzbek(word) for word in measured)
    return [
        (word.uzbek + (other_script if uzbek and not word.latin else 0.0), *word[1:4])
        for word in measured
    ]


def _is_surely_uzbek(word: WordLikelihood) -> bool:
    return word.uzbek > NEVER and word.uzbek - max(word.russian, word.mixed, word.other) > _SURE


def _find_path(
    emissions: Sequence[Row], start: Row, switched: float, weights: LabelWeights
) -> Sequence[int]:
    """The likeliest states; ``switched`` is added where they are of two languages."""
    score, path = _run_viterbi(emissions, (0, 1, 2, 3), start, weights)
    if 2 not in path and not (0 in path and 1 in path):
        return path
    score += switched
    for states in ((0, 3), (1, 3)):
        if sum([max(emission[states[0]], emission[3]) for emission in emissions]) < score:
            continue  # no path through these states can be likelier
        other_score, other_path = _run_viterbi(emissions, states, start, weights)
        if other_score > score:
            score, path = other_score, other_path
    return path


def _run_viterbi(
    emissions: Sequence[Row], states: Sequence[int], start: Row, weights: LabelWeights
) -> tuple[float, Sequence[int]]:
    """The likeliest path through some of the states, and its likelihood.

    A state is left out at a word where another one is so much likelier that a switch to it and back
    costs less.
    """
    after = (weights.after_uzbek, weights.after_russian, weights.after_mixed, weights.after_other)
    margin = 2 * min(map(min, after))
    totals = {state: start[state] + emissions[0][state] for state in states}
    steps: list[dict[int, int]] = []
    for emission in emissions[1:]:
        if len(totals) == 1 and states[0] == 0 and emission[0] + margin > max(emission[1:]):
            # Nearly all words of a long text are plainly Uzbek, behind another such word.
            ((origin, total),) = totals.items()
            steps.append({0: origin})
            totals = {0: total + after[origin][0] + emission[0]}
            continue
        likely = max([emission[state] for state in states]) + margin
        kept = [state for state in states if emission[state] >= likely]
        step, following = {}, {}
        for state in kept:
            best, origin = -math.inf, 0
            for before, total in totals.items():
                if total + after[before][state] > best:
                    best, origin = total + after[before][state], before
            step[state], following[state] = origin, best + emission[state]
        steps.append(step)
        totals = following
    state = max(totals, key=totals.__getitem__)
    total, path = totals[state], [state]
    for step in reversed(steps):
        state = step[state]
        path.append(state)
    return total, path[::-1]
