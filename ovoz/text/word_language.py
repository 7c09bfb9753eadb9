"""Word languages: labels each word of a text in any script.

A hidden Markov model: each word is of one of four states (Uzbek, Russian, a Russian stem with Uzbek
suffixes, another language); :mod:`ovoz.text.word_likelihood` measures how likely it is in each, and
the Viterbi path weighs that by how often speakers switch between two words. Most texts do not
switch at all: a path with two languages has to be so much likelier than the best path with one.
"""

from collections.abc import Sequence
from typing import Final

from ovoz.text.language import Language
from ovoz.text.word_likelihood import NEVER, WordLikelihood, measure_word

_Emission = tuple[float, float, float, float]
_STATES: Final = (Language.UZBEK, Language.RUSSIAN, Language.MIXED, Language.OTHER)
_SWITCHES: Final = (
    (-0.12, -3.2, -3.6, -3.4),
    (-1.0, -0.5, -5.0, -4.0),
    (-0.12, -3.2, -3.6, -4.0),
    (-0.9, -4.0, -4.0, -0.7),
)
"""Log-probability of the state of a word (column) after that of the word before (row)."""

_START: Final = (-2.0, -0.2, -4.0, -4.0)
_START_LATIN: Final = (-0.1, -3.5, -4.0, -3.0)
"""Log-probability of the first state: Russian is seldom written in Latin letters."""

_SWITCHED: Final = -3.0
"""Log-odds that a text has words of two languages."""

_OTHER_SCRIPT: Final = -12.0
"""Log-likelihood of a word in the script in which the text has the other language."""

_SURE: Final = 9.0
_LEAST_SWITCH: Final = 3.0
"""A text whose words gain less than this by another language is Uzbek: no switch costs less."""

ENCLITICS: Final = frozenset(("da", "ku", "chi", "mi", "yu", "ya", "ta"))
"""Particles that some write separately; the canonical form joins them to the word before."""


def label_words(words: Sequence[str]) -> list[Language]:
    """Language of each normalized word, from the word and its neighbours."""
    measured = [measure_word(word) for word in words]
    if not measured or _is_plainly_uzbek(measured):
        return [Language.UZBEK] * len(measured)
    start = _START_LATIN if measured[0].latin else _START
    return [_STATES[state] for state in _find_path(_weigh_scripts(measured), start)]


def _is_plainly_uzbek(measured: Sequence[WordLikelihood]) -> bool:
    """Whether no other path can be likelier than one of Uzbek words only."""
    if len({word.latin for word in measured}) > 1:
        return False
    against = in_favour = 0.0
    for uzbek, russian, mixed, other, _, _ in measured:
        gain = max(russian, mixed, other) - uzbek
        if gain > 0:
            against += gain
        else:
            in_favour -= gain
    return against < _LEAST_SWITCH and (measured[0].latin or in_favour > _LEAST_SWITCH)


def _weigh_scripts(measured: Sequence[WordLikelihood]) -> list[_Emission]:
    """Likelihoods of the states, lowered where they contradict the scripts of the text.

    Where Uzbek is in Latin letters, the writer keeps Cyrillic letters for Russian.
    """
    uzbek = any(word.latin and _is_surely_uzbek(word) for word in measured)
    uzbek = uzbek and not any(not word.latin and _is_surely_uzbek(word) for word in measured)
    return [
        (word.uzbek + (_OTHER_SCRIPT if uzbek and not word.latin else 0.0), *word[1:4])
        for word in measured
    ]


def _is_surely_uzbek(word: WordLikelihood) -> bool:
    return word.uzbek > NEVER and word.uzbek - max(word.russian, word.mixed, word.other) > _SURE


def _find_path(emissions: Sequence[_Emission], start: _Emission) -> Sequence[int]:
    """The likeliest states."""
    score, path = _run_viterbi(emissions, (0, 1, 2, 3), start)
    if 2 not in path and not (0 in path and 1 in path):
        return path
    for states in ((0, 3), (1, 3)):
        other_score, other_path = _run_viterbi(emissions, states, start)
        if other_score > score + _SWITCHED:
            score, path = other_score - _SWITCHED, other_path
    return path


def _run_viterbi(
    emissions: Sequence[_Emission], states: Sequence[int], start: _Emission
) -> tuple[float, Sequence[int]]:
    into = [
        [(index, _SWITCHES[before][state]) for index, before in enumerate(states)]
        for state in states
    ]
    steps: list[list[int]] = []
    totals = [start[state] + emissions[0][state] for state in states]
    for emission in emissions[1:]:
        step, following = [], []
        for state, sources in zip(states, into, strict=True):
            best, origin = NEVER * 2, 0
            for index, switch in sources:
                total = totals[index] + switch
                if total > best:
                    best, origin = total, index
            step.append(origin)
            following.append(best + emission[state])
        steps.append(step)
        totals = following
    index = max(range(len(states)), key=totals.__getitem__)
    total, path = totals[index], [states[index]]
    for step in reversed(steps):
        index = step[index]
        path.append(states[index])
    return total, path[::-1]
