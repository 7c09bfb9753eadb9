"""Constant load for benchmarks/hot_swap.py: callers, sockets and jobs, in a process of their own.

Every answer is compared with what the version that it names writes for the clip.
"""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.sync.client import connect

from ovoz.audio.decode import decode

CALLERS: Final = 3
SOCKETS: Final = 2
_PAUSE_S: Final = 0.02
_JOB_CLIPS: Final = 4
_PATIENCE_S: Final = 60.0
_PIECE: Final = 6_400


@dataclass(slots=True)
class Load:
    """What the clients ask, and what came of it.

    ``texts`` are those that each version writes, by clip. ``latencies`` of requests over HTTP are
    (Unix time of the start, seconds).
    """

    url: str
    clips: list[Path]
    texts: dict[str, list[str]]
    answers: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    latencies: list[tuple[float, float]] = field(default_factory=list)

    def check(self, place: int, answer: dict[str, Any]) -> None:
        """Note an answer that is not what the version that it names writes."""
        wanted = self.texts.get(answer["model_version"], [])
        if not wanted or answer["text"] != wanted[place]:
            self.mixed.append(f"{answer['model_version']} on clip {place}: {answer['text']!r}")


def ask_until(stopped: Event, load: Load, told: Path) -> None:
    """Ask until the event is set, then write what came of it to a file as JSON."""
    work: dict[str, Callable[[Load], None]] = {f"http-{n}": ask_once for n in range(CALLERS)}
    work |= {f"sockets-{n}": speak_once for n in range(SOCKETS)} | {"jobs-0": do_job}

    def repeat(name: str, once: Callable[[Load], None]) -> None:
        kind = name.partition("-")[0]
        while not stopped.is_set():
            try:
                once(load)
                load.answers[kind] = load.answers.get(kind, 0) + 1
            except Exception as error:  # whatever it is, a caller got no answer
                load.failures.append(f"{kind}: {type(error).__name__}: {error}")
            time.sleep(_PAUSE_S)

    threads = [threading.Thread(target=repeat, args=one) for one in work.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fields = ("answers", "failures", "mixed", "latencies")
    told.write_text(json.dumps({name: getattr(load, name) for name in fields}), "utf-8")


def ask_once(load: Load) -> None:
    """One recording over HTTP, on a connection of its own."""
    place = random.randrange(len(load.clips))
    started, began = time.perf_counter(), time.time()
    with load.clips[place].open("rb") as stream:
        answer = httpx.post(
            f"{load.url}/transcribe", files={"file": stream}, timeout=_PATIENCE_S, trust_env=False
        )
    load.latencies.append((began, time.perf_counter() - started))
    load.check(place, answer.raise_for_status().json())


def speak_once(load: Load) -> None:
    """One clip over a socket, in pieces at twice real time; every message names one version."""
    samples = decode(load.clips[random.randrange(len(load.clips))])
    content = (samples * 32767).astype("<i2").tobytes()
    address = load.url.replace("http://", "ws://") + "/ws/transcribe"
    named = set()
    with connect(address, proxy=None, open_timeout=_PATIENCE_S) as socket:
        socket.send(json.dumps({"type": "start", "sample_rate": 16_000}))
        ready = json.loads(socket.recv(_PATIENCE_S))
        for start in range(0, len(content), _PIECE):
            socket.send(content[start : start + _PIECE])
            time.sleep(_PIECE / 64_000)
        socket.send(json.dumps({"type": "stop"}))
        while (message := json.loads(socket.recv(_PATIENCE_S)))["type"] != "done":
            if message["type"] == "error":
                raise RuntimeError(message)
            named |= {message[key] for key in ("model_version",) if key in message}
    if named - {ready["model_version"]}:
        load.mixed.append(f"a socket of {ready['model_version']} was answered by {named}")


def do_job(load: Load) -> None:
    """A job of several recordings, until it is done."""
    places = random.choices(range(len(load.clips)), k=_JOB_CLIPS)
    files = [("files", (f"{one}.flac", load.clips[one].read_bytes())) for one in places]
    with httpx.Client(base_url=load.url, timeout=_PATIENCE_S, trust_env=False) as client:
        job = client.post("/jobs", files=files).raise_for_status().json()
        while job["finished_at"] is None:
            time.sleep(0.05)
            job = client.get(f"/jobs/{job['id']}").raise_for_status().json()
    for place, result in zip(places, job["results"], strict=True):
        if result["answer"] is None:
            raise RuntimeError(result["problem"])
        load.check(place, result["answer"])
