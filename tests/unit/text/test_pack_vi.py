"""The vi pack: tones, figures, teencode, and English words in Latin letters like the others."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ovoz.text.pack import load_pack
from ovoz.text.vi.numbers import DIGITS, LARGEST, cardinal
from ovoz.text.vi.syllables import parse_syllable, place_tone

from .labelled_words import find_wrong, read_labelled

PACK = load_pack("vi")
LIST = Path(__file__).parent / "data" / "word_language_vi.txt"
UNITS = {word: value for value, word in enumerate(DIGITS)} | {"mốt": 1, "tư": 4, "lăm": 5}


def value_of(words: str) -> int:
    """The number that words say; another way round than the one that wrote them."""
    billions, _, rest = words.partition(" tỷ") if "tỷ" in words else ("", "", words)
    return (value_of(billions) * 10**9 if billions else 0) + value_below_billion(rest)


def value_below_billion(words: str) -> int:
    total = group = 0
    for word in words.split():
        if word in ("nghìn", "triệu"):
            total, group = total + group * (10**3 if word == "nghìn" else 10**6), 0
        elif word == "trăm":
            group *= 100
        elif word == "mươi":
            group = group - group % 10 + group % 10 * 10
        elif word == "mười":
            group += 10
        elif word != "linh":
            group += UNITS[word]
    return total + group


@given(st.integers(0, LARGEST))
def test_a_number_is_read_back(number) -> None:
    assert value_of(cardinal(number)) == number


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Sáng 23-3", "sáng ngày hai mươi ba tháng ba"),
        ("ngày 5/10/2000", "ngày năm tháng mười năm hai nghìn"),
        ("tháng 8/2006", "tháng tám năm hai nghìn không trăm linh sáu"),
        ("lúc 10h30, 14:05", "lúc mười giờ ba mươi phút mười bốn giờ năm phút"),
        ("250.000 - 300.000 đồng", "hai trăm năm mươi nghìn đến ba trăm nghìn đồng"),
        ("$50 triệu, 2,2 tỷ USD", "năm mươi triệu đô la hai phẩy hai tỷ đô la mỹ"),
        ("50k, 3tr", "năm mươi nghìn ba triệu"),
        ("3,8 m; 0,05%", "ba phẩy tám mét không phẩy không năm phần trăm"),
        ("1/3 của 3.000 m2", "một phần ba của ba nghìn mét vuông"),
        ("gọi 0912 345 678", "gọi không chín một hai ba bốn năm sáu bảy tám"),
        ("thứ 4 tháng 4, thứ 2", "thứ tư tháng tư thứ hai"),
        ("thế kỷ XXI", "thế kỷ hai mươi mốt"),
        ("UBND TP.HCM", "ủy ban nhân dân thành phố hồ chí minh"),
        ("ko biết j, mk thik nhìu", "không biết gì mình thích nhiều"),
        ("anh K. và chị R.", "anh ca và chị rờ"),
        ("quốc lộ 1A", "quốc lộ một a"),
    ],
)
def test_writing_is_spoken(written, spoken) -> None:
    assert PACK.canonical(written) == spoken


@pytest.mark.parametrize(
    ("typed", "written"),
    [("hoà", "hòa"), ("thuỷ", "thủy"), ("khoẻ", "khỏe"), ("quý", "quý"), ("gì", "gì"),
     ("giếng", "giếng"), ("nghĩa", "nghĩa"), ("mùa", "mùa"), ("thuở", "thuở"), ("khuỷu", "khuỷu"),
     ("ngoài", "ngoài"), ("yếu", "yếu"), ("được", "được"), ("ðã", "đã")],
)  # fmt: skip
def test_tones_stand_where_the_orthography_puts_them(typed, written) -> None:
    assert PACK.canonical(typed) == written


syllables = st.sampled_from(
    [
        "hòa",
        "thủy",
        "khỏe",
        "được",
        "nghiêng",
        "khuỷu",
        "giếng",
        "quyết",
        "ngoài",
        "yếu",
        "ưỡn",
        "gì",
    ]
)


@given(syllables, st.randoms())
def test_marks_in_any_order_are_the_same_syllable(word, random) -> None:
    parts = []
    for letter in unicodedata.normalize("NFD", word):
        if unicodedata.combining(letter):
            parts[-1].append(letter)
        else:
            parts.append([letter])
    for letter in parts:
        marks = letter[1:]
        random.shuffle(marks)
        letter[1:] = marks
    assert place_tone("".join("".join(letter) for letter in parts)) == word


@given(syllables)
def test_a_syllable_is_the_sum_of_its_parts(word) -> None:
    syllable = parse_syllable(word)
    assert syllable is not None
    assert syllable.write() == word


@pytest.mark.parametrize("word", ["check", "deadline", "zalo", "được.", "ngh", "hàhà", ""])
def test_what_cannot_be_a_syllable(word) -> None:
    assert parse_syllable(word) is None


pieces = st.sampled_from(
    ["23-3", "5/10/2000", "10h30", "3,8 m", "1.250.000đ", "TP.HCM", "ko", "K.", "thứ 4", "XX",
     "hoà", "email", "0912 345 678", "150 - 200", "50k", "3/4", "v.v.", "chương IV", "p. 5", "$7"]
)  # fmt: skip


@given(st.lists(pieces, max_size=6).map(" ".join) | st.text(max_size=30))
@example("0J")  # a letter behind a figure, which by itself is an abbreviation
@settings(max_examples=200)
def test_canonical_is_idempotent(text) -> None:
    once = PACK.canonical(text)
    assert PACK.canonical(once) == once


def test_languages_of_words_are_right_in_one_script() -> None:
    wrong, words = find_wrong(PACK, read_labelled(LIST))
    assert len(wrong) <= 0.03 * words, wrong


def test_numbers_of_both_languages_and_no_other() -> None:
    assert PACK.number_words(21, "vi") == "hai mươi mốt"
    assert PACK.number_words(21, "en") == "twenty one"
    with pytest.raises(ValueError, match="no number words"):
        PACK.number_words(1, "ru")
