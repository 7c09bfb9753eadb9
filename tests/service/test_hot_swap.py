"""A version takes the place of another one: real models, a registry that says what it is told."""

import asyncio
import gc
import shutil
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY

from ovoz.engine.artifact.probes import ProbeClip, read_probes, write_probes
from ovoz.engine.artifact.storage import read_description, seal
from ovoz.serving.app import build_app
from ovoz.serving.inference.hot_swap import HotSwap
from ovoz.serving.inference.loading import load_here
from ovoz.serving.inference.model_source import ModelError, seed_versions
from ovoz.serving.inference.options import RecognitionOptions, RecognitionRequest
from ovoz.serving.settings import ServiceSettings
from tests.service.processes import wait_until
from tests.service.settings import settings_with

ALIAS = "models:/heard@production"


class Alias:
    """Who holds the alias: a version, nobody, or a registry that does not answer."""

    def __init__(self) -> None:
        self.holder: str | Exception | None = "1"

    def __call__(self, uri: str) -> str | None:
        assert uri == ALIAS
        if isinstance(self.holder, Exception):
            raise self.holder
        return self.holder


def named(source: Path, folder: Path, name: str) -> Path:
    """An artifact whose answers are told from those of others by its name."""
    shutil.copytree(source, folder)
    seal(folder, read_description(folder).model_copy(update={"name": name}))
    return folder


@pytest.fixture
def settings(artifact: Path, tmp_path: Path) -> ServiceSettings:
    """A service of the alias, with two versions on this machine."""
    chosen = settings_with(model_id=ALIAS, model_cache=tmp_path / "cache", threads=1)
    versions = {
        number: named(artifact, tmp_path / name, name)
        for number, name in (("1", "first"), ("2", "second"))
    }
    seed_versions(ALIAS, versions, chosen.model.cache)
    return chosen


@pytest.fixture
def alias() -> Alias:
    return Alias()


@pytest.fixture
def service(settings: ServiceSettings, alias: Alias) -> Iterator[TestClient]:
    app = build_app(settings, load_here(settings, alias), alias)
    # The lifespan, which follows the alias, is not run: the tests look when they want to.
    yield TestClient(app)


@pytest.fixture
def look(service: TestClient) -> Callable[[], HotSwap]:
    def looked() -> HotSwap:
        swap = service.app.state.service.swap
        asyncio.run(swap.look())
        return swap

    return looked


def version_of(service: TestClient) -> str:
    return service.get("/v1/version").json()["registered"]


def answered(service: TestClient, clip: Path) -> str:
    """The name in the answer to a recording."""
    with clip.open("rb") as stream:
        answer = service.post("/transcribe", files={"file": stream})
    assert answer.status_code == 200, answer.text
    return answer.json()["model_version"].partition("-")[0]


def count(outcome: str) -> float:
    return REGISTRY.get_sample_value("asr_model_swaps_total", {"outcome": outcome}) or 0.0


def test_the_version_that_holds_the_alias_takes_over(service, alias, look, clip: Path) -> None:
    assert (version_of(service), answered(service, clip)) == ("1", "first")
    look()
    assert version_of(service) == "1"
    swapped = count("swapped")
    alias.holder = "2"
    assert look().trouble == ""
    assert (version_of(service), answered(service, clip)) == ("2", "second")
    assert count("swapped") == swapped + 1
    health = service.get("/health").json()
    assert health["checks"]["alias"]["ok"]
    alias.holder = "1"
    look()
    assert answered(service, clip) == "first"


def test_who_began_with_a_model_ends_with_it(service, alias, look, clips) -> None:
    state = service.app.state.service
    old = weakref.ref(state.transcriber.loaded_model())

    async def overtaken() -> list[str]:
        begun = [
            state.transcriber.queue.transcribe(
                state.transcriber.loaded_model(), RecognitionRequest(clip, RecognitionOptions())
            )
            for clip in clips[:3]
        ]
        waiting = [asyncio.ensure_future(one) for one in begun]
        alias.holder = "2"
        await state.swap.look()
        return [one.transcript.model_version.partition("-")[0] for one in
                await asyncio.gather(*waiting)]  # fmt: skip

    assert asyncio.run(overtaken()) == ["first"] * 3
    gc.collect()
    assert old() is None  # one model is left in memory


