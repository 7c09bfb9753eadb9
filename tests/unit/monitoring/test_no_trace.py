"""What callers say can be found in nothing that monitoring keeps, shows or sends."""

import datetime as dt
import html
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from ovoz.audio.measures import Measures
from ovoz.cli.main import app
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.artifact.storage import REFERENCE_FILE
from ovoz.engine.transcript import build_transcript
from ovoz.monitoring.actions.trail import Trail
from ovoz.monitoring.drift import DriftConfig
from ovoz.monitoring.hour_files import TRAFFIC, HourFiles
from ovoz.monitoring.reference import read_reference, recorded_rows, store_reference
from ovoz.monitoring.report import look_for_drift
from ovoz.monitoring.traffic import Way, describe_segment
from ovoz.monitoring.traffic_rows import sample_rows

from ...planted import SECRETS, WORDS
from ...utterances import make_utterance
from .test_drift import DAY
from .test_reference import row

LAST = DAY + dt.timedelta(11)


@pytest.fixture
def model(artifact: Path, tmp_path: Path) -> Path:
    """A model whose test set holds the names and numbers, as texts and as speakers."""
    own = Path(shutil.copytree(artifact, tmp_path / "artifact"))
    random = np.random.default_rng(1)
    names = [f"u{number}" for number in range(200)]
    said = [SECRETS[number % 50] for number in range(200)]
    utterances = [
        make_utterance(name, text, snr_db=random.normal(20, 3))
        for name, text in zip(names, said, strict=True)
    ]
    rows = [
        row(name, hypothesis=text, reference=text, speaker=text)
        for name, text in zip(names, said, strict=True)
    ]
    store_reference(own, rows, utterances)
    return own


@pytest.fixture
def traffic(model: Path, tmp_path: Path) -> Path:
    """Twelve days in which they are said; the last four are noisy."""
    from ovoz.engine.artifact.storage import read_description

    folder, version = tmp_path / "traffic", read_description(model).model_version
    random = np.random.default_rng(2)
    files = HourFiles(folder, TRAFFIC)
    for day in range(12):
        heard = dt.datetime.combine(DAY + dt.timedelta(day), dt.time(9), dt.UTC)
        rows = []
        for secret in SECRETS:
            words = [DecodedWord(word, 0, 1, 0.9, 0.9) for word in secret.split()]
            transcript = build_transcript(
                words, frame_s=0.02, duration_s=2.0, model_version=version
            )
            noisy = random.normal(2 if day >= 8 else 20, 3)
            measures = Measures(2.0, noisy, -20.0, 0.0, 7_000.0, 0.9)
            rows.append(
                replace(describe_segment(transcript, measures, Way.HTTP, 1, 7), heard_at=heard)
            )
        assert files.append(rows) == (50, "")
    return folder


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder as text, its name before it; tables cell by cell."""
    for file in folder.rglob("*"):
        if file.is_dir():
            continue
        if file.suffix == ".parquet":
            table = pq.ParquetFile(file).read()
            content = f"{table.schema.metadata} {table.to_pylist()}"
        else:
            content = html.unescape(file.read_bytes().decode("utf-8", "replace"))
            if "\\u04" in content:  # Cyrillic in JSON
                content += content.encode("ascii", "ignore").decode("unicode_escape")
        yield file, f"{file} {content}".lower()


def assert_no_trace(folder: Path, *others: str) -> None:
    for name, text in [*texts(folder), *(("output", other.lower()) for other in others)]:
        found = {word for word in WORDS if word in text}
        assert not found, f"{name}: {found}"


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "note.json").write_text(
        '{"said": "\\u043d\\u0430\\u0440\\u0433\\u0438\\u0437\\u0430"}'
    )
    with pytest.raises(AssertionError, match="наргиза"):
        assert_no_trace(tmp_path)


@pytest.mark.slow  # calibrates a whole month
def test_store_page_gauges_and_trail_have_no_trace(
    model: Path, traffic: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    actions = [{"do": "warn"}, {"do": "collect", "file": str(kept / "wanted.yaml")}]
    policy = kept / "policy.yaml"
    policy.write_text(yaml.safe_dump({"trail": str(kept / "trail"), "actions": actions}), "utf-8")
    looked = CliRunner().invoke(
        app,
        [
            "drift", str(traffic), "--model", str(model), "--last", str(LAST), "--days", "12",
            "--page", str(kept / "page.html"), "--metrics", str(kept / "ovoz.prom"),
            "--act", str(policy),
        ],
    )  # fmt: skip
    assert looked.exit_code == 1, looked.output
    assert len(Trail(kept / "trail").events) == 5, "raised, and two actions begun and done"
    assert "speech over noise" in (kept / "page.html").read_text("utf-8")
    shutil.copy(model / REFERENCE_FILE, kept)
    assert_no_trace(kept, looked.output)
    assert_no_trace(traffic)


@pytest.mark.slow  # importing Evidently takes most of it
def test_evidently_has_no_trace(model: Path, traffic: Path, tmp_path: Path) -> None:
    from ovoz.monitoring.evidently_history import compare_day, keep_report

    report = look_for_drift(traffic, model, last=LAST, days=12, config=DriftConfig(months=60))
    day = sample_rows(traffic, LAST, report.model_version)
    snapshot = compare_day(report, day, recorded_rows(read_reference(model)))
    kept = tmp_path / "evidently"
    assert keep_report(kept, "demo", snapshot) == 1
    (kept / "report.html").write_text(snapshot.get_html_str(as_iframe=False), "utf-8")
    assert_no_trace(kept)
