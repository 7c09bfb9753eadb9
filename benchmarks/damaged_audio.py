"""How much of damaged recordings is transcribed, beside what FFmpeg's command line decodes of them.

    python benchmarks/damaged_audio.py [ARTIFACT] [--files 500] [--seed 0]

A signal of some seconds is written in every container that the service takes, then damaged: bytes
deleted, changed, doubled, or cut off at drawn places. Each file is sent to the API over HTTP and
given to ``ffmpeg``. Without an artifact the network has random weights: words do not matter here.

Counted per file are the seconds that both have, at most those of FFmpeg. Files of which FFmpeg
itself decodes less than half are counted apart, since the service refuses them.
"""

import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import httpx
import imageio_ffmpeg
import numpy as np
import soundfile
import typer
import uvicorn

from benchmarks.untrained import untrained_artifact
from ovoz.serving.app import build_app
from ovoz.serving.auth.network import free_port
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.settings import ServiceSettings

FFMPEG: Final = imageio_ffmpeg.get_ffmpeg_exe()
RATE: Final = 16_000
SECONDS: Final = 8.0
HANG_S: Final = 60.0
CONTAINERS: Final = {
    "wav": ["-c:a", "pcm_s16le"], "f32.wav": ["-c:a", "pcm_f32le"], "flac": [],
    "opus.ogg": ["-c:a", "libopus"], "vorbis.ogg": ["-c:a", "libvorbis"], "caf": [],
    "mp3": [], "m4a": [], "faststart.m4a": ["-movflags", "+faststart"],
    "fragmented.mp4": ["-movflags", "+frag_keyframe+empty_moov", "-frag_duration", "500000"],
    "webm": ["-c:a", "libopus"], "mka": ["-c:a", "aac"], "alac.mov": ["-c:a", "alac"],
    "aiff": [], "aac": [], "amr": ["-ar", "8000", "-ac", "1"],
    "3gp": ["-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"], "wma": [], "ts": [],
    "mpg": ["-c:a", "mp2"], "avi": ["-c:a", "mp3"], "flv": ["-ar", "22050"], "ac3": [], "eac3": [],
    "au": [], "w64": [], "tta": [], "wv": [],
}  # fmt: skip
"""Arguments of FFmpeg for each container, by the end of the file's name."""

Random = np.random.Generator


def deleted(content: bytes, generator: Random) -> bytes:
    """A stretch is missing."""
    start, end = _stretch(content, generator)
    return content[:start] + content[end:]


def changed(content: bytes, generator: Random) -> bytes:
    """A stretch holds other bytes."""
    start, end = _stretch(content, generator)
    return content[:start] + generator.bytes(end - start) + content[end:]


def flipped(content: bytes, generator: Random) -> bytes:
    """Some single bytes are others."""
    copy = bytearray(content)
    for place in generator.integers(0, len(copy), size=int(generator.integers(1, 8))):
        copy[place] = generator.integers(0, 256)
    return bytes(copy)


def doubled(content: bytes, generator: Random) -> bytes:
    """A stretch comes twice."""
    start, end = _stretch(content, generator)
    return content[:end] + content[start:]


def cut_off(content: bytes, generator: Random) -> bytes:
    """The end is missing."""
    return content[: int(len(content) * generator.uniform(0.2, 1.0))]


DAMAGES: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    deleted, changed, flipped, doubled, cut_off,
)  # fmt: skip


