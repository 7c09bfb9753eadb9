"""Runs of MLflow: an interrupted training is continued in its own run, and in no other's."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import mlflow
import pytest
from dulwich import porcelain
from mlflow import MlflowClient

from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import open_client, prepare_store
from ovoz.registry.tracking import code_version, tracked_run

KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import prepare_store

@event.listens_for(Engine, "after_cursor_execute")
def kill(connection, cursor, statement, *_):
    if "CREATE TABLE _alembic_tmp_" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

prepare_store(RegistrySettings(tracking_uri=f"sqlite:///{sys.argv[1]}/mlflow.db"))
"""


@pytest.fixture
def training(settings, empty_database):
    settings.database().parent.mkdir()
    shutil.copy(empty_database, settings.database())

    def train(fingerprint: str, rate: float, *, commit: str = "a", killed: bool = False) -> str:
        key = {"stage": "clean", "fingerprint": fingerprint}
        with (
            contextlib.suppress(KeyboardInterrupt),
            tracked_run(settings, "clean", key, {"code_version": commit}) as run,
        ):
            mlflow.log_param("learning_rate", rate)
            mlflow.log_metric("loss", rate, step=1)
            if killed:
                raise KeyboardInterrupt
        return run

    return train


def test_an_interrupted_training_keeps_its_run(training) -> None:
    first = training("one", 0.001, killed=True)
    assert training("one", 0.001, commit="b") == first
    # Once it is finished, the next training of the same kind has a run of its own.
    assert training("one", 0.001) != first


def test_other_settings_do_not_take_up_an_interrupted_run(training, settings) -> None:
    first = training("one", 0.001, killed=True)
    second = training("two", 0.002)
    assert second != first
    client = MlflowClient(tracking_uri=settings.uri())
    for run, rate in ((first, "0.001"), (second, "0.002")):
        assert client.get_run(run).data.params["learning_rate"] == rate
        assert [metric.value for metric in client.get_metric_history(run, "loss")] == [float(rate)]


def test_a_changed_tree_is_not_called_by_its_commit(tmp_path: Path) -> None:
    assert code_version(tmp_path) == version("ovoz")
    porcelain.init(str(tmp_path)).close()
    source, lock = tmp_path / "ovoz" / "source.py", tmp_path / "dvc.lock"
    source.parent.mkdir()
    source.write_text("a = 1\n", "utf-8")
    lock.write_text("a: 1\n", "utf-8")
    porcelain.add(str(tmp_path), [str(source), str(lock)])
    author = b"A <a@example.org>"
    commit = porcelain.commit(str(tmp_path), b"first", author=author, committer=author).decode()
    lock.write_text("a: 2  # by a run\n", "utf-8")
    assert code_version(tmp_path) == commit
    source.write_text("a = 2  # longer\n", "utf-8")
    assert code_version(tmp_path) == f"{commit}+changed"
    porcelain.add(str(tmp_path), [str(source)])
    assert code_version(tmp_path) == f"{commit}+changed"
    source.write_text("a = 1\n", "utf-8")
    porcelain.add(str(tmp_path), [str(source)])
    assert code_version(tmp_path) == commit


def test_a_kill_while_the_database_is_made_spoils_nothing(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(tmp_path)],
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "mlflow.db").exists()
    settings = RegistrySettings(
        tracking_uri=f"sqlite:///{tmp_path}/mlflow.db", artifacts=str(tmp_path / "artifacts")
    )
    prepare_store(settings)
    experiment = open_client(settings).get_experiment_by_name(settings.experiment)
    assert experiment.artifact_location == (tmp_path / "artifacts").as_uri()
