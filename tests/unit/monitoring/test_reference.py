"""The reference of a model: from its evaluation into its artifact, without text and names."""

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from ovoz.audio.measures import Measures
from ovoz.cli.main import app
from ovoz.engine.artifact.storage import REFERENCE_FILE, ArtifactError, read_description
from ovoz.engine.transcript import Word
from ovoz.evaluation.rows import HypothesisRow
from ovoz.monitoring.bins import Bins
from ovoz.monitoring.hour_files import CORRECTIONS, FEATURES_SCHEMA, HourFiles
from ovoz.monitoring.reference import (
    REFERENCE_SCHEMA,
    read_reference,
    recorded_rows,
    store_reference,
)
from ovoz.registry.version_tags import content_digest
from ovoz.text.language import Language

from ...utterances import make_utterance
from .test_drift import DAY, log_of
from .test_live_rate import corrected

DISTORTED = Measures(2.0, 3.0, -20.0, 0.0, 4_000.0, 0.9)
TEXT = "gulnora заказ oldi"


def row(utterance_id: str, hypothesis: str = "gulnora oldi", **fields: object) -> HypothesisRow:
    words = tuple(Word(text, 0, 1, Language.UZBEK, 0.5) for text in hypothesis.split())
    told = {
        "system": "served", "test_set": "test", "id": utterance_id, "audio": "a.flac",
        "reference": TEXT, "hypothesis": hypothesis, "language": Language.MIXED,
        "hypothesis_language": Language.UZBEK, "dialect": "unknown", "condition": "clean",
        "speaker": "gulnora", "duration_s": 2.0, "confidence": 0.5, "latency_ms": 1.0,
        "snr_db": 20.0, "rms_dbfs": -20.0, "words": words,
    }  # fmt: skip
    return HypothesisRow.model_validate(told | fields)


@pytest.fixture
def own(artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(artifact, tmp_path / "artifact"))


def test_the_served_rows_of_the_test_set_are_kept_without_text(own: Path) -> None:
    before = content_digest(read_description(own))
    utterances = [make_utterance(name, TEXT, snr_db=17.0) for name in ("a", "b")]
    rows = [
        row("a"),
        row("b", hypothesis=""),
        row("a", system="greedy"),
        row("a", test_set="test-noisy"),
        row("a", snr_db=None),
        row("unknown"),
        row("b", test_set="test-conditions", condition="codec", snr_db=None, measures=DISTORTED),
    ]
    description = store_reference(own, rows, utterances)
    table = read_reference(own)
    assert table.schema.names == REFERENCE_SCHEMA.names
    assert table["errors"].to_pylist() == [1, 3, 1]
    assert table["reference_words"].to_pylist() == [3, 3, 3]
    assert table["snr_db"].to_pylist() == [17.0, 17.0, 3.0]
    assert table["distortion"].to_pylist() == ["", "", "codec"]
    assert table["speaker"].to_pylist() == [0, 0, 0]
    assert recorded_rows(table).num_rows == 2
    assert "gulnora" not in str(table.to_pylist())
    assert REFERENCE_FILE in description.files
    assert content_digest(read_description(own)) == before, "measuring makes no new model"
    assert Bins.of(table).codes(table).shape[0] == 3


def test_without_rows_the_artifact_stays_as_it_is(own: Path) -> None:
    before = (own / "model.json").read_bytes()
    store_reference(own, [row("a", system="greedy")], [make_utterance("a", TEXT)])
    assert (own / "model.json").read_bytes() == before
    with pytest.raises(ArtifactError, match="training"):
        read_reference(own)


def test_a_damaged_reference_is_named(own: Path) -> None:
    (own / REFERENCE_FILE).write_bytes(b"nothing")
    with pytest.raises(ArtifactError, match="not readable"):
        read_reference(own)


