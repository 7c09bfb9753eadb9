"""``ovoz doctor``: what it finds, and what it says to do."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.serving.auth.network import free_port

STORE = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")


@pytest.fixture
def run(tmp_path: Path, monkeypatch) -> Iterator:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("OVOZ_"):
            monkeypatch.delenv(name)

    def ran(**variables: object) -> tuple[int, dict[str, dict]]:
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        done = CliRunner().invoke(app, ["doctor", "--json"])
        assert "secret" not in done.output
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return done.exit_code, {one["what"]: one for one in found}

    return ran


def test_wrong_settings_are_named_before_all_else(run) -> None:
    code, found = run(OVOZ_MAX_DURATION="5", OVOZ_CACHE_URL="http://x:secret@y")
    assert code == 1
    assert set(found) == {"settings"}
    assert found["settings"]["advice"]


def test_a_missing_model_is_a_failure_and_no_keys_a_warning(run) -> None:
    code, found = run()
    assert code == 1
    assert (found["settings"]["state"], found["model"]["state"]) == ("ok", "failed")
    assert "make run" in found["model"]["advice"]
    assert (found["keys"]["state"], found["temporary folder"]["state"]) == ("warning", "ok")


def test_a_whole_model_and_a_sound_folder_are_fine(run, artifact: Path, tmp_path: Path) -> None:
    code, found = run(OVOZ_MODEL_ID=artifact, OVOZ_JOBS_DIR=tmp_path / "jobs" / "deeper")
    assert code == 0, found
    assert found["model"]["state"] == found["jobs folder"]["state"] == "ok"
    assert not (tmp_path / "jobs").exists()  # it only looks
    (artifact_copy := tmp_path / "damaged").mkdir()
    assert run(OVOZ_MODEL_ID=artifact_copy)[1]["model"]["state"] == "failed"


def test_folders_that_cannot_be_used(run, artifact: Path, tmp_path: Path) -> None:
    code, found = run(OVOZ_MODEL_ID=artifact, OVOZ_JOBS_DIR="/proc/jobs")
    assert (code, found["jobs folder"]["state"]) == (1, "failed")
    assert "OVOZ_JOBS_DIR" in found["jobs folder"]["advice"]
    code, found = run(OVOZ_JOBS_DIR=tmp_path, OVOZ_JOBS_MAX_UPLOAD_BYTES=2**60)
    assert (code, found["jobs folder"]["state"]) == (0, "warning")


def test_stores_that_do_not_answer_are_named_without_their_passwords(run, artifact, tmp_path):
    port = free_port()
    code, found = run(
        OVOZ_MODEL_ID=artifact,
        OVOZ_JOBS_DIR=tmp_path,
        OVOZ_CACHE_URL=f"redis://u:secret@127.0.0.1:{port}/0",
        OVOZ_JOBS_DATABASE_URL=f"postgresql://u:secret@127.0.0.1:{port}/x",
        OVOZ_JOBS_BROKER_URL=f"amqp://u:secret@127.0.0.1:{port}/",
        OVOZ_JWT_ALGORITHM="RS256",
        OVOZ_JWT_JWKS_URL=f"http://127.0.0.1:{port}/keys",
        OVOZ_JWT_AUDIENCE="a",
        OVOZ_JWT_ISSUER="i",
    )
    assert code == 1
    for what in ("result cache", "jobs database", "jobs broker", "key set of tokens"):
        assert found[what]["state"] == "failed", found
        assert found[what]["advice"]


def test_a_store_that_answers_has_a_clock(run, artifact: Path) -> None:
    redis = pytest.importorskip("redis")
    try:
        redis.Redis.from_url(STORE, socket_timeout=1).ping()
    except redis.RedisError:
        pytest.skip("no Redis on its usual port")
    code, found = run(OVOZ_MODEL_ID=artifact, OVOZ_CACHE_URL=STORE)
    assert (code, found["result cache"]["detail"]) == (0, "answers, clocks agree")


def test_keys_that_others_may_add_to(run, artifact: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    assert CliRunner().invoke(app, ["keys", "create", "anna", "--file", str(file)]).exit_code == 0
    assert run(OVOZ_MODEL_ID=artifact, OVOZ_API_KEYS_FILE=file)[1]["keys"]["state"] == "ok"
    file.chmod(0o666)
    code, found = run()
    assert (code, found["keys"]["state"]) == (0, "warning")
    assert "chmod 600" in found["keys"]["advice"]
