"""The data page in a browser without a network: a bad clip is found, heard, and traced back."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.sources import read_source
from ovoz.corpus.validation import ValidationConfig, validate

from ...unit.corpus.conftest import tone

pytestmark = pytest.mark.slow

TEXTS = ["salom dunyo", "pul keldi", "katta uy", "oq choy", "yangi kun", "qora non", "uzun yo'l"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a corpus with noise, a quiet clip, an empty download and a file that is missing."""
    folder = tmp_path_factory.mktemp("recordings")
    lines = ["audio,text,speaker,split"]
    for number, text in enumerate(TEXTS):
        soundfile.write(folder / f"{number}.wav", tone(1.5, 100 + 30 * number), 16_000)
        split = {5: "dev", 6: "test"}.get(number, "train")
        lines.append(f"{number}.wav,{text},speaker {number if number > 4 else 0},{split}")
    noise = np.random.default_rng(1).normal(0, 0.2, 32_000).astype(np.float32)
    soundfile.write(folder / "calls <2>.wav", noise, 16_000)
    soundfile.write(folder / "far.wav", tone(1.5, 90) * 0.004, 16_000)
    (folder / "empty.wav").write_bytes(b"")
    lines += [
        "calls <2>.wav,bu faqat shovqin <b>,olim,train",
        "far.wav,juda past ovoz,olim,train",
        "empty.wav,bo'sh fayl,vali,train",
        "gone.wav,yo'q fayl,vali,train",
    ]
    (folder / "metadata.csv").write_text("\n".join(lines), "utf-8")
    source = FolderConfig(path=folder, licence="x", consent="y", max_missing_share=1)
    corpus = read_source(source, folder.parent / "data").parent
    config = ValidationConfig(max_quarantined_share=1, min_snr_db=60)
    result = validate(Dataset.in_folder(corpus), folder.parent / "checked", config)
    shutil.rmtree(corpus / "audio")  # the page has what it plays
    return result.folder / "data_page" / "index.html"


def test_the_page_names_no_address(page: Path) -> None:
    content = page.read_text("utf-8")
    assert "http:" not in content
    assert "https:" not in content
    assert "//cdn" not in content


def test_a_bad_clip_is_found_heard_and_traced_back(page: Path, new_browser) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.select import Select
    from selenium.webdriver.support.wait import WebDriverWait

    browser = new_browser()
    try:
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
        )
        browser.get(page.as_uri())
        rows = browser.find_elements(By.CSS_SELECTOR, "#rows tbody tr")
        assert len(rows) >= 4
        Select(browser.find_element(By.ID, "kind")).select_by_value("voice")
        doubtful = [row for row in rows if row.is_displayed()]
        assert 0 < len(doubtful) < len(rows)
        (noise,) = [
            row for row in doubtful if "nobody speaks in it" in row.text and "bu faqat" in row.text
        ]
        assert "calls <2>.wav" in noise.find_element(By.CLASS_NAME, "path").text
        assert "metadata.csv: row 8" in noise.text
        assert "olim" in noise.text
        noise.find_element(By.CSS_SELECTOR, "button.play").click()
        heard = "return document.getElementById('player').currentTime"
        WebDriverWait(browser, 60).until(lambda opened: opened.execute_script(heard) > 0.1)
        Select(browser.find_element(By.ID, "kind")).select_by_value("missing")
        (missing,) = [row for row in rows if row.is_displayed()]
        assert "gone.wav" in missing.text
        assert not missing.find_elements(By.CSS_SELECTOR, "button.play")
        Select(browser.find_element(By.ID, "kind")).select_by_value("")
        browser.find_element(By.ID, "search").send_keys("far.wav")
        assert ["far.wav" in row.text for row in rows if row.is_displayed()] == [True]
        severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        assert severe == []
        browser.find_element(By.ID, "search").clear()
        browser.set_window_size(1280, 2400)
        browser.save_screenshot(str(page.parents[1] / "data-page.png"))
    finally:
        browser.quit()
