"""A canary in the service: real models, a real database, a registry that says what it is told."""

import dataclasses
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError

from ovoz.canary.evidence import Evidence
from ovoz.canary.outcomes import Measure
from ovoz.canary.policy import CanaryPolicy, Decision, Mode
from ovoz.engine.artifact.probes import ProbeClip, write_probes
from ovoz.engine.artifact.storage import read_description, seal
from ovoz.serving.app import build_app
from ovoz.serving.auth.api_keys import ApiKeys, create_key
from ovoz.serving.auth.caller import BY_DEFAULT, Scope
from ovoz.serving.canary.arms import CanaryArm
from ovoz.serving.canary.background import word_errors
from ovoz.serving.canary.trials import Contest, Trials
from ovoz.serving.inference.loading import load_here
from ovoz.serving.inference.model_source import seed_versions
from ovoz.serving.settings import ServiceSettings
from tests.own_database import own_database
from tests.service.over_http import stacked
from tests.service.processes import wait_until
from tests.service.settings import settings_with

PRODUCTION, CANARY = "models:/heard@production", "models:/heard@canary"
POLICY = CanaryPolicy.model_validate(
    {
        "alias": "canary", "against": "production", "share": 0.5, "alpha": 0.05,
        "margins": {"failed": 0.1, "word_errors": 0.1}, "minimum_requests": 5,
        "maximum_requests": 1000, "promotes": ["failed"], "rolls_back": ["failed"],
        "probe_every_s": 0,
    }
)  # fmt: skip


class Holders(dict[str, str | None]):
    """Who holds each alias."""

    def __call__(self, uri: str) -> str | None:
        return self.get(uri)


class Failing:
    """A model that fails on every recording."""

    batch_frames = 0

    def __init__(self, model) -> None:
        self.info = model.info

    def transcribe_all(self, batch) -> list:
        raise RuntimeError("bad on purpose")


def named(source: Path, folder: Path, name: str) -> Path:
    shutil.copytree(source, folder)
    seal(folder, read_description(folder).model_copy(update={"name": name}))
    return folder


@pytest.fixture
def holders() -> Holders:
    return Holders({PRODUCTION: "1", CANARY: "2"})


@pytest.fixture
def settings(artifact: Path, tmp_path: Path) -> ServiceSettings:
    chosen = settings_with(model_id=PRODUCTION, model_cache=tmp_path / "cache", threads=1)
    for uri, number, name in ((PRODUCTION, "1", "old"), (CANARY, "2", "new")):
        folder = named(artifact, tmp_path / name, name)
        seed_versions(uri, {number: folder}, chosen.model.cache)
    return chosen


Serve = Callable[..., TestClient]


@pytest.fixture
def serve(settings: ServiceSettings, holders: Holders) -> Iterator[Serve]:
    """A service whose canary is loaded and tried; ``fails`` makes it fail on everything."""
    opened = []

    def started(policy: CanaryPolicy = POLICY, *, fails: bool = False) -> TestClient:
        app = build_app(settings, load_here(settings, holders), holders, policy)
        client = TestClient(app)
        client.__enter__()
        opened.append(client)
        canary = app.state.service.canary
        wait_until(lambda: canary.model is not None)
        if fails:
            canary.model = Failing(canary.model)
        client.portal.call(canary.look)
        assert canary.trial is not None, canary.trouble
        return client

    yield started
    for client in opened:
        client.__exit__(None, None, None)


def ask(client: TestClient, clip: Path) -> str:
    """The name of the model that answered."""
    answer = client.post("/transcribe", files={"file": clip.open("rb")})
    assert answer.status_code == 200, answer.text
    return answer.json()["model_version"].partition("-")[0]


def told(client: TestClient) -> dict:
    client.portal.call(client.app.state.service.canary.look)
    return client.get("/v1/canary").json()["trial"]


def test_a_share_of_callers_hears_the_canary_and_each_always_the_same(serve, clip: Path) -> None:
    client = serve()
    state = client.app.state.service
    production = state.transcriber.loaded_model()

    def hears(caller: str) -> bool:
        return isinstance(state.canary.choose(caller, production), CanaryArm)

    callers = [f"caller {number}" for number in range(400)]
    heard = [hears(caller) for caller in callers]
    assert 0.4 < sum(heard) / 400 < 0.6
    assert [hears(caller) for caller in callers] == heard
    assert {ask(client, clip) for _ in range(20)} == {"old", "new"}  # nobody here has a name
    assert client.get("/v1/version").json()["registered"] == "1"


def test_a_canary_that_fails_is_heard_by_nobody_and_rolled_back(serve, holders, clip) -> None:
    client = serve(fails=True)
    answered = 0
    while told(client)["decision"] == "undecided":
        assert ask(client, clip) == "old"
        answered += 1
        assert answered < 200
    trial = told(client)
    assert (trial["canary"], trial["production"], trial["decision"]) == ("2", "1", "roll-back")
    assert trial["reason"].startswith("failed 100.00% against 0.00%, worse by more than 10.0%")
    state = client.app.state.service
    production = state.transcriber.loaded_model()
    assert all(state.canary.choose(f"{n}", production) is production for n in range(50))
    assert REGISTRY.get_sample_value("asr_canary_decision", {"decision": "roll-back"}) == 1
    rate = {"measure": "failed", "arm": "canary"}
    assert REGISTRY.get_sample_value("asr_canary_rate", rate) == 1
    # The alias is taken away: the trial is over, and the model leaves.
    holders[CANARY] = None
    client.post("/v1/model/refresh")
    wait_until(lambda: state.canary.model is None)
    assert told(client) is None
    assert client.get("/health").json()["checks"]["canary"]["detail"] == "there is none"
    # The same version is tried again from the beginning.
    holders[CANARY] = "2"
    client.post("/v1/model/refresh")
    wait_until(lambda: state.canary.model is not None)
    trial = told(client)
    assert (trial["decision"], trial["requests"]) == ("undecided", 0)


