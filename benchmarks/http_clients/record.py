"""Write down what other people's clients really send: the bytes of each, for a test to replay.

    python -m benchmarks.http_clients.record [--service URL]

Every installed client asks twice in each of its modes, over a relay: ``CLIENT-MODE.http`` has the
bytes of its first connection. Without a URL a Bento with an untrained network is asked.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

from benchmarks.http_clients.programs import Mode, Program, find_programs
from benchmarks.http_clients.relay import relay
from benchmarks.untrained import untrained_service
from ovoz.audio.encode import write_flac

CONVERSATIONS: Final = Path(__file__).parents[2] / "tests" / "service" / "conversations"
CLIP_S: Final = 0.3
TIMES: Final = 2
LIMIT_S: Final = 120


class UnansweredError(RuntimeError):
    """A client was not answered with a transcript of what it sent."""


def write_clip(folder: Path) -> Path:
    """A tone of 0.3 s in few steps, which FLAC keeps in a kilobyte."""
    time = np.arange(round(16_000 * CLIP_S)) / 16_000
    tone = np.round(8 * np.sin(2 * np.pi * 500 * time)) / 16
    return write_flac(folder / "clip.flac", tone.astype(np.float32))


def talk(program: Program, mode: Mode, url: str, clip: Path) -> list[bytes]:
    """What the client sends to ask twice, a piece for each connection.

    Raises:
        UnansweredError: It was not answered each time, with its own request's id.
    """
    with relay(url) as heard:
        done = subprocess.run(
            program.arguments(heard.url, mode, [clip], count=TIMES),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=program.folder,
            check=False,
        )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    expected = {"status": 200, "same": True, "place": 0, "duration": CLIP_S}
    if told != [expected] * TIMES:
        raise UnansweredError(f"{program.name}, {mode}: {done.stdout}{done.stderr}")
    return [bytes(connection) for connection in heard.connections]


def record(url: str, folder: Path) -> None:
    """Write what every client sends; show what it was."""
    clip = write_clip(folder)
    CONVERSATIONS.mkdir(exist_ok=True)
    for program in find_programs(folder):
        for mode in program.modes:
            connections = talk(program, mode, url, clip)
            (CONVERSATIONS / f"{program.name}-{mode}.http").write_bytes(connections[0])
            sizes = ", ".join(f"{len(connection)} bytes" for connection in connections)
            print(f"{program.name} {mode}: {sizes}")


def main(
    service: Annotated[str, typer.Option(help="Its URL; without one a Bento is built.")] = "",
) -> None:
    """Record all of them."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if service:
            record(service, folder)
            return
        with untrained_service(folder) as url:
            record(url, folder)


if __name__ == "__main__":
    typer.run(main)
