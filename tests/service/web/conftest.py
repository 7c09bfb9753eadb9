"""A browser without a screen, whose microphone is a file."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.serving.live import session
from ovoz.streaming.session import StreamingSession

from .tones import Loud, tones

SPOKEN = ["salom", "bank", "кредит", "номер", "kerak", "заказni"]


@pytest.fixture(autouse=True)
def loud_activity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tones are no speech to Silero's network."""
    monkeypatch.setattr(
        session,
        "StreamingSession",
        lambda *args, **options: StreamingSession(*args, **options, detector=Loud),
    )


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's microphone hears."""
    file = tmp_path_factory.mktemp("spoken") / "spoken.wav"
    soundfile.write(file, tones(SPOKEN), SAMPLE_RATE, subtype="PCM_16")
    return file


@pytest.fixture(scope="session")
def new_browser(spoken: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., object]:
    """What starts a Chromium; skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no Chromium here: apt-get install chromium chromium-driver")

    def start(language: str = "en-US", folder: Path | None = None) -> object:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={spoken}%noloop",
            "--autoplay-policy=no-user-gesture-required", "--window-size=1280,900",
            f"--lang={language}", "--no-proxy-server",
        ):  # fmt: skip
            options.add_argument(argument)
        chosen = {"intl.accept_languages": language}
        if folder is not None:
            chosen["download.default_directory"] = str(folder)
        options.add_experimental_option("prefs", chosen)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        return webdriver.Chrome(options, webdriver.ChromeService(driver))

    return start


@pytest.fixture(scope="session")
def browser(new_browser: Callable[..., object]) -> Iterator[object]:
    """One in English, for many tests."""
    started = new_browser()
    yield started
    started.quit()  # type: ignore[attr-defined]
