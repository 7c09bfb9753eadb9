"""What of live traffic is held against each other beside errors: words, languages, corrections."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from ovoz.cli.main import app as command
from ovoz.text.language import utterance_language
from tests.service.canary_trial import app_of_trial, settings_of_trial
from tests.service.over_http import served_app
from tests.service.processes import wait_until


@pytest.fixture
def client(artifact: Path, other_artifact: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A service in which a network with other random weights is tried."""
    app = app_of_trial(settings_of_trial(artifact, other_artifact, tmp_path))
    with TestClient(app) as opened:
        canary = app.state.service.canary
        wait_until(lambda: canary.trial is not None)
        yield opened


def language_of(answer: dict) -> str:
    return utterance_language(answer["text"].split()).value


def told(client: TestClient) -> dict:
    client.portal.call(client.app.state.service.canary.look)
    return client.get("/v1/canary").json()


def test_words_languages_and_corrections_are_compared(client: TestClient, clip: Path) -> None:
    answers: dict[str, list[dict]] = {"old": [], "new": []}
    for _ in range(60):
        answer = client.post("/transcribe", files={"file": clip.read_bytes()}).json()
        answers[answer["model_version"].partition("-")[0]].append(answer)
    for name, said in (("old", "right"), ("new", "wrong")):
        for answer in answers[name]:
            text = answer["text"] if said == "right" else "something else"
            correction = {"request_id": answer["request_id"], "text": text}
            assert client.post("/feedback", json=correction).status_code == 200
    view = told(client)
    trial = view["trial"]
    measures = {one["measure"]: one for one in trial["measures"]}
    assert measures.keys() >= {"failed", "empty", "slow", "unsure", "more_words", "corrections"}
    for name, arm in (("old", "production"), ("new", "canary")):
        first = answers[name][0]
        words_per_s = len(first["text"].split()) / first["duration_s"]
        assert measures["more_words"][arm] == pytest.approx(min(1, words_per_s / 10), abs=1e-3)
        assert measures["fewer_words"][arm] == pytest.approx(1 - measures["more_words"][arm])
        # One recording has one language; both versions count every answer that they gave.
        assert trial["languages"][arm] == {language_of(first): len(answers[name])}
    assert measures["corrections"]["production"] == 0.0
    assert measures["corrections"]["canary"] > 0.5
    assert measures["corrections"]["pairs"] == min(map(len, answers.values()))
    assert measures["corrections"]["log_worse"] > 3  # e^3 is proof at a level of 5 %
    assert trial["decision"] != "roll-back"  # the policy does not name it
    # One look a minute is kept, and the service looks by itself: not always after the last request.
    looks = [look["requests"] for look in view["looks"]]
    assert looks == sorted(looks)
    assert 0 < looks[0] <= looks[-1] <= trial["requests"]
    assert [(past["canary"], past["ended"]) for past in view["history"]] == [("2", None)]
    assert view["limits"]["promote"] == pytest.approx(2.996, abs=1e-3)


def test_a_correction_of_an_older_version_counts_for_neither(client: TestClient) -> None:
    canary = client.app.state.service.canary
    canary.add_correction("older-00000000", 1.0)
    assert "corrections" not in {one["measure"] for one in told(client)["trial"]["measures"]}


def test_past_trials_are_listed_with_what_they_decided(client: TestClient, clip: Path) -> None:
    canary = client.app.state.service.canary
    while told(client)["trial"]["decision"] == "undecided":
        client.post("/transcribe", files={"file": clip.read_bytes()})
    client.portal.call(lambda: canary._let_go(ended=True))
    client.portal.call(canary.look)
    second, first = told(client)["history"]
    assert (first["decision"], second["decision"]) == ("promote", "undecided")
    assert first["ended"] is not None and second["ended"] is None


def test_the_command_shows_what_the_service_tells(
    artifact: Path, other_artifact: Path, clip: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    app = app_of_trial(settings_of_trial(artifact, other_artifact, tmp_path))
    with served_app(app) as client:
        wait_until(lambda: client.get("/v1/canary").json()["trial"] is not None)
        for _ in range(20):
            client.post("/transcribe", files={"file": clip.read_bytes()})
        wait_until(lambda: bool(client.get("/v1/canary").json()["trial"]["measures"]))
        time.sleep(1.1)  # what the last requests counted is written once a second
        status = CliRunner().invoke(command, ["canary", "status", "--url", str(client.base_url)])
    assert status.exit_code == 0, status.output
    assert "version 2 beside version 1" in status.output
    assert status.output.count("words/s") >= 6
    assert "languages of canary: " in status.output
