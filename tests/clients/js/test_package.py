"""The JavaScript client, packed as it is released and installed elsewhere, at a real service."""

import json
import os
import shutil
import subprocess
import wave
from pathlib import Path

import pytest

from tests.clients.answering import answering
from tests.service.live.clients import KEY, pcm
from tests.unit.streaming.coded_speech import WORDS as VOCABULARY
from tests.unit.streaming.coded_speech import Said, say

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("npm") is None, reason="no npm"),
]
HERE = Path(__file__).parent
CLIENT = HERE.parents[2] / "clients/js"
SAID = [Said("kam", 6_000, 8_000), Said("руa", 7_000, 1_000)]
STREAMED = [Said(VOCABULARY[place], 6_000, 2_000 + 9_000 * (place % 3 == 0)) for place in range(9)]
COMPILER = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022"]
BUSY = [(503, {"Retry-After": "1"}, b"{}"), (200, {}, b'{"text": "at last"}')]


def call(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package installed, and what the checks need beside it."""
    folder = tmp_path_factory.mktemp("package")
    call("npm", "pack", "--silent", "--pack-destination", folder, cwd=CLIENT)
    (packed,) = folder.glob("ovoz-client-*.tgz")
    (folder / "package.json").write_text('{"type": "module"}')
    call("npm", "install", "--silent", "--no-audit", "--no-fund", f"./{packed.name}", "ws@8",
         "typescript@5", cwd=folder)  # fmt: skip
    for name in ("checks.mjs", "typed.ts"):
        shutil.copy(HERE / name, folder)
    return folder


def test_every_check_passes_at_a_running_service(place: Path, url: str, line) -> None:
    with wave.open(str(place / "call.wav"), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(16_000)
        written.writeframes(pcm(say(SAID, tail=4_000)))
    (place / "samples.raw").write_bytes(pcm(say(STREAMED, tail=16_000)))
    with answering(*BUSY) as busy:
        environment = os.environ | {
            "SERVICE": url,
            "LINE": f"http://127.0.0.1:{line.port}",
            "BUSY": busy.url,
            "KEY": KEY,
            "RECORDING": str(place / "call.wav"),
            "SAMPLES": str(place / "samples.raw"),
            "WORDS": json.dumps([word.text for word in STREAMED]),
        }
        process = subprocess.Popen(
            ["node", "--test-reporter=tap", "checks.mjs"],
            cwd=place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        told = []
        for row in process.stdout:
            told.append(row)
            if "cut the line" in row:
                line.cut()
                line.restore()
        assert process.wait() == 0, "".join(told)
        assert any(row.startswith("# pass 6") for row in told), "".join(told)


def test_its_types_are_strict(place: Path) -> None:
    call("npx", "tsc", *COMPILER, "typed.ts", cwd=place)


def test_it_has_what_it_needs_and_nothing_else(place: Path) -> None:
    installed = place / "node_modules/ovoz-client"
    names = {str(file.relative_to(installed)) for file in installed.rglob("*") if file.is_file()}
    assert {"lib/live_session.js", "lib/capture_worklet.js", "src/index.d.ts"} <= names
    assert not [name for name in names if "test" in name or "page" in name]
    described = json.loads((installed / "package.json").read_text("utf-8"))
    assert "dependencies" not in described
