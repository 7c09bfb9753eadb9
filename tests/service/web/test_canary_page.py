"""The page of the canary in a real browser: behind a key, with what the service compares."""

import datetime as dt
import time
from pathlib import Path

import axe_core_python
import pytest
from sqlalchemy import delete, insert, select

from ovoz.serving.auth.api_keys import ApiKeys, create_key
from ovoz.serving.auth.caller import BY_DEFAULT, Scope
from ovoz.serving.canary.trials import _LOOKS, Trials
from tests.service.canary_trial import app_of_trial, settings_of_trial
from tests.service.over_http import served_app, stacked
from tests.service.processes import wait_until

from .test_browser import complaints, one, picture, wait_for

pytest.importorskip("selenium.webdriver", reason="no selenium")
pytestmark = pytest.mark.slow


def rows(browser, table: str) -> list[list[str]]:
    told = browser.execute_script(
        "return [...document.querySelectorAll(`#${arguments[0]} tr`)]"
        ".map(row => [...row.children].map(cell => cell.innerText))",
        table,
    )
    return [list(map(str, row)) for row in told]


def grow(trials: Trials, number: int) -> None:
    """Half an hour of looks, one a minute, as the service writes them."""
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=31)
    looks = [
        {
            "trial": number, "at": (begun + dt.timedelta(minutes=minute)).isoformat(),
            "requests": minute, "worse": -minute / 60, "within": minute / 20,
        }
        for minute in range(30)
    ]  # fmt: skip
    with trials._begin() as connection:
        last = connection.execute(select(_LOOKS)).mappings().all()
        connection.execute(delete(_LOOKS))
        kept = [{key: row[key] for key in looks[0]} for row in last[-1:]]
        connection.execute(insert(_LOOKS), [*looks, *kept])


def test_a_trial_is_shown_to_who_holds_the_key(
    browser, artifact: Path, other_artifact: Path, clip: Path, tmp_path: Path
) -> None:
    settings = settings_of_trial(artifact, other_artifact, tmp_path)
    file = tmp_path / "keys"
    # Each caller stays with one version: several are needed to hear both.
    callers = [create_key(file, f"caller-{number}", BY_DEFAULT) for number in range(8)]
    admin = create_key(file, "admin", frozenset({Scope.ADMIN}))
    app = app_of_trial(settings)
    queue = app.state.service.transcriber.queue
    with served_app(stacked(app, settings, queue, ApiKeys.configured(path=file))) as client:
        wait_until(lambda: app.state.service.canary.trial is not None)
        for key in callers * 10:
            sent = {"file": clip.read_bytes()}
            answer = client.post("/transcribe", files=sent, headers={"X-API-Key": key})
            assert answer.status_code == 200
        time.sleep(2)  # what was counted is written down once a second
        canary = app.state.service.canary
        grow(canary._trials, canary.trial.number)
        browser.get(f"{client.base_url}/page/canary.html")
        assert not one(browser, "#comparison").is_displayed()
        for key in (callers[0], admin):  # the first may not see it
            wait_for(lambda: one(browser, "#key").is_displayed())
            one(browser, "#key input").send_keys(key)
            one(browser, "#key [value=use]").click()
        wait_for(lambda: rows(browser, "measures"))
        measures = {row[0].splitlines()[0]: row for row in rows(browser, "measures")}
        assert {"Errors", "Empty results", "Slow answers", "Low confidence"} <= measures.keys()
        assert measures["Errors"][1:4] == ["0.00 %", "0.00 %", "10.0 %"]
        assert "words/s" in measures["More words per second"][1]
        assert measures["Other mix of languages"][-1] == "–"
        assert "version 1 since" in one(browser, "#trial").text
        assert one(browser, "#verdict").get_attribute("data-decision") in {"undecided", "promote"}
        command = one(browser, "#command").text
        assert command == f'ovoz canary stop --why "…" --tell {client.base_url}'
        assert rows(browser, "languages")
        assert rows(browser, "history")[0][:2] == ["2", "1"]
        assert find_faults(browser) == []
        points = [one(browser, f"polyline{of}").get_attribute("points") for of in ("", ".within")]
        assert [len(line.split()) for line in points] == [31, 31]
        browser.set_window_size(1280, 1900)
        picture(browser, "canary")
        browser.set_window_size(400, 900)
        picture(browser, "canary-phone")
        browser.set_window_size(1280, 900)
        one(browser, "#pause").click()
        assert one(browser, "#pause").get_attribute("aria-pressed") == "true"
        # A refusal is told by the browser too; nothing else is.
        assert [told for told in complaints(browser) if "40" not in told] == []
        browser.get("about:blank")


def find_faults(browser) -> list[str]:
    """Faults of accessibility."""
    script = Path(axe_core_python.__file__).with_name("axe.min.js").read_text("utf-8")
    browser.execute_script(script)
    found = browser.execute_async_script("axe.run().then(arguments[0])")
    return [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in found["violations"]]
