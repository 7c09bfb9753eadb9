"""Reference and hypothesis files, and the messages for faulty ones."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.corpus.manifest import Condition, Dialect, write_manifest
from ovoz.evaluation.metrics.files import (
    Hypothesis,
    Reference,
    ScoreFileError,
    pair_up,
    read_hypotheses,
    read_references,
)
from ovoz.text.language import Language

from ...utterances import make_utterance


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_both_formats_say_the_same(tmp_path):
    table = write(
        tmp_path, "ref.tsv", "id\ttext\tspeaker\tcondition\n7\tsalom “dunyo\ts1\tnoisy\n8\t\ts2\t\n"
    )
    lines = write(
        tmp_path,
        "ref.jsonl",
        '{"id": 7, "text": "salom “dunyo", "speaker": "s1", "condition": "noisy", "age": 30}\n\n'
        '{"id": "8", "text": "", "speaker": "s2", "dialect": null}\n',
    )
    expected = [
        Reference(id="7", text="salom “dunyo", speaker="s1", condition="noisy"),
        Reference(id="8", text="", speaker="s2"),
    ]
    assert read_references(table) == read_references(lines) == expected


def test_a_manifest_is_a_reference(tmp_path):
    utterance = make_utterance(
        "a", "salom", raw_text="Salom!", dialect=Dialect.FERGANA, speaker="s1", source="synthetic",
        condition=Condition.NOISY,
    )  # fmt: skip
    path = write_manifest([utterance], tmp_path / "test.parquet")
    assert read_references(path) == [
        Reference(
            id="a",
            text="salom",
            speaker="s1",
            condition="noisy",
            dialect="fergana",
            source="synthetic",
        )
    ]


def test_windows_line_ends_and_byte_order_mark(tmp_path):
    path = write(tmp_path, "ref.tsv", b"\xef\xbb\xbfid\ttext\r\na\tsalom\r\n")
    assert read_references(path) == [Reference(id="a", text="salom")]


def test_the_label_that_a_system_gives(tmp_path):
    path = write(tmp_path, "hyp.tsv", "id\ttext\tlanguage\na\tsalom\tmixed\nb\tsalom\t\n")
    assert [row.language for row in read_hypotheses(path)] == [Language.MIXED, None]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.csv", "id,text\n", r"unknown kind of file '\.csv': name it \.jsonl"),
        ("r.tsv", "id\ttext\n", "no utterances"),
        ("r.tsv", "", "line 1: the header names nothing"),
        ("r.tsv", "name\tsaid\na\tb\n", "line 1: the header names name, said: it must name"),
        ("r.tsv", "id\ttext\na\tb\nc\td\te\n", "line 3: 3 columns where the header names 2"),
        ("r.tsv", "id\ttext\na\tb\na\tc\n", "line 3: identifier 'a' is already on line 2"),
        ("r.jsonl", '{"id": "a", "text": "b"}\n{"id": \n', "line 2: not JSON"),
        ("r.jsonl", '["a", "b"]\n', "line 1: not a JSON object"),
        ("r.jsonl", '{"id": "a", "txt": "b"}\n', "line 1: field 'text'.*the line has id, txt"),
        ("r.jsonl", '{"id": "a", "text": null}\n', "line 1: field 'text'"),
        ("r.jsonl", '{"id": "a", "text": ["b"]}\n', "line 1: field 'text'.*valid string"),
        ("r.jsonl", b'{"id": "a", "text": "\xff"}\n', r"line 1: not UTF-8 \(byte 22\)"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_remedy(tmp_path, name, content, message):
    path = write(tmp_path, name, content)
    with pytest.raises(ScoreFileError, match=message) as caught:
        read_references(path)
    assert str(path) in str(caught.value)


def test_an_unknown_label_is_refused(tmp_path):
    path = write(tmp_path, "hyp.jsonl", '{"id": "a", "text": "b", "language": "fr"}\n')
    with pytest.raises(ScoreFileError, match=r"line 1: field 'language'.*'uz'"):
        read_hypotheses(path)


@pytest.mark.parametrize("name", ["none.tsv", "none.jsonl", "none.parquet"])
def test_a_missing_file(tmp_path, name):
    with pytest.raises(ScoreFileError, match="none"):
        read_references(tmp_path / name)


def test_pairs_follow_the_references():
    references = [Reference(id="b", text="B", speaker="s"), Reference(id="a", text="A")]
    hypotheses = [Hypothesis(id=name, text=name) for name in ("a", "b", "unused")]
    pairs = pair_up(references, hypotheses)
    assert [(p.id, p.reference, p.hypothesis, p.speaker) for p in pairs] == [
        ("b", "B", "b", "s"),
        ("a", "A", "a", ""),
    ]


def test_missing_hypotheses_are_an_error_unless_asked_for():
    references = [Reference(id=str(number), text="A") for number in range(6)]
    with pytest.raises(ScoreFileError, match=r"5 of 6 .*\(1, 2, 3, …\).*--missing-as-empty"):
        pair_up(references, [Hypothesis(id="0", text="A")])
    pairs = pair_up(references, [Hypothesis(id="0", text="A")], missing_as_empty=True)
    assert [pair.hypothesis for pair in pairs] == ["A", "", "", "", "", ""]


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"])))
def test_any_text_survives_a_table(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        table = write(Path(folder), "r.tsv", f"id\ttext\na\t{text}\n")
        lines = write(Path(folder), "r.jsonl", json.dumps({"id": "a", "text": text}))
        assert read_references(table)[0].text == read_references(lines)[0].text == text
