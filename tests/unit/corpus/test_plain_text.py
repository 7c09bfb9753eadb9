"""Plain text for language models: what is read, and what would tell them the test."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ovoz.corpus.plain_text import (
    SHARED_WORDS,
    TextError,
    TextFile,
    TextFiles,
    read_plain_text,
)
from ovoz.text.pack import load_pack

PACK = load_pack("uz-ru")
HELD_OUT = ["bugun men katta bozorga bordim", "salom"]
WORDS = ("bugun", "men", "katta", "bozorga", "bordim", "uyga", "keldi")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_lines_are_canonical_sentences(tmp_path) -> None:
    file = write(tmp_path / "talk.txt", "Ўзбекистон — катта!", "", "Я купил 2 книги")
    read = read_plain_text(TextFile(path=file), HELD_OUT, PACK)
    assert read.sentences == ("oʻzbekiston katta", "я купил две книги")
    assert (read.leaked, read.foreign) == (0, 0)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("talk.tsv", ["by\ttext", 'anna\tU "kel" dedi', "bek\tHa"]),
        ("talk.csv", ["by,text", 'anna,"U ""kel"" dedi"', "bek,Ha"]),
    ],
)
def test_a_column_of_a_table_is_read(tmp_path, name, lines) -> None:
    file = TextFile(path=write(tmp_path / name, *lines), column="text")
    assert read_plain_text(file, (), PACK).sentences == ("u kel dedi", "ha")
    with pytest.raises(TextError, match="no column 'txt'; there are by, text"):
        read_plain_text(TextFile(path=file.path, column="txt"), (), PACK)


def test_what_the_test_speakers_say_is_left_out_and_counted(tmp_path) -> None:
    file = write(
        tmp_path / "talk.txt",
        "Salom!",
        "Кеча мен катта бозорга бордим, кейин қайтдим",  # four words of a held-out sentence
        "Men katta bozorga keldim",  # three
        "Hello wörld",
    )
    read = read_plain_text(TextFile(path=file), HELD_OUT, PACK)
    assert read.sentences == ("men katta bozorga keldim",)
    assert (read.leaked, read.foreign) == (2, 1)
    assert "left out 2 that share 4 words in a row with dev or test, 1 with other letters" in str(
        read
    )


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), max_size=9))
def test_no_line_that_is_kept_shares_a_run_of_words(tmp_path_factory, lines) -> None:
    file = write(tmp_path_factory.mktemp("text") / "talk.txt", *map(" ".join, lines))
    read = read_plain_text(TextFile(path=file), HELD_OUT, PACK)
    assert len(read.sentences) + read.leaked == len(lines)
    for text in read.sentences:
        runs = [text.split()[start:][:SHARED_WORDS] for start in range(len(text.split()))]
        assert not any(
            len(run) == SHARED_WORDS and f" {' '.join(run)} " in f" {HELD_OUT[0]} " for run in runs
        )


def test_a_file_that_is_missing_or_not_utf_8_is_named(tmp_path) -> None:
    with pytest.raises(ValidationError, match="does not point to a file"):
        TextFile(path=tmp_path / "nowhere.txt")
    file = tmp_path / "cp1251.txt"
    file.write_bytes("Привет".encode("cp1251"))
    with pytest.raises(TextError, match=r"cp1251\.txt: no readable text in UTF-8"):
        read_plain_text(TextFile(path=file), (), PACK)


def test_a_folder_stands_for_its_text_files(tmp_path) -> None:
    names = ["b.txt", "a.txt"]
    for name in names:
        write(tmp_path / name, "salom dunyo")
    write(tmp_path / "notes.md", "not text to read")
    files = TypeAdapter(TextFiles).validate_python
    assert [file.path.name for file in files(str(tmp_path))] == sorted(names)
    assert (
        files([{"path": str(tmp_path)}, {"path": str(tmp_path / "b.txt")}])[2].path.name == "b.txt"
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValidationError, match=r"empty: no \.txt file"):
        files([{"path": str(tmp_path / "empty")}])
