"""The Latin alphabet of 2026, written on request: the same words when they are read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.text.language import Language
from ovoz.text.latin_alphabets import LatinAlphabet, write_word
from ovoz.text.normalization import normalize

NEW = LatinAlphabet.OF_2026
letters = st.sampled_from([*"abdefijklmnpqrtuvxyz", "oʻ", "gʻ", "sh", "ch", "sʼh", "o", "g"])


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("oʻzbekcha", Language.UZBEK, "özbekça"),
        ("gʻishtchi", Language.UZBEK, "ğiştçi"),
        ("Choʻlpon", Language.UZBEK, "Çölpon"),
        ("SHAHAR", Language.UZBEK, "ŞAHAR"),
        ("isʼhoq", Language.UZBEK, "isʼhoq"),
        ("maʼno", Language.UZBEK, "maʼno"),
        ("singil", Language.UZBEK, "singil"),
        ("заказchi", Language.MIXED, "заказçi"),
        ("youtube", Language.OTHER, "youtube"),
        ("show", Language.OTHER, "show"),
        ("чашка", Language.RUSSIAN, "чашка"),
    ],
)
def test_words_in_the_alphabet_of_2026(word, language, expected):
    assert write_word(word, language, NEW) == expected
    assert write_word(word, language, LatinAlphabet.OF_1995) == word


@given(st.lists(letters, min_size=1, max_size=8).map("".join))
def test_what_is_written_is_read_as_the_same_word(word):
    assert normalize(write_word(word, Language.UZBEK, NEW)) == normalize(word)
