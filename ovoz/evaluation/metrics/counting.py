"""What is counted in one utterance."""

from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from ovoz.evaluation.metrics import switching
from ovoz.evaluation.metrics.alignment import Alignment
from ovoz.evaluation.metrics.pair import Views
from ovoz.text.code_mixing import code_mixing_index, count_language_words
from ovoz.text.language import Language, join_languages


class Edits(NamedTuple):
    """Errors and reference length of one view of an utterance, by words and by characters."""

    word_errors: int
    words: int
    character_errors: int
    characters: int


class Counts(NamedTuple):
    """Counts of one utterance; all but the language tokens and CMI are whole numbers.

    Edits are those of the canonical view where no view is named. ``expected`` counts what the
    reference holds, ``found`` what the hypothesis holds, ``matched`` what both hold.
    """

    hits: int
    substitutions: int
    deletions: int
    insertions: int
    words: int
    character_errors: int
    characters: int
    raw_word_errors: int
    raw_words: int
    raw_character_errors: int
    raw_characters: int
    literary_word_errors: int
    literary_words: int
    literary_character_errors: int
    literary_characters: int
    interest_errors: int
    interest_words: int
    switches_matched: int
    switches_near: int
    switches_expected: int
    switches_found: int
    boundaries: int
    embedded_matched: int
    embedded_expected: int
    embedded_found: int
    label_correct: int
    labelled: int
    mixed_matched: int
    mixed_expected: int
    mixed_found: int
    tokens_matrix: float
    tokens_embedded: float
    cmi_sum: float


def count_edits(reference: str, hypothesis: str) -> Edits:
    """Levenshtein errors of texts of space-separated words; a space counts as a character."""
    reference_words = reference.split()
    return Edits(
        Levenshtein.distance(reference_words, hypothesis.split()),
        len(reference_words),
        Levenshtein.distance(reference, hypothesis),
        len(reference),
    )


NO_EDITS = Edits(0, 0, 0, 0)
"""Counts of a view that is not there: its figures stay undefined."""


def count_utterance(
    alignment: Alignment,
    raw: Edits,
    literary: Edits,
    said_language: Language | None,
    reading: Views,
) -> tuple[Counts, Language, Language]:
    """Counts of one aligned utterance, with its reference and hypothesis label.

    ``said_language`` is the label the system gave; None reads it from the words. ``reading`` tells
    which language a word is of.
    """
    reference = list(reading.label(alignment.reference))
    hypothesis = list(reading.label(alignment.hypothesis))
    label = join_languages(reference)
    said = said_language or join_languages(hypothesis)
    reference_text = " ".join(alignment.reference)
    counts = Counts(
        alignment.hits,
        alignment.substitutions,
        alignment.deletions,
        alignment.insertions,
        len(reference),
        Levenshtein.distance(reference_text, " ".join(alignment.hypothesis)),
        len(reference_text),
        *raw,
        *literary,
        *_interest(alignment, reference, reading.languages[0]),
        *_switches(alignment, reference, hypothesis),
        *_embedded(alignment, reference, hypothesis, label, reading.languages[1:]),
        *_labels(label, said),
        *_mixing(reference, reading.languages),
    )
    return counts, label, said


def _interest(alignment: Alignment, reference: list[Language], matrix: Language) -> tuple[int, int]:
    """Errors on and number of words of interest; only code-switched utterances have any.

    ``matrix`` is the matrix language where an utterance ties.
    """
    words = switching.words_of_interest(reference, default=matrix)
    return switching.errors_of_interest(alignment, words), len(words)


def _switches(
    alignment: Alignment, reference: list[Language], hypothesis: list[Language]
) -> tuple[int, int, int, int, int]:
    """Switch points matched exactly, within one word, expected and found; word boundaries."""
    expected = switching.switch_points(reference)
    found = switching.switch_points(hypothesis)
    moved = switching.in_reference_positions(found, alignment)
    spoken = sum(language is not Language.OTHER for language in reference)
    return (
        switching.matched_switches(expected, moved),
        switching.matched_switches(expected, moved, tolerance=1),
        len(expected),
        len(found),
        max(spoken - 1, 0),
    )


def _embedded(
    alignment: Alignment,
    reference: list[Language],
    hypothesis: list[Language],
    label: Language,
    embedded: tuple[Language, ...],
) -> tuple[int, int, int]:
    """Words of the ``embedded`` language, and its stems with other suffixes, in other sentences.

    Matched, expected and found. Utterances that are wholly of it embed nothing and are left out;
    those wholly of the matrix language count, so that words made up there lower the precision. A
    word is matched when the alignment pairs it with an equal word.
    """
    if not embedded or label in (*embedded, Language.OTHER):
        return 0, 0, 0
    foreign = (*embedded, Language.MIXED)
    expected = [index for index, language in enumerate(reference) if language in foreign]
    matched = sum(alignment.correct[index] for index in expected)
    return matched, len(expected), sum(language in foreign for language in hypothesis)


def _labels(label: Language, said: Language) -> tuple[int, int, int, int, int]:
    """Utterance label right, labelled; code-switched utterances matched, expected and found.

    A reference without words of a language has no label and is left out.
    """
    if label is Language.OTHER:
        return 0, 0, 0, 0, 0
    expected, found = label is Language.MIXED, said is Language.MIXED
    return int(said is label), 1, int(expected and found), int(expected), int(found)


def _mixing(
    reference: list[Language], languages: tuple[Language, ...]
) -> tuple[float, float, float]:
    """Words of the matrix and of the embedded language, and the code-mixing index."""
    tokens = count_language_words(reference, languages)
    index = code_mixing_index(tokens) if any(tokens.values()) else 0.0
    embedded = tokens[languages[1]] if len(languages) > 1 else 0.0
    return tokens[languages[0]], embedded, index
