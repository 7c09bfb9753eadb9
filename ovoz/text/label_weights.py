"""Weights of the word-language model, from ``data/label_weights.toml``.

``benchmarks/fit_label_weights.py`` fits them; the file says on what.
"""

import tomllib
from dataclasses import dataclass
from functools import cache

from ovoz.text.data_files import read_text

Row = tuple[float, float, float, float]
"""One number for each state: Uzbek, Russian, mixed, other."""


@dataclass(frozen=True)
class LabelWeights:
    """Natural logarithms, added to log-likelihoods.

    Attributes:
        unlisted_uz: Share of the running words of Uzbek that its table lacks.
        unlisted_ru: The same for Russian.
        unlisted_en: The same for English.
        borrowed_noun: An Uzbek word that is a Russian noun in the nominative singular.
        borrowed_form: An Uzbek word that is another listed Russian form.
        russian_letter: ы or щ in an Uzbek word.
        russian_adjective: An unlisted Uzbek word in -niy after a consonant.
        international: A word that English and Russian share, as English: rather a loan in Uzbek.
        unlisted_form: A Russian form that is not listed beside other forms of its word.
        imperative: A verb in the imperative, which is its bare stem.
        misspelled: A Russian reading of a word in Cyrillic letters that only sounds like Russian.
        loan: A Russian reading of an assimilated loan in Latin letters.
        cyrillic_english: An English word in Cyrillic letters that make it a form of a Russian one.
        letters: The most that letters alone may speak for Russian where neither language lists a
            word is this much too much.
        switched: A text with words of two languages.
        switched_cyrillic: The same of a text that begins in Cyrillic letters: people write news and
            prose so, and chat in Latin letters.
        other_script: An Uzbek word in the script in which the text has the other language.
        start_cyrillic: The first state of a text that begins in Cyrillic letters.
        start_latin: The first state of a text that begins in Latin letters.
        after_uzbek: A state after Uzbek; likewise the others.
    """

    unlisted_uz: float
    unlisted_ru: float
    unlisted_en: float
    borrowed_noun: float
    borrowed_form: float
    russian_letter: float
    russian_adjective: float
    international: float
    unlisted_form: float
    imperative: float
    misspelled: float
    loan: float
    cyrillic_english: float
    letters: float
    switched: float
    switched_cyrillic: float
    other_script: float
    start_cyrillic: Row
    start_latin: Row
    after_uzbek: Row
    after_russian: Row
    after_mixed: Row
    after_other: Row


@cache
def load_weights() -> LabelWeights:
    """The fitted weights."""
    values = tomllib.loads(read_text("label_weights.toml"))
    rows = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return LabelWeights(**{**values, **rows})
