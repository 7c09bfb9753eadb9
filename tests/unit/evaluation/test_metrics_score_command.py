"""``ovoz score`` on hand-written files, and the worked example of the benchmark's page."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.evaluation.metrics.figures import FORMULAS
from ovoz.evaluation.metrics.report import ScoreOptions, score_files, write_report
from ovoz.evaluation.metrics.table import _TITLES

PAGE = (Path(__file__).parents[3] / "docs" / "benchmark.md").read_text("utf-8")
REFERENCE, HYPOTHESIS = re.findall(r"```tsv\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def files(tmp_path):
    reference, hypothesis = tmp_path / "ref.tsv", tmp_path / "hyp.tsv"
    reference.write_text(REFERENCE, "utf-8")
    hypothesis.write_text(HYPOTHESIS, "utf-8")
    return reference, hypothesis


def documented_figures():
    example = PAGE.split("## A worked example")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_0-9.]+)` \| .* \| ([\d.]+) \|$", example, flags=re.MULTILINE)
    return {name: float(value) for name, value in rows}


def ovoz(*arguments):
    return CliRunner().invoke(app, ["score", *map(str, arguments)], env={"COLUMNS": "160"})


def test_the_worked_example_is_true(files):
    documented = documented_figures()
    assert len(documented) == 19
    figures = score_files(*files).figures
    assert {name: round(figures[name], 4) for name in documented} == documented


def test_the_command_prints_the_table_and_writes_json(files, tmp_path):
    result = ovoz(*files, "--pack", "none", "--json", tmp_path / "out" / "scores.json")
    assert result.exit_code == 0, result.output
    assert re.search(r"WER, canonical\s*│\s*28\.57 %", result.stdout)
    assert re.search(r"PIER, switched words\s*│\s*50\.00 %.*4 words", result.stdout)
    assert re.search(r"I-index of the test set\s*│\s*0\.333.*15 boundaries", result.stdout)
    report = json.loads((tmp_path / "out" / "scores.json").read_text("utf-8"))
    assert report["figures"]["wer"] == pytest.approx(6 / 21)
    assert report["scores"]["confusion"]["uz"] == {"uz": 1, "ru": 0, "mixed": 1}
    assert report["reference"]["name"] == "ref.tsv"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["scores.json"]


def test_a_figure_without_anything_to_measure_shows_a_dash(tmp_path):
    path = tmp_path / "same.tsv"
    path.write_text("id\ttext\na\tmen keldim\n", "utf-8")
    result = ovoz(path, path, "--pack", "none")
    assert re.search(r"PIER, switched words\s*│\s*—\s*│", result.stdout)
    assert "at least two speakers" in result.stdout


def test_groups_and_baseline(files, tmp_path):
    reference, hypothesis = files
    perfect = tmp_path / "perfect.tsv"
    perfect.write_text(REFERENCE, "utf-8")
    options = ScoreOptions(group_by=("speaker",), resamples=200)
    report = score_files(reference, perfect, baseline=hypothesis, options=options)
    assert report.groups["speaker"]["s1"]["wer"] == 0.0
    assert report.differences["wer"].difference == pytest.approx(-6 / 21)
    assert report.differences["wer"].improvement == 1.0
    result = ovoz(reference, perfect, "--pack", "none", "--baseline", hypothesis, "--by", "speaker")
    assert "perfect.tsv compared with hyp.tsv" in result.stdout
    assert "By speaker" in result.stdout
    assert "3 speakers are few" in result.stdout


def test_missing_and_unused_hypotheses(files):
    reference, hypothesis = files
    hypothesis.write_text("id\ttext\nu1\tmen bugun\nextra\tx\n", "utf-8")
    refused = ovoz(reference, hypothesis, "--pack", "none")
    assert refused.exit_code == 2
    assert "5 of 6 references have no hypothesis" in refused.stderr
    accepted = ovoz(reference, hypothesis, "--pack", "none", "--missing-as-empty")
    assert accepted.exit_code == 0
    assert "1 hypotheses have no reference" in accepted.stdout
    assert "5 references had no hypothesis" in accepted.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "age"], "cannot group by 'age': choose from condition"),
        (["--level", "95"], "give a fraction such as 0.95"),
    ],
)
def test_wrong_options_end_in_one_clear_line(files, arguments, message):
    result = ovoz(*files, "--pack", "none", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_report_that_cannot_be_written_leaves_nothing(files, tmp_path):
    report = score_files(*files, options=ScoreOptions(resamples=10))
    taken = tmp_path / "folder.json"
    taken.mkdir()
    with pytest.raises(OSError):
        write_report(report, taken)
    assert not list(tmp_path.glob(".*tmp"))


def test_the_python_of_the_page_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    names = {}
    exec(example, names)
    assert names["scores_of"](names["counts"]).figures()["pier"] == 1.0
    assert names["confidence_intervals"](names["counts"]) == {}


def test_every_figure_has_a_title_and_a_place_on_the_page():
    assert set(_TITLES) == set(FORMULAS)
    for name in FORMULAS:
        family = re.sub(r"(precision|recall|f1)(?=_within|$)", "*", name).split(".")[0]
        assert f"`{name}`" in PAGE or f"`{family}" in PAGE, name
