"""The kk pack: both alphabets, figures, and languages that one script does not tell apart."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.text.kk.alphabets import to_cyrillic, to_latin
from ovoz.text.kk.numbers import LARGEST, cardinal, ordinal
from ovoz.text.language import Language, utterance_language
from ovoz.text.pack import load_pack

from .labelled_words import find_wrong, read_labelled

PACK = load_pack("kk")
LIST = Path(__file__).parent / "data" / "word_language_kk.txt"

VALUES = {"бір": 1, "екі": 2, "үш": 3, "төрт": 4, "бес": 5, "алты": 6, "жеті": 7, "сегіз": 8,
          "тоғыз": 9, "он": 10, "жиырма": 20, "отыз": 30, "қырық": 40, "елу": 50, "алпыс": 60,
          "жетпіс": 70, "сексен": 80, "тоқсан": 90}  # fmt: skip
SCALES = {"мың": 10**3, "миллион": 10**6, "миллиард": 10**9, "триллион": 10**12}


def value_of(words: str) -> int:
    """The number that words say; another way round than the one that wrote them."""
    total = group = 0
    for word in words.split():
        if word == "жүз":
            group = max(group, 1) * 100
        elif word in SCALES:
            total, group = total + max(group, 1) * SCALES[word], 0
        elif word != "нөл":
            group += VALUES[word]
    return total + group


@given(st.integers(0, LARGEST))
def test_a_number_is_read_back(number) -> None:
    assert value_of(cardinal(number)) == number


@given(st.integers(0, LARGEST))
def test_an_ordinal_is_its_cardinal_with_another_last_word(number) -> None:
    *before, last = ordinal(number).split()
    assert last.endswith(("ншы", "нші", "ыншы", "інші"))
    assert cardinal(number).split()[:-1] == before


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Еуровидение 2010 ән конкурсы", "еуровидение екі мың он ән конкурсы"),
        ("1995 жылдан бері", "мың тоғыз жүз тоқсан бесінші жылдан бері"),
        ("12 жылда", "он екі жылда"),
        ("22 мамырға", "жиырма екінші мамырға"),
        ("1-кезеңінің", "бірінші кезеңінің"),
        ("55-ші, 6-шы, 10-ыншы", "елу бесінші алтыншы оныншы"),
        ("2,3 миллиард теңге", "екі бүтін оннан үш миллиард теңге"),
        ("7,2 пайыз; 25%", "жеті бүтін оннан екі пайыз жиырма бес пайыз"),
        ("1 млрд. АҚШ доллары", "бір миллиард ақш доллары"),
        ("15 000 ₸", "он бес мың теңге"),
        ("+7 701 003 45 07", "плюс жеті жеті жүз бір нөл нөл үш қырық бес нөл жеті"),
        ("01.09.2024", "екі мың жиырма төртінші жылғы бірінші қыркүйек"),
        ("14:05-те", "он төрт бес те"),
        ("XXI ғасыр", "жиырма бірінші ғасыр"),
        ("ХІХ ғасырда", "он тоғызыншы ғасырда"),  # in Cyrillic letters
        ("Мне нужно 25 минут к 5 января", "мне нужно двадцать пять минут к пятому января"),
    ],
)
def test_figures_are_spoken(written, spoken) -> None:
    assert PACK.canonical(written) == spoken


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Qazaqstan Respublıkasynyñ Prezıdenti", "қазақстан республикасының президенті"),
        ("jaña jyldy qūttyqtady", "жаңа жылды құттықтады"),
        ("meniñ atym Aızada", "менің атым айзада"),
        ("İnim üıde", "інім үйде"),
    ],
)
def test_the_latin_alphabet_of_2021_is_read(latin, cyrillic) -> None:
    assert PACK.canonical(latin) == cyrillic


def test_a_foreign_word_in_a_text_stays_as_written() -> None:
    assert PACK.canonical("Мен iPhone сатып алдым") == "мен iphone сатып алдым"
    assert PACK.canonical("қaзақ") == "қазақ"  # one letter from another keyboard


native = st.lists(
    st.sampled_from(
        ["қа", "лам", "бір", "көр", "ген", "ді", "жү", "рек", "шы", "ңыз", "құт", "той"]
    ),
    min_size=1,
    max_size=5,
).map("".join)


@given(native)
def test_a_native_word_comes_back_from_the_latin_alphabet(word) -> None:
    assert to_cyrillic(to_latin(word)) == word


pieces = st.sampled_from(
    ["2010 жылы", "12", "5-ші", "1,5 км", "XX ғасыр", "қала", "Qala", "jaña", "заказды", "ok", "₸",
     "+7 701 123 45 67", "25%", "10-15", "т.б.", "көктем", "ж.", "к 5 января", "Ё", "³", "7:00"]
)  # fmt: skip


@given(st.lists(pieces, max_size=6).map(" ".join) | st.text(max_size=30))
@settings(max_examples=200)
def test_canonical_is_idempotent(text) -> None:
    once = PACK.canonical(text)
    assert PACK.canonical(once) == once


def test_languages_of_words_are_right_where_the_script_does_not_tell() -> None:
    wrong, words = find_wrong(PACK, read_labelled(LIST))
    assert len(wrong) <= 0.03 * words, wrong


def test_context_decides_between_words_of_both_languages() -> None:
    def label(text: str) -> Language:
        return utterance_language(text.split(), PACK.transcript_languages)

    assert label("ол да келді") is Language.KAZAKH
    assert label("да я приду") is Language.RUSSIAN
    assert label("банк ашық па") is Language.KAZAKH
    assert label("банк открыт сегодня") is Language.RUSSIAN


def test_numbers_of_both_languages_and_no_other() -> None:
    assert PACK.number_words(21, "kk") == "жиырма бір"
    assert PACK.number_words(21, "ru") == "двадцать один"
    with pytest.raises(ValueError, match="no number words"):
        PACK.number_words(1, "uz")
