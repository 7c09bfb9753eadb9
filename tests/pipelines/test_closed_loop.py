"""The whole loop, once: callers change, an alarm, a training, a canary, production, no alarm.

Nothing in it stands for something else: the traffic log is the service's, looks are the pipeline
`monitoring`, the training is the process that the policy starts, and the verdict on the canary
comes of requests. Simulated are the callers (synthetic speech) and the date of a day.
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from ovoz.audio.augment import AugmentConfig
from ovoz.canary.policy import CanaryPolicy, Decision
from ovoz.cli.main import app as command
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.wanted import read_wanted
from ovoz.monitoring.actions.trail import Kind, Trail
from ovoz.monitoring.reference import read_reference
from ovoz.registry.holder import holder_of
from ovoz.serving.app import build_app
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.inference.loading import load_here
from tests.service.over_http import served_app, stacked
from tests.service.processes import wait_until
from tests.service.settings import settings_with

from .telephone_calls import TrafficCalendar, record_calls
from .test_runs import SMOKE, registry, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

FIRST = dt.date(2026, 3, 1)
CALLS = 80
"""Of a day."""
WIDE = SMOKE["corpus"] | {"train": 60, "test": 60, "open": 0, "test_voices": 6}
VOICES = SyntheticConfig(
    seed=12, train=30, dev=6, test=100, open=0, train_voices=6, dev_voices=2, test_voices=10
)
"""What people record over the telephone, and callers say."""
PROFILE = SMOKE | {
    "corpus": WIDE,
    "export": {"precisions": ["fp32"], "as_fast": 1000},
    "training": SMOKE["training"]
    | {"stages": [{"name": "clean", "steps": 10}, {"name": "noisy", "steps": 10, "augment": {}}]},
}
POLICY = CanaryPolicy.model_validate(
    {
        "alias": "canary", "against": "production", "share": 0.5, "alpha": 0.05,
        "margins": {"failed": 0.1, "empty": 0.1}, "minimum_requests": 20,
        "maximum_requests": 5000, "promotes": ["failed", "empty"],
        "rolls_back": ["failed", "empty"], "probe_every_s": 0,
    }
)  # fmt: skip
"""Wider margins than the committed ones: the trial takes a hundred calls, not ten thousand."""


class Loop:
    """A workspace with a model in production, the files of a policy, and the callers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self.recordings = folder / "calls"
        self.wanted = folder / "wanted.yaml"
        self.trail = folder / "trail.jsonl"
        self.calendar = TrafficCalendar(folder / "log", folder / "traffic", FIRST)
        self.registry = registry(self.workspace)
        self._write("first", PROFILE)
        new = {
            "source": "folder", "path": str(self.recordings),
            "licence": "internal", "consent": "recorded for the service",
        }  # fmt: skip
        corpus = {"source": "combined", "sources": [WIDE, new]}
        retrained = PROFILE | {"corpus": corpus, "promotion": {"to": "canary"}}
        self._write("retrained", retrained)
        actions = [
            {"do": "collect", "file": str(self.wanted), "clips": 40, "causes": ["sound"]},
            {
                "do": "train", "profile": str(folder / "retrained.yaml"), "pipeline": "run",
                "workspace": str(self.workspace), "folder": str(folder / "trainings"),
                "after_days": 1, "causes": ["sound"], "weight": 3, "sources": ["folder:calls"],
            },
        ]  # fmt: skip
        policy = {
            "trail": str(self.trail), "raise_after_days": 2, "clear_after_days": 2,
            "actions": actions,
        }  # fmt: skip
        self._write("policy", policy)

    def _write(self, name: str, tree: object) -> None:
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(tree), "utf-8")

    def run(self, name: str, pipeline: str = "run") -> str:
        """What a pipeline prints by a profile of the folder."""
        done = run(self.workspace, self.folder / f"{name}.yaml", pipeline)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def look(self) -> str:
        """What the pipeline `monitoring` says after yesterday."""
        last = self.calendar.today - dt.timedelta(1)
        monitoring = {
            "traffic": str(self.folder / "traffic"), "last": last,
            "days": (last - FIRST).days + 1, "policy": str(self.folder / "policy.yaml"),
        }  # fmt: skip
        self._write("look", PROFILE | {"monitoring": monitoring})
        return self.run("look", "monitoring")

    def await_training(self) -> None:
        """Wait until the training that the policy started is done."""
        wait_until(lambda: Trail(self.trail).last_training, within_s=900)
        ended = Trail(self.trail).last_training
        (log,) = (self.folder / "trainings").glob("*.log")
        assert ended.kind is Kind.TRAINING_SUCCEEDED, log.read_text("utf-8")

    def keep_test_clips(self) -> list[Path]:
        """Copies of the test split that version 1 was measured on."""
        data, kept = self.workspace / "data", self.folder / "wide"
        kept.mkdir()
        rows = read_manifest(data / "manifest.parquet")
        found = [data / row.audio for row in rows if row.split is Split.TEST]
        return [Path(shutil.copy(clip, kept)) for clip in found]


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loop:
    made = Loop(tmp_path)
    assert "version 1 is production" in made.run("first")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", made.registry.settings.uri())
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(made.workspace)
    return made


