"""A bad canary is rolled back, an equal one promoted: real registry, gates, service, command."""

import shutil
import threading
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.canary.policy import CanaryPolicy
from ovoz.cli.main import app as command
from ovoz.corpus.manifest import write_manifest
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact.storage import read_description, seal
from ovoz.evaluation.gates import Gate
from ovoz.evaluation.judgement import GateResult, Verdict
from ovoz.registry.holder import holder_of
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.serving.app import build_app
from ovoz.serving.inference.loading import load_here
from ovoz.serving.inference.model_source import seed_versions
from tests.conftest import IDENTITY, LEXICON
from tests.service.over_http import served_app
from tests.service.processes import wait_until
from tests.service.settings import settings_with
from tests.utterances import make_utterance

RUNNER = CliRunner()
POLICY = CanaryPolicy.model_validate(
    {
        "alias": "canary", "against": "production", "share": 0.5, "alpha": 0.05,
        "margins": {"failed": 0.1, "empty": 0.1}, "minimum_requests": 20,
        "maximum_requests": 5000, "promotes": ["failed", "empty"],
        "rolls_back": ["failed", "empty"], "probe_every_s": 0,
    }
)  # fmt: skip
GATES = {
    "gates": [{"figure": "cer", "at_most": 1.0}],
    "of_artifact": [{"figure": "size_mb", "at_most": 100}],
}
MET = Verdict(
    system="served",
    training_data="nothing",
    results=(GateResult(gate=Gate(figure="wer", at_most=1.0), value=0.0, margin=1.0, passed=True),),
)
CANARY = "models:/ovoz-uz-ru@canary"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dumb(checkpoint: Path, tmp_path: Path) -> Path:
    """An artifact whose network hears nothing: its CTC blank always wins."""
    from ovoz.engine.export.exporter import export
    from ovoz.model.checkpoint import load_checkpoint, save_checkpoint

    network = load_checkpoint(checkpoint)
    network.network.head.bias.data[0] = 1000.0
    changed = save_checkpoint(network, tmp_path / "changed")
    lexicon = DecoderConfig(kind=DecoderKind.LEXICON)
    return export(changed, LEXICON, tmp_path / "dumb", IDENTITY, decoder=lexicon)


@pytest.fixture
def registry(artifact: Path, dumb: Path, clip: Path, tmp_path: Path, monkeypatch) -> Registry:
    """Version 1 in production, 2 hears nothing, 3 is as good as 1; and data for the gates."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/.ovoz/mlflow/mlflow.db")
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "data").mkdir()
    write_flac(tmp_path / "data/clip.flac", decode(clip))
    rows = [make_utterance(f"clip-{n}", audio="clip.flac", duration_s=1.3) for n in range(9)]
    (tmp_path / ".ovoz/validation").mkdir(parents=True)
    write_manifest(rows, tmp_path / ".ovoz/validation/manifest.parquet")
    smoke = yaml.safe_load((ROOT / "configs/smoke.yaml").read_text("utf-8"))
    smoke.pop("registry", None)
    Path("profile.yaml").write_text(yaml.safe_dump({**smoke, "gates": GATES}), "utf-8")
    equal = shutil.copytree(artifact, tmp_path / "equal")
    seal(equal, read_description(equal).model_copy(update={"name": "equal"}))
    opened = Registry(RegistrySettings(tracking_uri=f"sqlite:///{tmp_path}/.ovoz/mlflow/mlflow.db"))
    for one in (artifact, dumb, equal):
        opened.register(one, {})
    promote(opened, "1", "production")
    return opened


def promote(registry: Registry, version: str, alias: str) -> None:
    """Stage a version and promote it; those gates are not what is tested, and count as met."""
    for one in ("staging", alias):
        registry.promote(version, one, MET, who="anna", why="measured")


def ask(client: httpx.Client, clip: Path, answers: set[str], stopped: threading.Event) -> None:
    """Ask until it is stopped; keep the versions that answered, or what went wrong."""
    content = clip.read_bytes()
    while not stopped.is_set():
        answer = client.post("/transcribe", files={"file": content})
        told = answer.json()["model_version"] if answer.is_success else f"failed: {answer.text}"
        answers.add(told)


def decision(client: httpx.Client) -> str | None:
    trial = client.get("/v1/canary").json()["trial"]
    return trial and trial["decision"]


@pytest.mark.slow
def test_a_bad_canary_is_rolled_back_and_an_equal_one_promoted(
    registry: Registry, clip: Path, tmp_path: Path
) -> None:
    holders = holder_of({"MLFLOW_TRACKING_URI": registry.settings.uri()})
    settings = settings_with(
        model_id="models:/ovoz-uz-ru@production", model_cache=tmp_path / "cache",
        model_poll_s=3600, threads=1,  # it is told of every move
    )  # fmt: skip
    # Fetching them takes MLflow seconds each time.
    files = {number: registry.version(number).artifact for number in ("1", "2", "3")}
    seed_versions(settings.model.id, files, settings.model.cache)
    app = build_app(settings, load_here(settings, holders), holders, POLICY)
    answers: set[str] = set()
    stopped = threading.Event()
    with served_app(app) as client:
        asking = threading.Thread(target=ask, args=(client, clip, answers, stopped))
        asking.start()
        try:
            for version, ends_as in (("2", "withdrawn"), ("3", "production")):
                seed_versions(CANARY, {version: files[version]}, settings.model.cache)
                promote(registry, version, "canary")
                client.post("/v1/model/refresh").raise_for_status()
                wait_until(lambda: decision(client) in ("promote", "roll-back"))
                url = str(client.base_url)
                shown = RUNNER.invoke(command, ["canary", "status", "--url", url])
                assert f"version {version} beside version 1" in shown.output
                watch = [
                    "canary",
                    "watch",
                    "--until-done",
                    "--url",
                    url,
                    "--profile",
                    "profile.yaml",
                ]
                done = RUNNER.invoke(command, watch)
                assert f"version {version} is {ends_as}" in done.output, done.output
                assert done.exit_code == (ends_as == "withdrawn")
                wait_until(lambda: client.get("/v1/canary").json()["trial"] is None)
            wait_until(lambda: client.get("/v1/version").json()["registered"] == "3")
        finally:
            stopped.set()
            asking.join(30)
    assert registry.aliases()["production"] == "3"
    assert "canary" not in registry.aliases()
    assert not [answer for answer in answers if answer.startswith("failed")]
    assert len(answers) == 3  # every answer names the version that gave it
    moves = RUNNER.invoke(command, ["models", "--moves"]).output
    assert "version 2 is no canary any more" in moves
    assert "empty 100.00% against 0.00%, worse by more than 10.0%" in moves
