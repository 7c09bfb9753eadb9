"""How soon and how steadily do live captions come, and for how many streams at once?

    python benchmarks/streaming.py ARTIFACT DATA [--streams 1 --streams 10] [--clips 20]

Serves the artifact on loopback and sends it clips of the test split, 1.2 s of silence between them,
in blocks of 100 ms at the pace of a microphone. Latencies count from when the block with the first
or the last sound of a clip was sent (Silero's network on the whole clip says where those are) until
the first partial or the final transcript arrives. Flicker is changed over shown words. The word
error rate of the finals stands beside that of the same clips as files over ``/transcribe``.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import httpx
import jiwer
import numpy as np
import typer
from websockets.asyncio.client import ClientConnection, connect

from bentos.asr.build import build
from bentos.asr.smoke import served
from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds, duration_s
from ovoz.audio.vad import detect_speech
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.evaluation.hardware import describe_hardware
from ovoz.streaming.display import Display

BLOCK: Final = SAMPLE_RATE // 10
PAUSE_S: Final = 1.2
LIBRARIES: Final = ("bentoml", "onnxruntime", "flashlight-text", "uvicorn", "websockets")
GENEROUS: Final = {"OVOZ_STREAMS_MAX_SESSIONS": "1000"}


@dataclass(frozen=True)
class Clip:
    """A recording with its text, and where speech is in it."""

    file: Path
    text: str
    samples: Samples
    onset_s: Seconds
    end_s: Seconds


@dataclass
class Captions:
    """What one stream showed."""

    first_s: list[Seconds] = field(default_factory=list)
    final_s: list[Seconds] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    written: int = 0
    changed: int = 0


def read_clips(data: Path, most: int) -> list[Clip]:
    """Clips of the test split in which somebody speaks."""
    rows = [row for row in read_manifest(data / "manifest.parquet") if row.split is Split.TEST]
    clips = []
    for row in rows[:most]:
        samples = decode(data / row.audio)
        if found := detect_speech(samples):
            ends = found[0].start_s, found[-1].end_s
            clips.append(Clip(data / row.audio, row.text, samples, *ends))
    return clips


class Stream:
    """One client that speaks clip after clip."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        self.captions = Captions()
        self._clips = clips
        self._starts = list(_starts(clips))
        self._sent: list[Seconds] = []  # when the block with each tenth of a second was sent
        self._shown: dict[int, Display] = {}
        self._first = [False] * len(clips)
        self._texts: list[list[str]] = [[] for _ in clips]
        self._last: list[Seconds] = [0.0] * len(clips)

    async def run(self, url: str) -> Captions:
        """Speak and listen to the end."""
        async with connect(f"{url.replace('http', 'ws', 1)}/ws/transcribe", proxy=None) as socket:
            await socket.send(json.dumps({"type": "start", "sample_rate": SAMPLE_RATE}))
            speaking = asyncio.create_task(self._speak(socket))
            async for text in socket:
                self._hear(json.loads(text), time.perf_counter())
            await speaking
        for number, clip in enumerate(self._clips):
            if self._last[number]:
                spoken = self._when(self._starts[number] + clip.end_s)
                self.captions.final_s.append(self._last[number] - spoken)
        self.captions.texts = [" ".join(texts) for texts in self._texts]
        self.captions.written = sum(display.written for display in self._shown.values())
        self.captions.changed = sum(display.changed for display in self._shown.values())
        return self.captions

    async def _speak(self, socket: ClientConnection) -> None:
        pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
        signal = np.concatenate([piece for clip in self._clips for piece in (clip.samples, pause)])
        begun = time.perf_counter()
        for place in range(0, len(signal), BLOCK):
            await asyncio.sleep(begun + (place + BLOCK) / SAMPLE_RATE - time.perf_counter())
            self._sent.append(time.perf_counter())
            block = np.clip(signal[place : place + BLOCK] * 32767, -32768, 32767).astype("<i2")
            await socket.send(block.tobytes())
        await socket.send(json.dumps({"type": "stop"}))

    def _hear(self, message: dict[str, Any], now: Seconds) -> None:
        if message["type"] not in {"partial", "final"}:
            return
        number = self._clip_at(message["words"][0]["start_s"])
        words = [word["text"] for word in message["words"]]
        self._shown.setdefault(message["segment"], Display()).show(words)
        if not self._first[number]:
            self._first[number] = True
            spoken = self._when(self._starts[number] + self._clips[number].onset_s)
            self.captions.first_s.append(now - spoken)
        if message["type"] == "final":
            self._texts[number].append(message["text"])
            self._last[number] = now

    def _when(self, place_s: Seconds) -> Seconds:
        """When the audio at a place was sent."""
        block = min(int(place_s * SAMPLE_RATE) // BLOCK, len(self._sent) - 1)
        return self._sent[block]

    def _clip_at(self, place_s: Seconds) -> int:
        return int(np.searchsorted(self._starts, place_s + 0.01)) - 1


def _starts(clips: Sequence[Clip]) -> Iterator[Seconds]:
    place_s = 0.0
    for clip in clips:
        yield place_s
        place_s += duration_s(clip.samples) + PAUSE_S


def transcribe_files(url: str, clips: Sequence[Clip]) -> list[str]:
    """The texts of the clips as files."""
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
        return [
            client.post("/transcribe", files={"file": clip.file.read_bytes()}).json()["text"]
            for clip in clips
        ]


async def measure(url: str, clips: Sequence[Clip], streams: int) -> list[Captions]:
    """Streams side by side; each begins with another clip."""
    turns = [
        [*clips[number % len(clips) :], *clips[: number % len(clips)]] for number in range(streams)
    ]
    return await asyncio.gather(*(Stream(turn).run(url) for turn in turns))


def report(streams: int, found: Sequence[Captions], clips: Sequence[Clip]) -> None:
    """One line of the table."""
    first = np.array([second for one in found for second in one.first_s])
    final = np.array([second for one in found for second in one.final_s])
    shown, changed = sum(one.written for one in found), sum(one.changed for one in found)
    wer = jiwer.wer([clip.text for clip in clips], found[0].texts)
    cells = [
        str(streams),
        *(_milliseconds(one, part) for one in (first, final) for part in (0.5, 0.95)),
        f"{100 * changed / max(1, shown):.1f} %",
        f"{100 * wer:.1f} %",
        f"{len(final)} of {streams * len(clips)}",
    ]
    print(f"| {' | '.join(cells)} |")


def _milliseconds(latencies: np.ndarray, part: float) -> str:
    """A quantile; a dash where the model wrote nothing."""
    return f"{np.quantile(latencies, part) * 1000:.0f}" if len(latencies) else "–"


def main(
    artifact: Annotated[Path, typer.Argument(help="The model artifact.")],
    data: Annotated[Path, typer.Argument(help="The folder with the corpus.")],
    streams: Annotated[list[int], typer.Option(help="Streams at once.")] = [1, 10],  # noqa: B006
    clips: Annotated[int, typer.Option(help="Clips that each stream speaks.")] = 20,
) -> None:
    """Print a table of latency, flicker and word error rate."""
    chosen = read_clips(data, clips)
    with TemporaryDirectory() as home:
        tag = build(artifact, "1", Path(home))
        with served(tag, Path(home), environment=GENEROUS) as url:
            files = transcribe_files(url, chosen)
            print(describe_hardware(LIBRARIES))
            wer = jiwer.wer([clip.text for clip in chosen], files)
            print(f"{len(chosen)} clips; as files {100 * wer:.1f} % WER\n")
            print("| streams | first p50 ms | p95 | final p50 ms | p95 | flicker | WER | finals |")
            print("| --- | --- | --- | --- | --- | --- | --- | --- |")
            for count in streams:
                report(count, asyncio.run(measure(url, chosen, count)), chosen)


if __name__ == "__main__":
    typer.run(main)