@pytest.fixture
def client(loop: Loop) -> Iterator[httpx.Client]:
    """The service, which follows production and its canary."""
    holders = holder_of({"MLFLOW_TRACKING_URI": loop.registry.settings.uri()})
    settings = settings_with(
        model_id="models:/ovoz-smoke@production", model_cache=loop.folder / "cache",
        model_poll_s=3600, threads=1, traffic_dir=loop.folder / "log", traffic_flush_s=0.2,
    )  # fmt: skip
    app = build_app(settings, load_here(settings, holders), holders, POLICY)
    queue = app.state.service.transcriber.queue
    with served_app(stacked(app, settings, queue, ApiKeys())) as client:
        yield client


def test_a_change_of_callers_ends_with_a_model_that_knows_them(
    loop: Loop, client: httpx.Client
) -> None:
    wide = loop.keep_test_clips()
    spoken = loop.folder / "spoken"
    narrow = record_calls(VOICES, spoken, loop.recordings)

    for clips in (wide, wide, wide + narrow, wide + narrow):
        loop.calendar.pass_day(client, clips, CALLS)
    told = loop.look()
    assert f"an alarm stands since {FIRST + dt.timedelta(3)}: bandwidth changed by" in told, told
    assert f"train {loop.folder}/retrained.yaml: due on {FIRST + dt.timedelta(4)}" in told, told
    (campaign,) = read_wanted(loop.wanted)
    assert campaign.title == "Recordings over the telephone"

    loop.calendar.pass_day(client, wide + narrow, CALLS)
    loop.look()
    loop.await_training()
    check_trained(loop)
    try_canary(loop, client, wide + narrow)

    for _ in range(2):
        loop.calendar.pass_day(client, wide + narrow, CALLS)
    assert "nothing has changed" in (told := loop.look())
    assert "Actions: the alarm is over." in told
    kinds = [event.kind for event in Trail(loop.trail).events]
    acted = [Kind.BEGUN, Kind.DONE]
    assert kinds == [Kind.RAISED, *acted, *acted, Kind.TRAINING_SUCCEEDED, Kind.CLEARED]


def check_trained(loop: Loop) -> None:
    """Version 2 was trained with the slice weighted up, met its gates, and is a canary."""
    (file,) = (loop.folder / "trainings").glob("*.yaml")
    stages = yaml.safe_load(file.read_text("utf-8"))["training"]["stages"]
    share = {"of": {"sources": ["folder:calls"]}, "weight": 3.0}
    assert [stage["mixture"] for stage in stages] == [[share], [share]]
    assert stages[1]["augment"]["telephone_share"] == 3 * AugmentConfig().telephone_share
    held = loop.registry.aliases()
    assert (held["production"], held["staging"], held["canary"]) == ("1", "2", "2")
    judged = loop.registry.versions()[0].promotions["canary"]
    assert judged.figures and judged.replaced is None
    heard = read_reference(loop.registry.version("2").artifact)
    assert min(heard["bandwidth_hz"].to_pylist()) < 4000 < max(heard["bandwidth_hz"].to_pylist())


def try_canary(loop: Loop, client: httpx.Client, clips: list[Path]) -> None:
    """A day on which callers try the canary, until its verdict is carried out."""
    client.post("/v1/model/refresh").raise_for_status()
    wait_until(lambda: client.get("/v1/canary").json()["trial"])
    calls = 0
    while client.get("/v1/canary").json()["trial"]["decision"] == Decision.UNDECIDED:
        loop.calendar.call(client, clips, 20)
        calls += 20
    profile = str(loop.folder / "retrained.yaml")
    watch = ["canary", "watch", "--until-done", "--url", str(client.base_url), "--profile", profile]
    done = CliRunner().invoke(command, watch)
    assert "version 2 is production: not worse by more than the margins" in done.output, done.output
    wait_until(lambda: client.get("/v1/version").json()["registered"] == "2")
    loop.calendar.end_day(calls)
