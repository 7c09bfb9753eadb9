"""Characters to classes and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.model.tokenizer import CharTokenizer, TokenizerError
from ovoz.text.symbols import BLANK

ALPHABET = "abdefghijklmnopqrstuvxyzʻʼабвгдеёжзийклмнопрстуфхцчшщъыьэюя"
TOKENIZER = CharTokenizer.from_alphabet(ALPHABET)

texts = st.text(alphabet=ALPHABET + " ", max_size=60)


@given(texts)
def test_decode_undoes_encode(text: str) -> None:
    classes = TOKENIZER.encode(text)
    assert BLANK not in classes
    assert all(0 < number < TOKENIZER.size for number in classes)
    assert TOKENIZER.decode(classes) == text


@given(texts, st.integers(1, 3))
def test_collapse_reads_any_ctc_path_of_the_text(text: str, stretch: int) -> None:
    path = [number for label in TOKENIZER.encode(text) for number in [label] * stretch + [BLANK]]
    assert TOKENIZER.collapse(path) == " ".join(text.split())


def test_collapse_merges_repeats_and_keeps_doubles_with_a_blank_between() -> None:
    a, b = TOKENIZER.encode("ab")
    assert TOKENIZER.collapse([a, a, BLANK, a, b, b]) == "aab"


def test_order_of_alphabet_does_not_matter() -> None:
    assert CharTokenizer.from_alphabet(reversed(ALPHABET)) == TOKENIZER
    assert TOKENIZER.separator == 1


def test_unknown_character_is_named() -> None:
    with pytest.raises(TokenizerError, match="W"):
        TOKENIZER.encode("salom W")


def test_wrong_class_is_refused() -> None:
    with pytest.raises(TokenizerError, match="classes"):
        TOKENIZER.decode([TOKENIZER.size])


@pytest.mark.parametrize("symbols", [["a", "b"], [" ", "a", "a"], [" ", "ab"]])
def test_bad_symbols_are_refused(symbols: list[str]) -> None:
    with pytest.raises(TokenizerError):
        CharTokenizer(symbols)


def test_round_trip_on_disk(tmp_path: Path) -> None:
    path = TOKENIZER.save(tmp_path / "tokenizer.json")
    assert CharTokenizer.load(path) == TOKENIZER
    assert [file.name for file in tmp_path.iterdir()] == ["tokenizer.json"]


@pytest.mark.parametrize("content", ["", "{}", "[1]"])
def test_broken_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(TokenizerError, match=r"tokenizer\.json"):
        CharTokenizer.load(path)
