"""Code-mixing index: how mixed an utterance is.

A mixed word (a Russian stem with an Uzbek suffix) counts as half a word of each language, so that
the index keeps its bounds. Words labelled ``other`` are not counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from ovoz.text.language import Language


def count_language_words(
    languages: Sequence[Language], spoken: Sequence[Language]
) -> dict[Language, float]:
    """Words of each of the ``spoken`` languages; mixed words are divided equally among them."""
    shared = languages.count(Language.MIXED) / len(spoken)
    return {language: languages.count(language) + shared for language in spoken}


def measure_mixing(languages: Sequence[Language]) -> float:
    """Code-mixing index of one utterance from the languages of its words; 0 without words."""
    counts = Counter(languages)
    del counts[Language.OTHER]
    total, mixed = counts.total(), counts.pop(Language.MIXED, 0)
    if not total:
        return 0.0
    # At most two languages are spoken, even where only mixed words show the second.
    return 1 - (max(counts.values(), default=0) + mixed / 2) / total


def code_mixing_index(words: Mapping[Language, float]) -> float:
    """CMI = 1 - max(w_i) / (n - u) of one utterance, in [0, 1 - 1/k] for k languages.

    w_i are the words of language i, n all words, u the words without a language. NaN for an
    utterance without words of a language. Source: Das & Gambäck, "Identifying languages at the
    word level in code-mixed Indian social media text" (ICON 2014), there times 100. The CMI of a
    test set is the mean over its utterances, monolingual ones included (Gambäck & Das, LREC 2016,
    C_avg).
    """
    total = sum(words.values())
    return 1 - max(words.values()) / total if total else float("nan")
