"""Models of several language packs in one process, asked by name or by language."""

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ovoz.engine.artifact.storage import DESCRIPTION_FILE, read_description
from ovoz.serving.app import build_app
from ovoz.serving.inference.loading import load_here, load_others
from tests.service.settings import settings_with


@pytest.fixture(scope="module")
def vietnamese(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' artifact under another name, said to be of another pack."""
    folder = tmp_path_factory.mktemp("vi") / "artifact"
    shutil.copytree(artifact, folder)
    described = read_description(folder).model_copy(update={"name": "ovoz-vi", "pack": "vi"})
    (folder / DESCRIPTION_FILE).write_text(described.model_dump_json(), "utf-8")
    return folder


@pytest.fixture(scope="module")
def http(artifact: Path, vietnamese: Path) -> TestClient:
    settings = settings_with(model_id=str(artifact), model_others=f"{vietnamese}, ")
    app = build_app(settings, load_here(settings))
    app.state.service.transcriber.others = load_others(settings)
    return TestClient(app)


def model_of(http: TestClient, clip: Path, path: str = "/transcribe", **fields: str) -> str:
    answer = http.post(path, files={"file": clip.read_bytes()}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["model_version"]


def test_all_models_are_listed_the_first_one_first(http: TestClient) -> None:
    listed = [one["id"] for one in http.get("/v1/models").json()["data"]]
    assert len(listed) == 2
    assert listed[1].startswith("ovoz-vi-")
    assert http.get(f"/v1/models/{listed[1]}").json()["id"] == listed[1]
    assert http.get("/v1/models/whisper-1").status_code == 404


@pytest.mark.parametrize(
    ("hint", "is_other"),
    [("auto", False), ("mixed", False), ("uz", False), ("ru", False), ("vi", True), ("en", True)],
)
def test_the_first_model_that_has_the_language_answers(
    http: TestClient, clip: Path, hint: str, is_other: bool
) -> None:
    assert model_of(http, clip, language_hint=hint).startswith("ovoz-vi-") is is_other


def test_a_language_that_no_model_has_is_refused(http: TestClient, clip: Path) -> None:
    sent = {"file": clip.read_bytes()}
    answer = http.post("/transcribe", files=sent, data={"language_hint": "kk"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("unknown-language")


@pytest.mark.parametrize(("name", "chosen"), [("ovoz-vi", 1), ("whisper-1", 0)])
def test_a_model_is_chosen_by_its_name(
    http: TestClient, clip: Path, monkeypatch: pytest.MonkeyPatch, name: str, chosen: int
) -> None:
    asked = []
    models = http.app.state.service.transcriber.models
    for place, one in enumerate(models):
        transcribe = one.transcribe_all
        monkeypatch.setitem(
            one.__dict__,
            "transcribe_all",
            lambda batch, place=place, do=transcribe: (asked.append(place), do(batch))[1],
        )
    fields = {"model": name, "temperature": "0"}
    answer = http.post("/v1/audio/transcriptions", files={"file": clip.read_bytes()}, data=fields)
    assert answer.status_code == 200
    assert asked == [chosen]


def test_each_file_of_a_batch_is_read_by_the_model_of_the_hint(
    http: TestClient, clip: Path
) -> None:
    sent = [("files", clip.read_bytes())] * 2
    answer = http.post("/transcribe/batch", files=sent, data={"language_hint": "vi"})
    versions = [one["answer"]["model_version"] for one in answer.json()["results"]]
    assert all(version.startswith("ovoz-vi-") for version in versions)
