"""A checkout that was copied and renamed, opened by a user without a name from a foreign shell."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ovoz.engine.artifact.storage import read_description, seal
from ovoz.files import file_sha256
from ovoz.registry.registry import Registry
from ovoz.serving.auth.network import free_port

from ..service.processes import wait_until_ready
from ..unit.registry.conftest import judged
from .checkouts import clone
from .test_runs import Finished, registry

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NAME = "Папка с пробелами"
MADE = (".ovoz", "data", "reports", "metrics", "data.dvc", ".dvc")
NUMBER = "54321"
NAMELESS = ["unshare", "--user", f"--map-user={NUMBER}", f"--map-group={NUMBER}"]
"""Runs a command as a user whose number nobody has, with this user's rights."""
ELSEWHERE = {
    "MLFLOW_REGISTRY_URI": "sqlite:///{0}/mlflow.db",
    "MLFLOW_RUN_ID": "0123456789abcdef0123456789abcdef",
    "MLFLOW_EXPERIMENT_ID": "7",
    "MLFLOW_EXPERIMENT_NAME": "other",
    "MLFLOW_ARTIFACT_URI": "{0}/artifacts",
    "MLFLOW_DEFAULT_ARTIFACT_ROOT": "{0}/root",
    "ZENML_CONFIG_PATH": "{0}/zenml",
    "ZENML_LOCAL_STORES_PATH": "{0}/stores",
    "ZENML_REPOSITORY_PATH": "{0}",
    "ZENML_CUSTOM_SOURCE_ROOT": "{0}",
    "ZENML_ACTIVE_STACK_ID": "00000000-0000-0000-0000-000000000000",
    "ZENML_ACTIVE_PROJECT_ID": "00000000-0000-0000-0000-000000000000",
    "ZENML_DEFAULT_PROJECT_NAME": "other",
    "DVC_GLOBAL_CONFIG_DIR": "{0}/dvc",
    "DVC_SYSTEM_CONFIG_DIR": "{0}/dvc-system",
    "DVC_SITE_CACHE_DIR": "{0}/dvc-cache",
    "DVC_ROOT": "{0}",
    "DVC_EXP_NAME": "other",
    "HF_HOME": "{0}/hugging-face",
    "HF_HUB_CACHE": "{0}/hub",
    "HF_DATASETS_CACHE": "{0}/datasets",
    "HF_MODULES_CACHE": "{0}/modules",
    "HF_ENDPOINT": "http://127.0.0.1:9",
    "TRANSFORMERS_CACHE": "{0}/transformers",
    "BENTOML_HOME": "{0}/bentos",
    "BENTOML_CONFIG": "{0}/bentoml.yaml",
    "BENTOML_CONFIG_OPTIONS": "api_server.port=1",
}
"""Variables of another project, whose folder is filled in."""


class Shell:
    """A user's shell in a checkout, with a home and a temporary folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.outside = folder / "outside"
        for name in ("home", "tmp", "elsewhere"):
            (self.outside / name).mkdir(parents=True)
        self.checkout = folder / "first"
        elsewhere = {k: v.format(self.outside / "elsewhere") for k, v in ELSEWHERE.items()}
        self.environment = elsewhere | {
            "PATH": os.environ["PATH"],
            "HOME": str(self.outside / "home"),
            "TMPDIR": str(self.outside / "tmp"),
            "COLUMNS": "200",
        }

    def call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*NAMELESS, *words],
            cwd=self.checkout, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip

    def ovoz(self, *words: str) -> str:
        done = self.call(".venv/bin/ovoz", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def make(self, *words: str) -> str:
        done = self.call("make", "--assume-old=.venv/.installed", *words)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The URL of `ovoz serve`."""
        url = f"http://127.0.0.1:{(port := free_port())}"
        # `exec`s all the way down: what is ended is the service.
        process = subprocess.Popen(
            [*NAMELESS, ".venv/bin/ovoz", "serve", "--port", str(port)],
            cwd=self.checkout, env=self.environment,
        )  # fmt: skip
        try:
            wait_until_ready(f"{url}/readyz", process)
            yield url
        finally:
            process.terminate()
            process.wait(60)

    def written_outside(self) -> list[str]:
        found = (str(path.relative_to(self.outside)) for path in self.outside.rglob("*"))
        return sorted(set(found) - {"home", "tmp", "elsewhere"})


def digests(folder: Path) -> dict[Path, str]:
    return {file: file_sha256(file) for file in folder.rglob("*") if file.is_file()}


def promote_another(opened: Registry, folder: Path) -> None:
    """A second version in production: the same network read with another beam."""
    shutil.copytree(opened.resolve("production").artifact, folder)
    described = read_description(folder)
    wider = described.decoder.model_copy(update={"beam": described.decoder.beam + 1})
    seal(folder, described.model_copy(update={"decoder": wider}))
    version = opened.register(folder, {}).version
    for alias in ("staging", "production"):
        opened.promote(version, alias, judged(), who="a test", why="a test")


@pytest.fixture
def shell(done: Finished, tmp_path: Path) -> Shell:
    """In a checkout with a copy of what a run left elsewhere."""
    if subprocess.run([*NAMELESS, "true"], capture_output=True).returncode != 0:
        pytest.skip("users of one's own are not allowed here")
    shell = Shell(tmp_path)
    clone(shell.checkout)
    for name in MADE:
        if (made := done.workspace / name).is_dir():
            shutil.rmtree(shell.checkout / name, ignore_errors=True)
            shutil.copytree(made, shell.checkout / name, symlinks=True)
        elif made.exists():
            shutil.copy(made, shell.checkout / name)
    return shell


def test_it_goes_on_as_in_the_first_place(done: Finished, shell: Shell, tmp_path: Path) -> None:
    before = digests(done.workspace)
    clip = min(shell.checkout.glob("data/audio/test/*.flac")).relative_to(shell.checkout)
    heard = shell.ovoz("transcribe", str(clip))
    assert f"moved or copied from {done.workspace}" in heard

    first, shell.checkout = shell.checkout, tmp_path / NAME
    first.rename(shell.checkout)
    told = shell.make("run", "PROFILE=smoke")
    assert f"moved or copied from {first}" in told
    assert "Model ovoz-smoke version 1 is production" in told
    named = told.partition("\n")[0]
    assert named.startswith("without effect here: ")
    ours = {name for name in ELSEWHERE if not name.startswith(("HF_", "TRANSFORMERS_"))}
    assert ours <= set(named.partition(": ")[2].split(", "))
    opened = registry(shell.checkout)
    assert [row.version for row in opened.versions()] == ["1"]

    assert heard.startswith(shell.ovoz("transcribe", str(clip)))
    with shell.serving() as url, (shell.checkout / clip).open("rb") as stream:
        answer = httpx.post(f"{url}/transcribe", files={"file": stream})
        assert answer.status_code == 200, answer.text

    promote_another(opened, tmp_path / "another")
    assert "production is version 1 again" in shell.ovoz("rollback", "--why", "a test")
    assert f"by uid {NUMBER}" in shell.ovoz("models", "--moves")

    assert shell.written_outside() == []
    assert not first.exists()
    assert digests(done.workspace) == before
