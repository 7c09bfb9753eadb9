"""The page in a real browser, over the real service with a model of tones."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_core_python
import httpx
import pytest
import soundfile

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.engine.transcript import Transcript
from ovoz.serving.app import build_app
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.text.language import word_language
from tests.service.over_http import served_api, served_app, stacked
from tests.service.settings import settings_with

from .conftest import SPOKEN
from .tones import ToneModel, tones

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="no selenium").Keys
pytestmark = pytest.mark.slow
KEY = "a key for a page"
KEYS = ApiKeys([hashlib.sha256(KEY.encode()).hexdigest()])
_PATIENCE_S = 60.0


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


def one(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


def shown(browser: Any, selector: str = "#captions .word") -> list[tuple[str, str]]:
    told = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])]"
        ".map(e => [e.textContent.trim(), e.dataset.language])",
        selector,
    )
    return [(word, language) for word, language in told]


def written(file: Path) -> str:
    """What a download holds so far: a browser names the file before it writes it."""
    return file.read_text("utf-8", errors="ignore") if file.is_file() else ""


def picture(browser: Any, name: str) -> None:
    """A picture to look at, where OVOZ_TEST_PICTURES names a folder."""
    if folder := os.environ.get("OVOZ_TEST_PICTURES"):
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def complaints(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


@pytest.fixture
def url():
    with served_api(settings_with(), ToneModel()) as client:
        yield str(client.base_url)


def behind_prefix(app: Any, prefix: str) -> Any:
    """What a proxy does that serves us under a path."""

    async def passed_on(scope: Any, receive: Any, send: Any) -> None:
        if "path" in scope:
            assert scope["path"].startswith(prefix), scope["path"]
            scope = scope | {"path": scope["path"].removeprefix(prefix)}
        await app(scope, receive, send)

    return passed_on


EXPECTED = [(word, word_language(word).value) for word in SPOKEN]


def test_captions_appear_coloured_and_settle(browser, url) -> None:
    browser.get(url)
    one(browser, "#record").click()
    wait_for(lambda: len(shown(browser)) >= 2)
    wait_for(lambda: not shown(browser, ".word.partial") and len(shown(browser)) >= len(SPOKEN))
    assert one(browser, "#record").get_attribute("aria-pressed") == "true"
    picture(browser, "live")
    one(browser, "#record").click()
    wait_for(lambda: one(browser, "#live-state").text == "Done")
    assert shown(browser) == EXPECTED
    colours = browser.execute_script(
        "return [...document.querySelectorAll('#captions .word')]"
        ".map(e => getComputedStyle(e).color)"
    )
    assert len(set(colours)) == len({language for _, language in EXPECTED})
    assert one(browser, "#spoken").get_attribute("textContent").split() == SPOKEN
    assert "Uzbek" in one(browser, "#shares").get_attribute("aria-label")
    assert one(browser, "#latency").text.startswith("Latency:")
    assert one(browser, "#notice").text == ToneModel.info.notice
    assert complaints(browser) == []


def test_settled_words_keep_their_elements_and_places(browser, url) -> None:
    browser.get(url)
    browser.execute_script(
        """
        window.moved = [];
        const places = new Map();
        const look = () => {
          for (const word of document.querySelectorAll('#captions .word:not(.partial)')) {
            const { left, top } = word.getBoundingClientRect();
            const now = `${word.textContent} ${left} ${top}`;
            if ((places.get(word) ?? now) !== now) window.moved.push([places.get(word), now]);
            places.set(word, now);
          }
        };
        new MutationObserver(look).observe(
          document.getElementById('captions'),
          { subtree: true, childList: true, attributes: true });
        """
    )
    one(browser, "#record").click()
    wait_for(lambda: not shown(browser, ".word.partial") and len(shown(browser)) >= len(SPOKEN))
    one(browser, "#record").click()
    assert browser.execute_script("return window.moved") == []


def test_a_dropped_socket_is_taken_up_without_loss(browser, url) -> None:
    browser.get(url)
    browser.execute_script(
        """
        const Real = WebSocket;
        window.sockets = [];
        window.WebSocket = class extends Real {
          constructor(...args) { super(...args); window.sockets.push(this); }
        };
        """
    )
    one(browser, "#record").click()
    wait_for(lambda: len(shown(browser)) >= 2)
    browser.execute_script("window.sockets.at(-1).close()")
    wait_for(lambda: browser.execute_script("return window.sockets.length") == 2)
    wait_for(lambda: not shown(browser, ".word.partial") and len(shown(browser)) >= len(SPOKEN))
    one(browser, "#record").click()
    wait_for(lambda: one(browser, "#live-state").text == "Done")
    assert shown(browser) == EXPECTED


class CountingModel(ToneModel):
    """Reads a word in every half second, whatever is said."""

    def _read(self, samples: Samples) -> Transcript:
        count = max(1, len(samples) // (SAMPLE_RATE // 2))
        return super()._read(tones((SPOKEN * count)[:count], word_s=0.4))


@pytest.mark.parametrize("clip", ["uz", "ru", "mixed"])
def test_a_clip_is_captioned_without_a_microphone(browser, clip: str) -> None:
    with served_api(settings_with(), CountingModel()) as client:
        browser.get(str(client.base_url))
        one(browser, f"[data-clip={clip}]").click()
        wait_for(lambda: len(shown(browser)) >= 2)
        wait_for(lambda: one(browser, "#live-state").text == "Done")
        words = [word for word, _ in shown(browser)]
        assert words == SPOKEN[: len(words)]
        assert not shown(browser, ".word.partial")
        assert complaints(browser) == []
        browser.get("about:blank")


def test_a_key_is_asked_for_and_kept_in_memory_only(browser) -> None:
    with served_api(settings_with(), ToneModel(), KEYS) as client:
        browser.get(str(client.base_url))
        one(browser, "#record").click()
        field = one(browser, "#key input")
        wait_for(field.is_displayed)
        picture(browser, "key")
        field.send_keys(KEY)
        one(browser, "#key button.main").click()
        wait_for(lambda: len(shown(browser)) >= 2)
        kept = browser.execute_script(
            "return JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
            " + document.cookie + location.href"
        )
        assert KEY not in kept
        one(browser, "#record").click()
        browser.get("about:blank")


def test_a_file_becomes_a_transcript_to_play_search_correct_and_keep(
    new_browser, url, spoken, tmp_path
) -> None:
    browser = new_browser(folder=tmp_path)
    try:
        browser.get(url)
        one(browser, "#choose").send_keys(str(spoken))
        wait_for(lambda: shown(browser, "#words .word"))
        assert shown(browser, "#words .word") == EXPECTED
        one(browser, "#search").send_keys("НОМЕР")
        assert one(browser, "#found").text == "Found: 1"
        assert shown(browser, "#words .hit") == [("номер", "ru")]
        picture(browser, "file")

        browser.find_elements("css selector", "#words .word")[3].click()
        at = wait_for(lambda: browser.execute_script("return player.currentTime"))
        start_s = httpx.post(f"{url}/transcribe", files={"file": spoken.read_bytes()}).json()
        assert at >= start_s["words"][3]["start_s"]
        wait_for(lambda: shown(browser, "#words .heard"))

        for form in ("txt", "srt", "vtt", "docx", "json"):
            one(browser, f"#as-{form}").click()
            file = tmp_path / f"spoken.{form}"
            wait_for(lambda file=file: "кредит" in written(file))

        one(browser, "#correct").click()
        one(browser, "#said").clear()
        one(browser, "#said").send_keys(" ".join([*SPOKEN[:5], "bank"]))
        one(browser, "#send").click()
        wait_for(lambda: one(browser, "#file-state").text == "Thank you. Word errors: 17%")
        assert complaints(browser) == []
    finally:
        browser.quit()


def test_a_transcript_is_shown_as_its_reader_wants_it(new_browser, spoken, tmp_path) -> None:
    browser = new_browser(folder=tmp_path)
    try:
        with served_api(settings_with(), ToneModel()) as client:
            browser.get(str(client.base_url))
            one(browser, "#choose").send_keys(str(spoken))
            wait_for(lambda: shown(browser, "#words .word") == EXPECTED)
            one(browser, "#form [value=cyrillic]").click()
            wait_for(lambda: shown(browser, "#words .word")[:1] == [("Салом", "uz")])
            written_words = [word for word, _ in shown(browser, "#words .word")]
            assert written_words == ["Салом", "банк", "кредит", "номер", "керак", "заказни."]
            picture(browser, "file-cyrillic")
            one(browser, "#as-txt").click()
            wait_for(lambda: "Салом" in written(tmp_path / "spoken.txt"))
            one(browser, "#correct").click()
            said = one(browser, "#said").get_attribute("value")
            assert said == " ".join(SPOKEN), "corrections are of the spoken form"
            one(browser, "#record").click()
            wait_for(lambda: ("Салом", "uz") in shown(browser))
            one(browser, "#record").click()
            wait_for(lambda: one(browser, "#live-state").text == "Done")
            assert complaints(browser) == []
            browser.get("about:blank")
    finally:
        browser.quit()


def test_a_long_file_goes_through_a_job(browser, tmp_path) -> None:
    long = tmp_path / "long.wav"
    soundfile.write(long, tones(SPOKEN * 20), SAMPLE_RATE, subtype="PCM_16")
    with served_api(settings_with(jobs_dir=tmp_path / "jobs"), ToneModel()) as client:
        browser.get(str(client.base_url))
        one(browser, "#form [value=latin]").click()
        one(browser, "#choose").send_keys(str(long))
        wait_for(lambda: len(shown(browser, "#words .word")) == len(SPOKEN) * 20)
        assert shown(browser, "#words .word")[2] == ("kredit", "ru")
        assert len(client.get("/jobs").json()["jobs"]) == 1
        browser.execute_script("localStorage.clear()")
        assert complaints(browser) == []
        browser.get("about:blank")


def test_behind_a_path_prefix(browser) -> None:
    settings = settings_with()
    app = build_app(settings, ToneModel())
    queue = app.state.service.transcriber.queue
    stack = stacked(app, settings, queue, ApiKeys())
    with served_app(behind_prefix(stack, "/asr/ovoz")) as client:
        browser.get(f"{client.base_url}/asr/ovoz/")
        one(browser, "#record").click()
        wait_for(lambda: len(shown(browser)) >= 2)
        one(browser, "#record").click()
        assert complaints(browser) == []
        browser.get("about:blank")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_fault_of_accessibility_is_found(browser, url, spoken, theme: str) -> None:
    axe = Path(axe_core_python.__file__).with_name("axe.min.js").read_text("utf-8")
    browser.get(url)
    browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
    one(browser, "#choose").send_keys(str(spoken))
    wait_for(lambda: shown(browser, "#words .word"))
    one(browser, "#correct").click()
    browser.set_script_timeout(_PATIENCE_S)
    browser.execute_script(axe)
    told = browser.execute_async_script("axe.run().then(arguments[0])")
    for fault in told["violations"]:
        pytest.fail(f"{fault['id']}: {[node['html'] for node in fault['nodes']]}")
    assert len(told["passes"]) > 20


def test_by_keyboard_alone_on_a_dark_phone(browser, url) -> None:
    browser.set_window_size(400, 800)
    try:
        browser.get(url)
        for _ in range(2):
            one(browser, "#theme").send_keys(Keys.ENTER)
        assert one(browser, "#theme").text == "Theme: dark"
        ground = "return getComputedStyle(document.body).backgroundColor"
        assert browser.execute_script(ground) == "rgb(16, 20, 20)"
        for _ in range(10):
            browser.switch_to.active_element.send_keys(Keys.TAB)
            if browser.switch_to.active_element.get_attribute("id") == "record":
                break
        browser.switch_to.active_element.send_keys(Keys.SPACE)
        wait_for(lambda: not shown(browser, ".word.partial") and len(shown(browser)) >= 4)
        picture(browser, "phone-dark")
        browser.switch_to.active_element.send_keys(Keys.SPACE)
        wait_for(lambda: one(browser, "#live-state").text == "Done")
        wide = "return document.documentElement.scrollWidth > window.innerWidth"
        assert not browser.execute_script(wide)
        browser.execute_script("localStorage.clear()")
    finally:
        browser.set_window_size(1280, 900)


@pytest.mark.parametrize(
    ("language", "locale", "title"),
    [
        ("uz", "uz", "Jonli subtitrlar"),
        ("uz-Cyrl-UZ", "uz-Cyrl", "Жонли субтитрлар"),
        ("ru-RU", "ru", "Живые субтитры"),
    ],
)
def test_the_interface_speaks_the_browser_s_language(
    new_browser, url, language, locale, title
) -> None:
    started = new_browser(language)
    try:
        started.get(url)
        wait_for(lambda: one(started, "#live-title").text == title)
        assert one(started, "html").get_attribute("lang") == locale
        picture(started, f"wide-{locale}")
        one(started, "#locale option[value=en]").click()
        assert one(started, "#live-title").text == "Live captions"
        started.refresh()
        wait_for(lambda: one(started, "#live-title").text == "Live captions")
    finally:
        started.quit()
