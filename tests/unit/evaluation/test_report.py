"""The page opened in a real browser: it draws, plays and fits a phone."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from ovoz.audio.encode import write_flac
from ovoz.engine.transcript import Word
from ovoz.evaluation.evaluate import Evaluation, score_slices
from ovoz.evaluation.gates import GatesConfig
from ovoz.evaluation.judgement import judge
from ovoz.evaluation.report import render_markdown, render_page
from ovoz.evaluation.rows import HypothesisRow
from ovoz.text.language import Language
from ovoz.text.pack import load_pack

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom",
)  # fmt: skip
_ASK = """<script>
const found = {drawn: 0, sounds: [], width: 0};
addEventListener("load", () => setTimeout(() => {
  const page = document.querySelector("iframe").contentDocument;
  found.drawn = [...page.querySelectorAll("svg")].filter(one =>
    one.querySelector("rect,polyline").getBoundingClientRect().width > 10).length;
  found.sounds = [...page.querySelectorAll("audio")].map(one => one.duration);
  found.width = page.documentElement.scrollWidth;
  const gates = page.querySelector(".gates").parentElement;
  found.hidden = gates.scrollWidth - gates.clientWidth;
  document.title = JSON.stringify(found);
}, 2000));
</script><iframe srcdoc="PAGE" style="width:390px;height:800px;border:0"></iframe>"""


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    tone = np.sin(np.arange(16_000) / 20, dtype=np.float32) / 4
    clip = write_flac(tmp_path / "clip.flac", tone)
    rows = [
        HypothesisRow(
            system="served", test_set="test", id=f"clip-{number}-" + "x" * 40, audio=str(clip),
            reference="заказni bugun oldim <b>", hypothesis="заказni bugun",
            language=Language.MIXED, hypothesis_language=Language.MIXED, dialect="khorezm",
            condition="clean", speaker=f"s{number}", duration_s=1.0, confidence=0.9,
            latency_ms=5.0 + number,
            words=(Word(text="заказni", start_s=0, end_s=0.4, language=Language.MIXED,
                            confidence=0.9),
                   Word(text="bugun", start_s=0.4, end_s=0.8, language=Language.UZBEK,
                            confidence=0.6)),
        )
        for number in range(4)
    ]  # fmt: skip
    slices = score_slices(rows, load_pack("uz-ru"))
    return Evaluation(training_data="synthetic speech", rows=rows, slices=slices)


@pytest.fixture
def page(evaluation: Evaluation) -> str:
    verdict = judge(GatesConfig(), evaluation, "served", artifact=True)
    return render_page(evaluation, verdict, "served", [(0, 1.0), (10, 0.5)])


def test_failed_gates_are_in_the_page_and_in_markdown(evaluation: Evaluation, page: str) -> None:
    verdict = judge(GatesConfig(), evaluation, "served", artifact=True)
    assert not verdict.passed
    for text in (page, render_markdown(evaluation, verdict, "served")):
        assert "NOT MET" in text
        assert "synthetic speech" in text
        assert "it was not measured" in text


def test_page_asks_nobody_and_escapes_what_was_said(page: str) -> None:
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", page)
    assert "http" not in page
    assert "<b>" not in page.split("Switches of language")[1]


def test_page_without_verdict_says_so(evaluation: Evaluation) -> None:
    assert "No gate was judged" in render_page(evaluation, None, "served")


def test_measures_without_a_gate_are_in_the_page_too(evaluation: Evaluation) -> None:
    measures = {"served": {"long_drift_s": 0.125}}
    found = render_page(evaluation.model_copy(update={"measures": measures}), None, "served")
    assert "<td>long_drift_s<td>0.125<td>long_misplaced_s minus" in found


def test_real_clips_of_one_language_are_playable_and_words_counted(evaluation: Evaluation) -> None:
    rows = [
        row.model_copy(update={"language": Language.UZBEK, "source": "folder", "id": f"uz-{place}"})
        for place, row in enumerate(evaluation.rows)
    ]
    page = render_page(evaluation.model_copy(update={"rows": rows}), None, "served")
    assert "Switches of language" not in page
    assert "uz-0, s0, folder: 50.0 % word errors" in page
    assert page.count("<audio") == 8
    assert "<tr><td>oldim<td>4<td>4<td>(nothing) 4</tr>" in page


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_page_in_a_browser_on_a_phone(page: str, tmp_path: Path) -> None:
    frame = tmp_path / "frame.html"
    frame.write_text(_ASK.replace("PAGE", page.replace("&", "&amp;").replace('"', "&quot;")))
    shown = subprocess.run(
        [CHROMIUM, *_FLAGS, f"--user-data-dir={tmp_path / 'profile'}", frame.as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in shown.stderr
    found = json.loads(unescape(re.search("<title>(.*?)</title>", shown.stdout).group(1)))
    assert found["drawn"] == 4
    assert len(found["sounds"]) == 8  # the switches, and the worst
    assert all(seconds > 0.9 for seconds in found["sounds"])
    assert found["width"] <= 390
    assert found["hidden"] <= 0
