"""`ovoz promote`, `models`, `rollback` and `transcribe` on a registry with two versions."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.cli.main import app
from ovoz.corpus.manifest import write_manifest
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import UnknownVersionError
from ovoz.serving.auth.network import free_port

from ...utterances import make_utterance

RUNNER = CliRunner()
EASY = {
    "gates": [{"figure": "cer", "at_most": 1.0}],
    "of_artifact": [{"figure": "size_mb", "at_most": 100}],
}
HARD = {"gates": [{"figure": "cer", "at_most": 0.0001}]}


@pytest.fixture
def registry(tmp_path: Path, artifact, other_artifact, clip, monkeypatch) -> Registry:
    """Two registered versions and as many test clips as can be compared, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    opened = Registry(RegistrySettings())
    for one in (artifact, other_artifact):
        opened.register(one, {})
    (tmp_path / "data").mkdir()
    write_flac(tmp_path / "data/clip.flac", decode(clip))
    rows = [make_utterance(f"clip-{n}", audio="clip.flac", duration_s=1.3) for n in range(9)]
    (tmp_path / ".ovoz/validation").mkdir()
    write_manifest(rows, tmp_path / ".ovoz/validation/manifest.parquet")
    return opened


def profile(path: Path, gates: dict) -> str:
    """A profile with these gates; what else it needs is that of the smoke run."""
    smoke = yaml.safe_load((Path(__file__).parents[3] / "configs/smoke.yaml").read_text("utf-8"))
    smoke.pop("registry", None)
    path.write_text(yaml.safe_dump({**smoke, "gates": gates}), "utf-8")
    return str(path)


def promote(version: str, alias: str, file: str):
    options = ["--why", "measured", "--profile", file]
    return RUNNER.invoke(app, ["promote", version, "--to", alias, *options])


def test_life_of_two_versions(registry: Registry, tmp_path: Path, clip: Path) -> None:
    easy = profile(tmp_path / "easy.yaml", EASY)
    for version in ("1", "2"):
        for alias in ("staging", "production"):
            moved = promote(version, alias, easy)
            assert moved.exit_code == 0, moved.output
            assert f"{alias} is version {version}" in moved.output
            assert "met" in moved.output
            # The first version has nothing to be held against.
            assert ("slices_not_worse" in moved.output) is (version == "2")
    assert "previous" in RUNNER.invoke(app, ["models"]).output
    nobody = f"http://127.0.0.1:{free_port()}"
    back = RUNNER.invoke(app, ["rollback", "--why", "slow", "--tell", nobody])
    assert back.exit_code == 0
    assert "production is version 1 again" in back.output
    assert f"{nobody} was not told, and will ask by itself" in back.stderr
    listed = RUNNER.invoke(app, ["models", "--moves"]).output
    assert "previous" not in listed
    assert "withdrawn by" in listed
    assert ": slow" in listed
    assert "random weights" in listed
    again = promote("2", "production", easy)
    assert again.exit_code == 0, again.output
    heard = RUNNER.invoke(app, ["transcribe", str(clip)])
    assert heard.exit_code == 0, heard.output
    assert "This model was trained on random weights" in heard.output


def test_gate_that_is_not_met_moves_nothing(registry: Registry, tmp_path: Path) -> None:
    refused = promote("1", "staging", profile(tmp_path / "hard.yaml", HARD))
    assert refused.exit_code == 2
    assert "NOT MET" in refused.output
    assert "failed its gates" in refused.stderr
    with pytest.raises(UnknownVersionError):
        registry.resolve("staging")


@pytest.mark.parametrize(
    ("version", "alias", "message"),
    [
        ("9", "staging", "has no version 9"),
        ("1", "prod", "no alias 'prod'"),
        ("1", "production", "only staging or canary becomes production"),
    ],
)
def test_move_that_is_none(registry, tmp_path: Path, version, alias, message) -> None:
    refused = promote(version, alias, profile(tmp_path / "easy.yaml", EASY))
    assert refused.exit_code == 2
    assert message in refused.stderr
    assert "Traceback" not in refused.output


def test_promotion_without_data_or_profile(registry, tmp_path: Path) -> None:
    easy = profile(tmp_path / "easy.yaml", EASY)
    (tmp_path / ".ovoz/validation/manifest.parquet").unlink()
    refused = promote("1", "staging", easy)
    assert refused.exit_code == 2
    assert "make augment-data" in refused.stderr
    assert promote("1", "staging", str(tmp_path / "none.yaml")).exit_code == 2
