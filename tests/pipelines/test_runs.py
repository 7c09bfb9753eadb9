"""Whole runs of the smoke profile, each in a process of its own, as a user starts them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from mlflow import MlflowClient

from benchmarks.kills import find_open_records
from ovoz.evaluation.rows import read_rows
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
SMOKE = yaml.safe_load((ROOT / "configs/smoke.yaml").read_text("utf-8"))


class Finished(NamedTuple):
    """The workspace of a run, and what the run printed."""

    workspace: Path
    output: str


def command(workspace: Path, profile: Path, pipeline: str = "run") -> list[str]:
    options = ["--profile", str(profile), "--workspace", str(workspace)]
    return [sys.executable, "-m", "pipelines", pipeline, *options]


def run(
    workspace: Path, profile: Path, pipeline: str = "run", code: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "200"}
    return subprocess.run(
        command(workspace, profile, pipeline),
        cwd=code,
        env=environment,
        capture_output=True,
        text=True,
    )


def write_profile(path: Path, **changes: object) -> Path:
    path.write_text(yaml.safe_dump(SMOKE | changes, allow_unicode=True), "utf-8")
    return path


def repeated(output: str) -> set[str]:
    """Steps that ran, not taken from the cache."""
    return set(re.findall(r"▶ (\S+?)(?:\x1b|\s|$)", output))


def registry(workspace: Path) -> Registry:
    return Registry(
        RegistrySettings(
            tracking_uri=f"sqlite:///{workspace}/.ovoz/mlflow/mlflow.db",
            artifacts=str(workspace / ".ovoz/mlflow/artifacts"),
            model="ovoz-smoke",
        )
    )


def test_run_ends_with_a_production_model_that_answered(done) -> None:
    workspace, output = done
    assert registry(workspace).resolve("production").version == "1"
    assert "Model ovoz-smoke version 1 is production" in output
    assert output.count("wrote") == 3
    assert "synthetic speech, closed vocabulary" in output
    for report in ("reports/data-page/index.html", "metrics/scores.json", "metrics/curve.csv"):
        assert (workspace / report).is_file()
    rows = read_rows(workspace / "reports/hypotheses.parquet")
    assert {row.test_set for row in rows} >= {"test", "open"}
    # The page of the promotion, which trained nothing, has the curve that the model came with.
    assert "Learning curve" in (workspace / "reports/evaluation.html").read_text("utf-8")
    stages = [line.split(",")[1] for line in (workspace / "metrics/curve.csv").open()][1:]
    assert list(dict.fromkeys(stages)) == ["clean", "noisy", "code-switch"]
    card = (registry(workspace).resolve("production").artifact / "card.md").read_text("utf-8")
    assert "| synthetic:espeak-ng |" in card
    assert "| dialect=" in card
    assert re.search(r"normalizer `[0-9a-f]{12}`", card)  # its code's digest, not a release
    assert (workspace / "data.dvc").is_file()
    assert not (workspace / "mlruns").exists()


def test_a_model_that_cannot_be_packaged_never_gets_to_production(done) -> None:
    workspace, _ = done
    opened, bentos = registry(workspace), workspace / ".ovoz/bentoml"
    client = MlflowClient(tracking_uri=opened.settings.uri())
    client.delete_registered_model_alias("ovoz-smoke", "production")
    bentos.rename(workspace / "bentoml")
    bentos.write_text("no folder", "utf-8")
    (stored,) = (workspace / ".ovoz/zenml-stores").glob("*/augment/noisy_test")
    shutil.rmtree(stored)
    try:
        stopped = run(workspace, ROOT / "configs/smoke.yaml", "promotion")
        assert stopped.returncode == 1
        assert "stopped: step package: FileExistsError" in stopped.stdout
        assert "production has not moved" in stopped.stdout
        assert "production" not in opened.holders()
        # A result that is gone from ZenML's store is made again, and what depends on it is equal.
        assert "noisy_test" in stopped.stdout
        assert "is gone: its step runs again" in stopped.stdout
        assert "augment" in repeated(stopped.stdout)
        assert "evaluate_candidate" not in repeated(stopped.stdout)
    finally:
        bentos.unlink()
        (workspace / "bentoml").rename(bentos)
        client.set_registered_model_alias("ovoz-smoke", "production", "1")


def test_second_run_repeats_nothing_that_takes_long(done) -> None:
    workspace, _ = done
    again = run(workspace, ROOT / "configs/smoke.yaml")
    assert again.returncode == 0
    assert repeated(again.stdout) <= {
        "ingest",
        "version_data",
        "register_model",
        "candidate",
        "rivals",
        *("report_exported", "report_current"),
        *("gate_trained", "gate_exported", "gate_current"),
        "promote_staging",
        "promote_production",
        "package",
    }
    assert "Model ovoz-smoke version 1 is production" in again.stdout
    assert again.stdout.count("wrote") == 3
    assert len(registry(workspace).versions()) == 1


def test_impossible_gate_stops_with_a_table_and_trains_nothing(done, tmp_path) -> None:
    workspace, _ = done
    hard = {"gates": [{"figure": "cer", "at_most": 0.01}, {"figure": "wer.uz", "at_most": 1.0}]}
    profile = write_profile(tmp_path / "hard.yaml", gates=hard)
    refused = run(workspace, profile)
    assert refused.returncode == 1
    trained = {step for step in repeated(refused.stdout) if step.startswith("train_")}
    assert not trained, refused.stdout
    assert "NOT MET" in refused.stdout
    assert re.search(r"cer on test .* ≤ 1.0% .*-\d+\.\d%", refused.stdout)
    assert "no alias has moved" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert len(registry(workspace).versions()) == 1


def test_corrupt_recording_is_set_aside_by_name(done) -> None:
    workspace, _ = done
    audio = sorted((workspace / "data/audio/train").glob("*.flac"))[3]
    sound = audio.read_bytes()
    audio.unlink()  # DVC may have linked it to its cache
    audio.write_bytes(b"not a recording")
    checked = run(workspace, ROOT / "configs/smoke.yaml", "data")
    assert checked.returncode == 0, checked.stdout
    assert f"({audio.stem}): the audio cannot be read" in checked.stdout
    assert audio.stem in (workspace / "reports/quarantine.csv").read_text("utf-8")
    audio.unlink()
    audio.write_bytes(sound)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gates": {"gates": [{"figure": "wer.uzz", "at_most": 0.2}]}}, "gates.gates.0.figure: no"),
        ({"training": SMOKE["training"] | {"precision": "fp16"}}, "training.precision: fp16 needs"),
        ({"pack": "[/red] [bold]"}, "no language pack '[/red] [bold]'"),
        ({"corpus": {"source": "nowhere"}}, "nowhere"),
    ],
)
def test_faulty_profile_fails_before_anything_runs(tmp_path, changes, message) -> None:
    finished = run(tmp_path / "ws", write_profile(tmp_path / "bad.yaml", **changes))
    assert finished.returncode == 2
    assert message in finished.stdout
    assert not repeated(finished.stdout)


def test_a_failed_step_is_reported_with_its_exception(tmp_path) -> None:
    corpus = {"source": "ovoz_corpus", "path": str(tmp_path / "nowhere")}
    finished = run(tmp_path / "ws", write_profile(tmp_path / "bad.yaml", corpus=corpus), "data")
    assert finished.returncode == 1
    assert re.search(r"stopped: step ingest: \w+Error: .*nowhere", finished.stdout)
    assert "Traceback" not in finished.stdout
    assert repeated(finished.stdout) == {"ingest"}


def kill_in(step: str, workspace: Path, profile: Path) -> None:
    """Start a training run and kill it, with all its processes, half a second into a step."""
    process = subprocess.Popen(
        command(workspace, profile, "training"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert any(f"▶ {step}" in line for line in process.stdout)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_in_one_step_after_another_it_resumes_and_ends_the_same(done, tmp_path) -> None:
    workspace, profile = tmp_path / "killed", ROOT / "configs/smoke.yaml"
    for step in ("ingest", "validate", "train_clean", "train_code_switch"):
        kill_in(step, workspace, profile)
        assert not (workspace / "metrics/scores.json").exists()
    resumed = run(workspace, profile, "training")
    assert resumed.returncode == 0, resumed.stdout
    assert "ended in the records: " in resumed.stdout
    assert find_open_records(workspace) == []
    figures = [
        json.loads((one / "metrics/scores.json").read_text("utf-8")) for one in (done[0], workspace)
    ]
    assert figures[0] == figures[1]
    encoders = [
        (registry(one).resolve("candidate").artifact / "encoder.onnx").read_bytes()
        for one in (done[0], workspace)
    ]
    assert encoders[0] == encoders[1]
