"""Formats of other tools, and hostile files: each ends in scores or in one clear line."""

import json

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.evaluation.metrics.equivalents import read_equivalents
from ovoz.evaluation.metrics.files import (
    ScoreFileError,
    pair_up,
    read_hypotheses,
    read_references,
)
from ovoz.evaluation.metrics.report import score_files
from ovoz.text.pack import load_pack


def write(folder, name, content):
    path = folder / name
    path.write_text(content, "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text", "a1 men keldim\na2\n"),
        ("hyp.txt", "a1\tmen keldim\na2 \n"),
        ("hyp.trn", ";; comment\nmen keldim (a1)\n(a2)\n"),
        ("list.json", '[{"id": "a1", "text": "men keldim"}, {"id": "a2", "text": ""}]'),
        ("lines.json", '{"id": "a1", "sentence": "men keldim"}\n{"id": "a2", "text": ""}\n'),
        ("columns.json", '{"path": ["a1", "a2"], "transcription": ["men keldim", ""]}'),
        (
            "server.json",
            '{"rows": [{"row": {"audio": {"path": "a1"}, "text": "men keldim"}},'
            ' {"row": {"audio": {"path": "a2"}, "text": ""}}]}',
        ),
    ],
)
def test_formats_of_other_tools(tmp_path, name, content):
    rows = read_hypotheses(write(tmp_path, name, content))
    assert [(row.id, row.text) for row in rows] == [("a1", "men keldim"), ("a2", "")]


def test_words_of_a_ctm_go_to_the_segments_of_an_stm(tmp_path):
    reference = write(
        tmp_path,
        "ref.stm",
        ";; LABEL\ntalk 1 anna 0.0 2.0 <o,f0> salom dunyo\ntalk 1 boris 2.0 4.0 привет\n"
        "talk 1 x 4.0 5.0 ignore_time_segment_in_scoring\n",
    )
    hypothesis = write(
        tmp_path, "hyp.ctm", "talk 1 2.1 0.5 привет 0.9\ntalk 1 0.2 0.3 salom\ntalk 1 4.5 0.2 да\n"
    )
    pairs = pair_up(read_references(reference), read_hypotheses(hypothesis))
    assert [(pair.reference, pair.hypothesis, pair.speaker) for pair in pairs] == [
        ("salom dunyo", "salom", "anna"),
        ("привет", "привет да", "boris"),
    ]
    report = score_files(reference, hypothesis, load_pack("uz-ru"))
    assert (report.unused_hypotheses, report.missing_hypotheses) == (0, 0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.jsonl", '{"id": "a", "text": ' + "[" * 100_000, "line 1: JSON nested too deeply"),
        ("r.jsonl", r'{"id": "a", "text": "\ud800"}', "line 1: .*surrogate"),
        ("r.jsonl", '{"id": "a", "text": NaN}', "line 1: not JSON .NaN"),
        ("r.jsonl", '{"id": "a", "text": -Infinity}', "line 1: not JSON"),
        ("r.jsonl", '{"id": "a", "text": "b", "text": "c"}', "key 'text' is there twice"),
        ("r.tsv", "id\ttext\ttext\na\tb\tc\n", "header names 'text' twice"),
        ("r.trn", "men keldim\n", "line 1: no identifier in brackets"),
        ("r.stm", "talk 1 anna 0.0\n", "line 1: a segment has"),
        ("r.ctm", "talk 1 nan 0.5 salom\n", "line 1: 'nan' is no time"),
        ("r.json", '{"id": ["a"], "text": ["b", "c"]}', "columns of equal length"),
        ("r.json", '["a", "b"]', "row 1 is not an object"),
    ],
)
def test_a_hostile_file_ends_in_one_clear_line(tmp_path, name, content, message):
    with pytest.raises(ScoreFileError, match=message):
        read_references(write(tmp_path, name, content))


def test_no_message_quotes_a_whole_file(tmp_path):
    for name, content in [
        ("r.tsv", "no header " * 50_000),
        ("r.jsonl", json.dumps({"k" * 100_000: "b"})),
        ("text", f"{'a' * 100_000} b\n{'a' * 100_000} c\n"),
    ]:
        with pytest.raises(ScoreFileError) as caught:
            read_references(write(tmp_path, name, content))
        assert len(str(caught.value)) < 400 + len(str(tmp_path))


def test_a_report_that_cannot_be_written_is_found_before_scoring(tmp_path):
    (tmp_path / "folder").mkdir()
    blocked = write(tmp_path, "file", "")
    for target in (tmp_path / "folder", blocked / "scores.json"):
        result = CliRunner().invoke(
            app, ["score", "none.tsv", "none.tsv", "--json", str(target)], env={"COLUMNS": "160"}
        )
        assert result.exit_code == 2
        assert "the report cannot be written" in result.stderr


def test_a_message_with_brackets_is_printed_as_it_is(tmp_path):
    path = write(tmp_path, "r.tsv", "[/red]\t[bold]\n")
    result = CliRunner().invoke(app, ["score", str(path), str(path)], env={"COLUMNS": "160"})
    assert result.exit_code == 2
    assert "[/red], [bold]" in result.stderr


def test_listed_spellings_count_as_the_same_and_their_effect_is_printed(tmp_path):
    reference = write(tmp_path, "ref.tsv", "id\ttext\na\tmenga super app kerak\n")
    hypothesis = write(tmp_path, "hyp.tsv", "id\ttext\na\tmenga superapp kerak\n")
    listed = write(tmp_path, "same.txt", "# brands\nsuper app = superapp\nPay Pay = PayPay\n")
    arguments = ["score", str(reference), str(hypothesis), "--pack", "none"]
    plain = CliRunner().invoke(app, arguments, env={"COLUMNS": "160"})
    assert "50.00 %" in plain.stdout
    assert "Listed spellings" not in plain.stdout
    result = CliRunner().invoke(
        app, [*arguments, "--equivalents", str(listed)], env={"COLUMNS": "160"}
    )
    assert "WER, canonical, is 0.00 %, without the list 50.00 %" in result.stdout


@pytest.mark.parametrize("content", ["", "superapp\n", "a = b\nb = c\n", "a = \n"])
def test_a_faulty_list_of_equivalents_is_refused(tmp_path, content):
    path = write(tmp_path, "same.txt", content)
    with pytest.raises(ScoreFileError, match=r"same\.txt"):
        read_equivalents(path, str.strip)
