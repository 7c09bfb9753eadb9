"""A moved, renamed or copied workspace: its records point to it, and to nothing else."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.files import file_sha256
from ovoz.registry.registry import Registry
from ovoz.registry.resolution import resolve
from ovoz.registry.settings import RegistrySettings
from ovoz.relocation import RelocationError, relocate, relocate_locked
from ovoz.workspace import Workspace
from ovoz.workspace_lock import WorkspaceBusyError, locked

from .conftest import judged

NAMES = ["renamed", "папка с пробелами", "o'zbek %20 100%", "first/inside"]


@pytest.fixture(scope="module")
def template(tmp_path_factory, empty_database: Path, artifact, other_artifact) -> Path:
    """A workspace with two versions, the second one in production; relative settings."""
    folder = tmp_path_factory.mktemp("template") / "workspace"
    (database := folder / Workspace().mlflow_database).parent.mkdir(parents=True)
    shutil.copy(empty_database, database)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        relocate_locked(Workspace())
        registry = Registry(RegistrySettings())
        for one in (artifact, other_artifact):
            version = registry.register(one, {}).version
            for alias in ("staging", "production"):
                registry.promote(version, alias, judged(), who="test", why=f"see {folder}/notes")
    return folder


@pytest.fixture
def first(template: Path, tmp_path: Path, monkeypatch) -> Path:
    """The current folder: a copy of the template that works."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    # Without the library's code, a thousand files that MLflow stores with every version.
    hidden = shutil.ignore_patterns("code")
    folder = shutil.copytree(template, tmp_path / "first", ignore=hidden)
    monkeypatch.chdir(folder)
    assert relocate(Workspace()) is not None
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file_sha256(file) for file in files}


def texts(database: Path) -> str:
    with sqlite3.connect(database) as opened:
        return "\n".join(opened.iterdump())


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_never_touches_the_first(first: Path, name: str, monkeypatch) -> None:
    before = digests(first)
    copy = first.parent / name
    shutil.copytree(first, scratch := first.parent / "scratch")
    scratch.rename(copy)
    monkeypatch.chdir(copy)
    rolled_back = CliRunner().invoke(app, ["rollback", "--why", "a test"])
    assert rolled_back.exit_code == 0, rolled_back.output
    assert f"moved or copied from {first}" in rolled_back.output.replace("\n", "")
    assert "production is version 1 again" in rolled_back.output
    listed = CliRunner().invoke(app, ["models"])
    assert "moved or copied" not in listed.output
    model = resolve(RegistrySettings(), "production")
    assert model.artifact.is_relative_to(copy)
    Registry(RegistrySettings()).register(model.artifact, {})
    assert {file: digest for file, digest in digests(first).items() if file in before} == before
    assert f"{first}/.ovoz" not in texts(copy / Workspace().mlflow_database)


def test_a_moved_workspace_goes_on_and_goes_back(first: Path, monkeypatch) -> None:
    before = texts(first / Workspace().mlflow_database)
    second = first.with_name("вторая папка")
    for here in (second, first):
        Path.cwd().rename(here)
        monkeypatch.chdir(here)
        assert relocate(Workspace()) is not None
        assert relocate(Workspace()) is None
        model = resolve(RegistrySettings(), "production")
        assert (model.version, model.artifact.is_dir()) == ("2", True)
        assert model.artifact.is_relative_to(here)
    # What people wrote is as they wrote it.
    assert texts(first / Workspace().mlflow_database) == before


def test_a_workspace_without_a_record_of_its_folder_is_moved_too(first: Path, monkeypatch) -> None:
    (first / ".ovoz/root").unlink()
    first.rename(moved := first.with_name("moved"))
    monkeypatch.chdir(moved)
    assert str(relocate(Workspace())).startswith(f"moved or copied from {first}: ")
    assert resolve(RegistrySettings(), "production").artifact.is_relative_to(moved)


def test_a_name_that_ends_like_the_former_one_is_another(tmp_path: Path, monkeypatch) -> None:
    """Twice over: a process may be killed between the stores."""
    former, new = tmp_path / "a", tmp_path / "a" / "x"
    workspace = Workspace(new)
    (file := workspace.mlflow_database).parent.mkdir(parents=True)
    other, mine = f"/mnt{former}/.ovoz/x", f"{former}/.ovoz/x"
    values = [mine, f"file://{mine}", f"sqlite:///{mine}", f'{{"path": "{mine}"}}', other]
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE t (c VARCHAR(200))")
        database.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    for _ in range(2):
        (workspace.state / "root").write_text(str(former), "utf-8")
        assert relocate(workspace) is not None
        with sqlite3.connect(file) as database:
            found = [value for (value,) in database.execute("SELECT c FROM t")]
        assert found == [value.replace(mine, f"{new}/.ovoz/x") for value in values[:4]] + [other]


def test_the_configuration_of_zenml_moves(tmp_path: Path) -> None:
    former, workspace = tmp_path / "первая папка", Workspace(tmp_path / "new")
    written = "store:\n  url: 'sqlite:///{0}/.ovoz/z.db'\n  backup: {0}/.ovoz/zenml\nversion: 1\n"
    workspace.zenml.mkdir(parents=True)
    (file := workspace.zenml / "config.yaml").write_text(written.format(former), "utf-8")
    (workspace.state / "root").write_text(str(former), "utf-8")
    assert ": 1 records" in str(relocate(workspace))
    assert str(former) not in file.read_text("utf-8")
    assert f"sqlite:///{tmp_path}/new/.ovoz/z.db" in file.read_text("utf-8")


def test_a_moved_workspace_at_work_is_left_alone(first: Path, monkeypatch) -> None:
    first.rename(moved := first.with_name("moved"))
    monkeypatch.chdir(moved)
    with locked(Workspace()), pytest.raises(WorkspaceBusyError):
        relocate(Workspace())
    assert (Workspace().state / "root").read_text("utf-8") == str(first)
    assert CliRunner().invoke(app, ["models"]).exit_code == 0


def test_records_that_cannot_be_changed_are_named(first: Path, monkeypatch) -> None:
    first.rename(moved := first.with_name("moved"))
    monkeypatch.chdir(moved)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ovoz.relocation.locked", refuse)
    with pytest.raises(RelocationError, match=f"moved from {first}.*give yourself write"):
        relocate(Workspace())
    refused = CliRunner().invoke(app, ["rollback", "--why", "a test"])
    assert refused.exit_code == 2
