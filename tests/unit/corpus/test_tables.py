"""Tables as spreadsheets, Windows and people write them."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.corpus.manifest import ManifestError
from ovoz.corpus.normal_form import cell_text, locate_file, normalize_name
from ovoz.corpus.tables import detect_encoding, read_table

NAMES = {"audio": "audio", "text": "text", "speaker": "speaker"}
ROWS = [
    {"audio": "a.ogg", "text": "Где мой заказ", "speaker": "анна"},
    {"audio": "b.ogg", "text": "Спасибо, всё хорошо", "speaker": "бек"},
    {"audio": "c.ogg", "text": "Салом, ишлар қалай".replace("қ", "к"), "speaker": "анна"},
]


def read(path: Path, **options: bool) -> list[dict[str, str]]:
    return [row for _, row in read_table(path, NAMES, ("audio", "text"), **options)]


def written(tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def table(delimiter: str = ",", newline: str = "\n") -> str:
    lines = [NAMES, *ROWS]
    return newline.join(delimiter.join(f'"{cell}"' for cell in row.values()) for row in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_separators_are_recognised(tmp_path, encoding, delimiter, newline) -> None:
    path = written(tmp_path, table(delimiter, newline) + newline * 3, encoding)
    assert read(path) == ROWS


@pytest.mark.parametrize("encoding", ["koi8_r", "cp866", "utf-16-le"])
def test_other_cyrillic_code_pages(tmp_path, encoding) -> None:
    assert read(written(tmp_path, table(), encoding)) == ROWS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.ogg,Salom, dunyo,anna\n", r"row 1 \(line 2\) has 4 fields, the heading has 3"),
        ("\na.ogg,Salom,anna\nb.ogg,Xayr\n", r"row 2 \(line 4\) has 2 fields"),
        ('a.ogg,"Salom,anna\nb.ogg,Xayr,bek\n', "quotation mark is not closed"),
        ('a.ogg,"Salom,anna\nb.ogg,"Xayr",bek\n', "quotation mark is not closed"),
        ('a.ogg,"Salom\nb.ogg,Xayr,bek\nc.ogg,uy",x\n', r"row 1 \(line 2\): a quotation mark"),
    ],
)
def test_rows_that_are_not_one_row_are_named(tmp_path, text, message) -> None:
    with pytest.raises(ManifestError, match=message):
        read(written(tmp_path, "audio,text,speaker\n" + text))


def test_a_text_of_two_lines_is_one_text(tmp_path) -> None:
    path = written(tmp_path, 'audio,text,speaker\na.ogg,"Salom,\ndunyo",anna\n')
    assert read(path) == [{"audio": "a.ogg", "text": "Salom,\ndunyo", "speaker": "anna"}]


def test_headings_in_any_form_and_none_twice(tmp_path) -> None:
    path = written(tmp_path, "Audio, TEXT ,Speaker\na.ogg,salom,x\n")
    assert read(path) == [{"audio": "a.ogg", "text": "salom", "speaker": "x"}]
    with pytest.raises(ManifestError, match="names 'text' twice"):
        read(written(tmp_path, "audio,text,text\na.ogg,salom,x\n"))


def test_json_lines_are_named_by_line(tmp_path) -> None:
    path = written(tmp_path, '{"audio": "a", "text": "b"}\n\n{"audio": \n', name="t.jsonl")
    with pytest.raises(ManifestError, match=r"t\.jsonl: line 3 is not JSON"):
        read(path)
    with pytest.raises(ManifestError, match="line 1 is no JSON object"):
        read(written(tmp_path, '["a", "b"]\n', name="t.jsonl"))


def test_speaker_zero_is_a_speaker(tmp_path) -> None:
    lines = [{"audio": "a", "text": "b", "speaker": who} for who in (0, 1, None, "")]
    path = written(tmp_path, "\n".join(map(json.dumps, lines)), name="t.jsonl")
    assert [row["speaker"] for row in read(path)] == ["0", "1", "", ""]
    assert (cell_text(0), cell_text(float("nan")), cell_text(False)) == ("0", "", "False")


def test_neither_utf8_nor_a_code_page(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(bytes(range(128, 256)) + b"\0\1\2" * 40)
    with pytest.raises(ManifestError, match=r"t\.csv"):
        read(path)


@given(st.text(max_size=200))
def test_utf8_is_read_as_utf8(tmp_path_factory, text) -> None:
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(text.replace("\0", "").encode("utf-8", "ignore"))
    assert detect_encoding(path) in {"utf-8", "utf-8-sig"}


@given(st.text())
def test_names_are_the_same_in_every_form(name) -> None:
    plain = normalize_name(name)
    assert normalize_name(plain) == plain
    for form in ("NFC", "NFD"):
        assert normalize_name(f"  {unicodedata.normalize(form, name)} ") == plain


def test_files_are_found_whatever_wrote_their_names(tmp_path) -> None:
    (tmp_path / "clips").mkdir()
    decomposed = unicodedata.normalize("NFD", "ёлка й.wav")
    (tmp_path / "clips" / decomposed).write_bytes(b"x")
    composed = unicodedata.normalize("NFC", decomposed)
    assert locate_file(tmp_path, f"clips\\{composed}").is_file()
    assert locate_file(tmp_path, "clips/none.wav") == tmp_path / "clips/none.wav"