def _stretch(content: bytes, generator: Random) -> tuple[int, int]:
    """A tenth of the file at most."""
    start = int(generator.integers(0, len(content)))
    return start, min(len(content), start + int(generator.integers(1, len(content) // 10)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file; ``ours_s`` has no silence that stands for a loss."""

    container: str
    damage: str
    status: int
    problem: str
    ours_s: float
    ffmpeg_s: float

    @property
    def shared_s(self) -> float:
        """Seconds that both decoded."""
        return min(self.ours_s, self.ffmpeg_s)


def write_recordings(folder: Path) -> dict[str, bytes]:
    """The signal in each container: a gliding tone under noise that swells."""
    time_s = np.arange(int(RATE * SECONDS)) / RATE
    noise = np.random.default_rng(1).standard_normal(len(time_s))
    signal = 0.3 * np.sin(2 * np.pi * (200 + 90 * time_s) * time_s)
    signal += 0.1 * noise * np.sin(2 * np.pi * 2 * time_s) ** 2
    soundfile.write(folder / "signal.wav", signal, RATE, subtype="PCM_16")
    recordings = {}
    for name, arguments in CONTAINERS.items():
        file = folder / f"recording.{name}"
        command = [FFMPEG, "-v", "error", "-i", str(folder / "signal.wav"), *arguments, str(file)]
        subprocess.run(command, check=True)
        recordings[name] = file.read_bytes()
    return recordings


def decode_by_ffmpeg(file: Path) -> float:
    """Seconds that the command line decodes."""
    command = [
        FFMPEG, "-v", "quiet", "-i", str(file), "-map", "0:a:0", "-ac", "1", "-ar", str(RATE),
        "-f", "s16le", "-",
    ]  # fmt: skip
    decoded = subprocess.run(command, capture_output=True, timeout=HANG_S, check=False).stdout
    return len(decoded) / 2 / RATE


def ask(client: httpx.Client, name: str, content: bytes) -> tuple[int, str, float]:
    """Status, problem and transcribed seconds of one file."""
    answer = client.post("/transcribe", files={"file": (name, content)})
    told = answer.json()
    if answer.status_code != 200:
        return answer.status_code, told["type"].rpartition(":")[2], 0.0
    silent = sum(one["end_s"] - one["start_s"] for one in told["warnings"] if one["silence"])
    return 200, "", told["duration_s"] - silent


def run(client: httpx.Client, folder: Path, files: int, seed: int) -> Iterator[Outcome]:
    """Damage and ask, container after container, damage after damage."""
    generator = np.random.default_rng(seed)
    recordings = list(write_recordings(folder).items())
    for number in range(files):
        container, whole = recordings[number % len(recordings)]
        damage = DAMAGES[number // len(recordings) % len(DAMAGES)]
        content = damage(whole, generator)
        file = folder / f"damaged.{container}"
        file.write_bytes(content)
        try:
            status, problem, ours_s = ask(client, file.name, content)
        except httpx.TimeoutException:
            status, problem, ours_s = 0, "hang", 0.0
        yield Outcome(container, damage.__name__, status, problem, ours_s, decode_by_ffmpeg(file))


def report(outcomes: list[Outcome]) -> None:
    """Print what was lost by whom."""
    half = [one for one in outcomes if one.ffmpeg_s >= SECONDS / 2]
    for title, chosen in (("all files", outcomes), ("at least half decoded by FFmpeg", half)):
        ffmpeg_s = sum(one.ffmpeg_s for one in chosen)
        share = sum(one.shared_s for one in chosen) / ffmpeg_s
        print(f"{title}: {len(chosen)} files, FFmpeg {ffmpeg_s:.0f} s, of that ours {share:.2%}")
    print("answers:", dict(Counter(f"{one.status} {one.problem}".strip() for one in outcomes)))
    print("5xx:", sum(one.status >= 500 for one in outcomes), end=", ")
    print("hangs:", sum(one.problem == "hang" for one in outcomes))
    for one in sorted(half, key=lambda one: one.shared_s - one.ffmpeg_s)[:10]:
        if one.ffmpeg_s - one.shared_s > 0.1:
            print(
                f"  {one.container} {one.damage}: {one.ours_s:.2f} of {one.ffmpeg_s:.2f} s",
                one.problem,
            )


def main(
    artifact: Annotated[Path | None, typer.Argument(help="A model artifact.")] = None,
    files: Annotated[int, typer.Option(help="How many are damaged and sent.")] = 500,
    seed: Annotated[int, typer.Option(help="Equal seeds damage equally.")] = 0,
) -> None:
    """Send damaged recordings to the API, and compare with FFmpeg."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        model = LocalModel.load(artifact or untrained_artifact(folder), threads=1)
        port = free_port()
        config = uvicorn.Config(build_app(ServiceSettings(), model), port=port, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=HANG_S) as client:
            report(list(run(client, folder, files, seed)))
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    typer.run(main)