def test_what_was_counted_and_decided_outlives_the_process_and_is_shared(
    serve, settings, clip: Path
) -> None:
    first = serve(fails=True)
    second = serve()
    while told(first)["decision"] == "undecided":
        ask(first, clip)
    assert told(second)["decision"] == "roll-back"
    assert told(second)["requests"] == told(first)["requests"]
    assert told(serve())["decision"] == "roll-back"


def test_an_equal_canary_is_to_be_promoted(serve, clip: Path) -> None:
    client = serve()
    for _ in range(300):
        ask(client, clip)
        if told(client)["decision"] != "undecided":
            break
    trial = told(client)
    assert trial["decision"] == "promote"
    assert trial["requests"] >= POLICY.minimum_requests
    (measure,) = trial["measures"]
    assert (measure["measure"], measure["canary"], measure["production"]) == ("failed", 0, 0)


def test_a_shadow_reads_behind_the_answers_and_is_dropped_under_load(serve, clip: Path) -> None:
    client = serve(POLICY.model_copy(update={"mode": Mode.SHADOW, "share": 0.99}))
    canary = client.app.state.service.canary
    held = threading.Event()
    slow = canary._comparison.background._canary

    class Slow(Failing):
        def transcribe_all(self, batch) -> list:
            held.wait(60)
            return slow.transcribe_all(batch)

    canary._comparison.background._canary = Slow(slow)
    assert {ask(client, clip) for _ in range(40)} == {"old"}  # the canary answers nothing yet
    waiting = canary._comparison.background._copies.qsize()
    assert waiting == 16
    held.set()
    wait_until(lambda: told(client)["requests"] >= waiting)
    assert told(client)["requests"] <= waiting + 1  # the one that was read; the rest was dropped
    assert {ask(client, clip) for _ in range(5)} == {"old"}


def test_probe_clips_are_read_by_both_under_noise(serve, settings, clips, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    write_probes(folder, [ProbeClip(clips[0], "", "nobody says this")])
    seal(folder, read_description(folder, verify=False))
    client = serve(POLICY.model_copy(update={"probe_every_s": 0.01}))
    wait_until(lambda: bool(told(client)["measures"]))
    (measure,) = told(client)["measures"]
    assert (measure["measure"], measure["canary"]) == ("word_errors", 1.0)
    assert word_errors("salom bugun bankka", "salom bankka") == pytest.approx(1 / 3)
    assert word_errors("salom", "a b c") == 1.0


def test_the_comparison_is_for_administrators(settings, holders, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    usual = create_key(file, "usual", BY_DEFAULT)
    admin = create_key(file, "admin", frozenset({Scope.ADMIN}))
    app = build_app(settings, None, holders, POLICY)
    queue = app.state.service.transcriber.queue
    client = TestClient(stacked(app, settings, queue, ApiKeys.configured(path=file)))
    answers = [client.get("/v1/canary", headers={"X-API-Key": key}) for key in (usual, admin)]
    assert [answer.status_code for answer in answers] == [403, 200]
    assert answers[1].json()["trial"] is None


def test_a_service_of_another_alias_tries_none(settings, holders) -> None:
    model = settings.model.model_copy(update={"id": "models:/heard@staging"})
    app = build_app(settings.model_copy(update={"model": model}), None, holders, POLICY)
    answer = TestClient(app).get("/v1/canary")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:ovoz:problem:canary-off")


def test_without_the_database_requests_are_answered_and_evidence_waits(
    serve, clip: Path, monkeypatch
) -> None:
    client = serve()
    trials = client.app.state.service.canary._trials

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr(trials, "add", away)
        for _ in range(20):
            ask(client, clip)
        told(client)
        check = client.get("/health").json()["checks"]["canary"]
        assert not check["ok"] and "database of trials" in check["detail"]
        assert told(client)["requests"] == 0
    assert told(client)["requests"] > 0


@pytest.fixture(params=["sqlite", "postgresql"])
def trials(request, tmp_path: Path) -> Iterator[Callable[[], Trials]]:
    """The trials of one database, as several processes open them."""
    if request.param == "sqlite":
        yield lambda: Trials.at("", tmp_path)
        return
    with own_database() as url:
        yield lambda: Trials.at(url, tmp_path)


def test_replicas_add_to_one_trial_and_lose_nothing(trials: Callable[[], Trials]) -> None:
    contest = Contest("heard", canary="2", production="1")
    first = trials()
    number = first.open(contest, POLICY).number

    def replica(_: int) -> int:
        mine = trials()
        opened = mine.open(contest, POLICY).number
        for _ in range(20):
            counted = Evidence(requests=1)
            counted.add({Measure.FAILED: 0.0}, {Measure.FAILED: 0.0}, POLICY)
            mine.add(opened, counted, POLICY)
        mine.close()
        return opened

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(replica, range(4))) == {number}
    seen = first.add(number, Evidence(), POLICY)
    assert (seen.evidence.requests, seen.evidence.measures[Measure.FAILED].pairs) == (80, 80)
    assert seen.verdict.decision is Decision.PROMOTE
    first.end(number)
    again = first.open(contest, POLICY)
    assert again.number != number
    assert again.evidence.is_empty
    assert first.open(dataclasses.replace(contest, production="3"), POLICY).number != again.number
    first.close()