def test_the_command_names_what_changed_and_since_when(own: Path, tmp_path: Path) -> None:
    names = [f"u{number}" for number in range(200)]
    random = np.random.default_rng(3)
    utterances = [make_utterance(name, TEXT, snr_db=random.normal(20, 3)) for name in names]
    version = store_reference(own, [row(name) for name in names], utterances).model_version
    kept = read_reference(own).select(FEATURES_SCHEMA.names)
    traffic = tmp_path / "traffic"
    for day in range(12):
        table = kept.take(random.choice(200, 80))
        if day >= 8:
            place = table.schema.get_field_index("snr_db")
            table = table.set_column(place, "snr_db", pa.array([5.0] * 80, pa.float32()))
        log_of(traffic, table, DAY + dt.timedelta(day), 9, version)
    asked = ["drift", str(traffic), "--model", str(own), "--days", "12", "--last"]
    drifted = CliRunner().invoke(app, [*asked, "2026-03-12"], env={"COLUMNS": "150"})
    assert drifted.exit_code == 1, drifted.output
    assert "speech over noise (snr_db)" in drifted.output
    assert "2026-03-09" in drifted.output
    assert "way=http" in drifted.output
    assert "estimated for the last week" in drifted.output
    assert "loudness" not in drifted.output
    rows = [corrected(version, 3) for _ in range(8)]
    HourFiles(tmp_path / "corrections", CORRECTIONS).append(rows)
    gauges = tmp_path / "drift.prom"
    page = tmp_path / "drift.html"
    more = ["--corrections", str(tmp_path / "corrections"), "--metrics", str(gauges)]
    more += ["--page", str(page)]
    seen = CliRunner().invoke(app, [*asked, "2026-03-12", *more], env={"COLUMNS": "150"})
    assert "30.0%" in seen.output
    values = {
        (sample.name, sample.labels.get("column") or sample.labels.get("bound")): sample.value
        for family in text_string_to_metric_families(gauges.read_text())
        for sample in family.samples
    }
    assert values["asr_drift_columns", None] >= 1
    assert values["asr_drift_distance", "snr_db"] > 0.9
    assert values["asr_estimated_wer", "low"] <= values["asr_estimated_wer", "high"]
    assert values["asr_corrected_wer", "rate"] == pytest.approx(0.3)
    shown = page.read_text("utf-8")
    for told in ("no longer sound like", "speech over noise", "2026-03-09", "way=http", "polyline"):
        assert told in shown
    assert "Ask which devices" in shown
    calm = CliRunner().invoke(
        app, [*asked, "2026-03-08", "--page", str(page)], env={"COLUMNS": "150"}
    )
    assert calm.exit_code == 0, calm.output
    assert "nothing has changed" in calm.output
    assert "<strong>Nothing.</strong>" in page.read_text("utf-8")
    policy = tmp_path / "actions.yaml"
    trail = tmp_path / "trail.jsonl"
    policy.write_text(f"trail: {trail}\nactions: [{{do: warn}}]\n", "utf-8")
    acting = [*asked, "2026-03-12", "--act", str(policy)]
    dry = CliRunner().invoke(app, [*acting, "--dry-run"], env={"COLUMNS": "150"})
    assert "warn: would be taken" in dry.stdout
    assert not trail.exists()
    acted = CliRunner().invoke(app, acting, env={"COLUMNS": "150"})
    assert acted.exit_code == 1, acted.output
    assert "Callers of" in acted.stderr
    assert "warn: taken on 2026-03-12, cools down" in CliRunner().invoke(app, acting).stdout
    hook = "{do: webhook, url_env: OVOZ_TEST_UNSET}"
    policy.write_text(f"trail: {trail}\nactions: [{hook}]\n", "utf-8")
    failed = CliRunner().invoke(app, acting)
    assert failed.exit_code == 3
    assert "failed: OVOZ_TEST_UNSET is not set" in failed.stdout
    away = CliRunner().invoke(app, ["drift", str(tmp_path / "none"), "--model", str(own)])
    assert away.exit_code == 2