def test_a_socket_ends_on_the_version_that_it_began_with(service, alias) -> None:
    start = {"type": "start", "encoding": "linear16", "sample_rate": 16_000}
    with service:  # one event loop for everything, as in a server; the alias is followed in it
        with service.websocket_connect("/ws/transcribe") as socket:
            socket.send_json(start)
            assert socket.receive_json()["model_version"].startswith("first-")
            alias.holder = "2"
            service.post("/v1/model/refresh")
            wait_until(lambda: version_of(service) == "2")
            socket.send_json({"type": "stop"})
            while (message := socket.receive_json())["type"] != "done":
                assert message.get("model_version", "first-").startswith("first-")
        with service.websocket_connect("/ws/transcribe") as socket:
            socket.send_json(start)
            assert socket.receive_json()["model_version"].startswith("second-")
            socket.send_json({"type": "stop"})


def refused(service: TestClient, look, clip: Path, why: str) -> None:
    """The second version is refused, and the first one stays."""
    before = count("refused")
    assert why in look().trouble
    assert (version_of(service), answered(service, clip)) == ("1", "first")
    assert count("refused") == before + 1
    health = service.get("/health").json()
    assert health["status"] == "degraded"
    assert why in health["checks"]["alias"]["detail"]


def test_a_damaged_version_is_refused_once(service, alias, look, clip, tmp_path: Path) -> None:
    (tmp_path / "second" / "encoder.int8.onnx").write_bytes(b"half")
    alias.holder = "2"
    refused(service, look, clip, "hash mismatch")
    before = count("refused")
    look()  # not tried again at once
    assert count("refused") == before
    alias.holder = "1"
    assert look().trouble == ""


def test_a_version_that_writes_something_else_is_refused(
    service, alias, look, clips, clip, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    write_probes(folder, [ProbeClip(clips[0], "was registered with these words")])
    seal(folder, read_description(folder, verify=False))
    alias.holder = "2"
    refused(service, look, clip, "for a probe clip that it was registered with")


def test_a_version_that_writes_what_was_registered_is_taken(
    service, alias, look, clips, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    model = service.app.state.service.transcriber.loaded_model()
    write_probes(folder, [ProbeClip(clip, "") for clip in clips[:2]])
    stored = [RecognitionRequest(probe.samples) for probe in read_probes(folder)]
    texts = [transcript.text for transcript in model.transcribe_all(stored)]
    assert any(texts)
    write_probes(folder, [ProbeClip(clip, text) for clip, text in zip(clips, texts, strict=False)])
    seal(folder, read_description(folder, verify=False))
    alias.holder = "2"
    assert look().trouble == ""
    assert version_of(service) == "2"


def test_what_does_not_fit_in_memory_is_not_loaded(service, alias, look, clip, monkeypatch) -> None:
    monkeypatch.setattr("ovoz.serving.inference.self_check.available_bytes", lambda: 1 << 20)
    alias.holder = "2"
    refused(service, look, clip, "1 MiB are available")


@pytest.mark.parametrize(
    ("holder", "told"),
    [(ConnectionError("the registry does not answer"), "does not answer"), (None, "no version")],
)
def test_without_registry_or_alias_it_goes_on(
    service, alias, look, clip, holder, told: str
) -> None:
    alias.holder = holder
    assert told in look().trouble
    assert answered(service, clip) == "first"
    assert service.get("/health").json()["status"] == "degraded"
    alias.holder = "2"
    assert look().trouble == ""
    assert answered(service, clip) == "second"


def test_a_start_without_registry_takes_the_version_served_last(
    settings: ServiceSettings, alias: Alias
) -> None:
    away = ConnectionError("the registry does not answer")
    alias.holder = away
    with pytest.raises(ModelError, match="does not answer"):
        load_here(settings, alias)
    alias.holder = "2"
    assert load_here(settings, alias).info.registered == "2"
    alias.holder = away
    assert load_here(settings, alias).info.registered == "2"


def test_refresh_asks_at_once(service, settings, alias, artifact: Path) -> None:
    with service:  # with its lifespan: the alias is followed, every 30 s
        alias.holder = "2"
        assert service.post("/v1/model/refresh").json() == {"registered": "1"}
        wait_until(lambda: version_of(service) == "2")
    fixed = TestClient(build_app(settings_with(model_id=str(artifact))))
    answer = fixed.post("/v1/model/refresh")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ovoz:problem:model-fixed")
