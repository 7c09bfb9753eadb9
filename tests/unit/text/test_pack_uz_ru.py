"""The uz-ru pack: canonical form, word language on the hand-labelled list, dialects, numbers."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ovoz.text import numbers_uz
from ovoz.text.dialects import load_dialect_forms, to_dialect
from ovoz.text.pack import PackError, load_pack
from ovoz.text.transliteration import to_cyrillic, to_latin

PACK = load_pack("uz-ru")
LABELLED = Path(__file__).parent / "data" / "word_language.txt"
SECOND_HAND = Path(__file__).parent / "data" / "word_language_second_hand.txt"
uzbek_letters = st.sampled_from([*"abdefghijklmnopqrstuvxyz", "oʻ", "gʻ", "sh", "ch"])
uzbek_words = st.lists(uzbek_letters, min_size=1, max_size=10).map("".join)
typed_words = st.sampled_from(
    ["Мен", "бугун", "ишга", "zakazni", "договорни", "koroche", "ya", "da", "bor", "mi", "oʻzbek"]
    + ["go'zal", "25", "телефон", "ona", "net", "ok"]
)


def labelled_utterances(path):
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            default, *tokens = [token for token in line.split() if token != ","]
            pairs = [token.partition("/") for token in tokens]
            words = [word for word, _, _ in pairs]
            labels = [label or default for _, _, label in pairs]
            yield words, labels


@pytest.mark.parametrize("path", [LABELLED, SECOND_HAND], ids=lambda path: path.stem)
def test_word_language_is_right_on_over_97_percent_of_labelled_words(path):
    right = total = 0
    for words, labels in labelled_utterances(path):
        found = PACK.word_languages(words)
        right += sum(a == b for a, b in zip(found, labels, strict=True))
        total += len(words)
    assert total >= 500
    assert right / total > 0.97


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Мен бугун ишга бормайман", "men bugun ishga bormayman"),
        ("koroche ya zavtra ne smogu priyti", "короче я завтра не смогу прийти"),
        ("Menga zakazni olib kel", "menga заказni olib kel"),
        ("Менга заказни олиб кел", "menga заказni olib kel"),
        ("bordi mi, bor-ku", "bordimi borku"),
        ("Я вчера купил телефон", "я вчера купил телефон"),
        ("Бугун янги телефон олдим", "bugun yangi telefon oldim"),
        ("men номерlarni kassaga berdim", "men номерlarni kassaga berdim"),
        ("офисimizda кассаlarni ochdik", "офисimizda кассаlarni ochdik"),
        ("кitob оldim", "kitob oldim"),
    ],
)
def test_canonical_form_from_any_script(typed, expected):
    assert PACK.canonical(typed) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(typed_words, max_size=7).map(" ".join))
def test_canonical_is_idempotent(text):
    once = PACK.canonical(text)
    assert PACK.canonical(once) == once


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_normalize_is_idempotent_on_any_text(text):
    once = PACK.normalize(text)
    assert PACK.normalize(once) == once


@given(uzbek_words)
@example("yye")
def test_latin_to_cyrillic_and_back(word):
    assert to_latin(to_cyrillic(word)) == word


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_uzbek_numbers_read_back(number):
    assert numbers_uz.parse(numbers_uz.cardinal(number)) == number


def test_dialects_both_ways():
    assert PACK.literary("kelduv") == "keldik"
    assert to_dialect("keldik", "tashkent") == "kelduv"
    for row in load_dialect_forms():
        once = PACK.literary(row.form)
        assert PACK.literary(once) == once


@pytest.mark.parametrize(
    ("dialect", "literary", "said"),
    [
        ("tashkent", "men maktabga ketyapman", "men maktabga ketvomman"),
        ("tashkent", "заказni kutyapti", "заказni kutvotti"),
        ("tashkent", "biz yopib ketmaymiz", "biz yopip ketmiymiza"),
        ("khorezm", "qizlar keldi bozorlarga", "qizla geldi bozorlara"),
        ("khorezm", "turk paxta tesha", "turk paxta tesha"),
        ("fergana", "ketyapman", "ketyoyapman"),
        ("khorezm", "я тоже пришел", "я тоже пришел"),
    ],
)
def test_features_of_a_dialect_reach_words_that_no_row_lists(dialect, literary, said):
    assert to_dialect(literary, dialect) == said


def test_russian_numbers_and_unknown_names():
    assert PACK.number_words(21, "ru") == "двадцать один"
    with pytest.raises(ValueError, match="no number words"):
        PACK.number_words(1, "vi")
    with pytest.raises(PackError, match="known are"):
        load_pack("xx")
