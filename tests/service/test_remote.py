"""The model in a service of its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import uvicorn
from fastapi.testclient import TestClient

from bentos.asr.build import MODEL_NAME, NAME, bentoml_environment, build
from ovoz.decoding.hot_words import HotWordsError
from ovoz.serving.app import build_app
from ovoz.serving.auth.network import free_port
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.options import RecognitionOptions, RecognitionRequest
from ovoz.serving.inference.queue import ModelQueue
from ovoz.serving.inference.remote_model import ModelAwayError, RemoteModel
from tests.service.processes import wait_until_ready
from tests.service.settings import settings_with


@pytest.fixture(scope="module")
def recogniser(artifact: Path) -> LocalModel:
    return LocalModel.load(artifact, threads=1)


@pytest.fixture(scope="module")
def url(artifact: Path, recogniser: LocalModel) -> Iterator[str]:
    os.environ["OVOZ_MODEL_ID"] = str(artifact)
    try:
        from bentos.asr.model_service import build_model_app
    finally:
        del os.environ["OVOZ_MODEL_ID"]
    port = free_port()
    app = build_model_app(settings_with(max_duration_s=10, max_waiting=4), recogniser)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def remote(url: str) -> RemoteModel:
    return RemoteModel.at(url)


def test_it_is_the_same_model(remote: RemoteModel, recogniser: LocalModel, clips) -> None:
    assert remote.info.description == recogniser.info.description
    assert (remote.info.identity, remote.info.device) == (
        recogniser.info.identity,
        recogniser.info.device,
    )
    here = recogniser.transcribe_all([RecognitionRequest(clip) for clip in clips])
    there = remote.transcribe_all([RecognitionRequest(clip) for clip in clips])
    assert there == here


def test_hot_words_that_cannot_be_used(remote: RemoteModel, clips) -> None:
    (told,) = remote.transcribe_all(
        [RecognitionRequest(clips[0], RecognitionOptions(hot_words=("two words",)))]
    )
    assert isinstance(told, HotWordsError)
    assert "two words" in str(told)


def test_more_than_the_model_takes(remote: RemoteModel) -> None:
    with pytest.raises(ModelAwayError, match="413"):
        remote.transcribe_all([RecognitionRequest(np.zeros(12 * 16_000, np.float32))])


def test_the_api_before_it_answers_as_with_its_own(
    remote: RemoteModel, recogniser: LocalModel, url: str, clip: Path
) -> None:
    own = {"processing_ms": 0, "engine_ms": 0, "request_id": ""}
    answers = [
        TestClient(build_app(settings_with(model_url=asked), model)).post(
            "/transcribe", files={"file": clip.read_bytes()}
        )
        for asked, model in (("", recogniser), (url, remote))
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() | own == answers[1].json() | own


def test_a_model_that_is_away_is_a_problem_and_no_fault(
    remote: RemoteModel, url: str, clip: Path
) -> None:
    gone = RemoteModel(remote.info, "http://127.0.0.1:1")
    client = TestClient(build_app(settings_with(model_url=url), gone))
    answer = client.post("/transcribe", files={"file": clip.read_bytes()})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:ovoz:problem:model-away")
    with pytest.raises(ModelAwayError, match="no model at"):
        RemoteModel.at("http://127.0.0.1:1", wait_s=0.1)


def test_its_overload_is_ours(remote: RemoteModel, url: str, clip: Path, monkeypatch) -> None:
    client = TestClient(build_app(settings_with(model_url=url), remote))
    monkeypatch.setattr(ModelQueue, "refuse_when_full", _full_without_workers)
    answer = client.post("/transcribe", files={"file": clip.read_bytes()})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")


def _full_without_workers(queue: ModelQueue) -> None:
    from ovoz.serving.inference.queue import OverloadedError

    if queue._workers == 1 or queue._places == 4:  # the model's own queue, not that of the API
        raise OverloadedError(7)


SCRIPT = """
import sys
from ovoz.cli.apart import Started, run_apart
import json
model, api = (Started(*one) for one in json.load(open(sys.argv[1])))
sys.exit(run_apart(model, api))
"""


@pytest.mark.slow
def test_a_request_under_way_survives_the_stop_of_both(
    artifact: Path, clip: Path, tmp_path: Path
) -> None:
    import json

    home = tmp_path / "bentoml"
    tags = {name: build(artifact, "1", home, name=name) for name in (NAME, MODEL_NAME)}
    port, model_port = free_port(), free_port()
    environment = bentoml_environment(home)

    def started(tag: str, at: int, **more: str) -> list:
        command = [sys.executable, "-m", "bentoml", "serve", tag, "--host", "127.0.0.1"]
        return [[*command, "--port", str(at)], environment | more]

    plan = tmp_path / "plan.json"
    url = f"http://127.0.0.1:{model_port}"
    both = [started(tags[MODEL_NAME], model_port), started(tags[NAME], port, OVOZ_MODEL_URL=url)]
    plan.write_text(json.dumps(both), "utf-8")
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(plan)], stdout=subprocess.DEVNULL)
    try:
        api = f"http://127.0.0.1:{port}"
        wait_until_ready(f"{api}/readyz", process)
        stopping = threading.Event()
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'

        def upload() -> Iterator[bytes]:
            yield head + clip.read_bytes()
            assert stopping.wait(30)
            time.sleep(1.0)  # the signal has reached both services by then, were it sent to both
            yield b"\r\n--x--\r\n"

        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(
                httpx.post, f"{api}/transcribe", content=upload(), headers=kind, timeout=60
            )
            time.sleep(1.0)  # the upload has begun
            process.send_signal(signal.SIGTERM)
            stopping.set()
            assert answer.result(60).status_code == 200
        assert process.wait(60) == 0
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/livez", timeout=2)
    finally:
        process.terminate()
        process.wait(60)
