"""Does one neighbour in trouble disturb the service? Every neighbour, every fault, under load.

    python -m benchmarks.fault_matrix [--only Redis] [--fault frozen] [--seconds 16]

A Bento with an untrained network is served over a Redis, a PostgreSQL, a RabbitMQ, an issuer of
keys and a receiver of webhooks of its own, each behind a proxy (`benchmarks/faults`). Five requests
a second are transcribed while one of them is in trouble; beside them jobs with a webhook,
corrections, tokens of a new key, and `/livez`. Then the fault is undone, and the time is taken
until everything answers as before. At the end every accepted job must be done with its one result
and told of, and every accepted correction counted once.

The exit code is 1 where a requirement is missed; such cells are marked in the table.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks.faults.callers import BACK_WITHIN_S, JOBS_DONE_S, Callers, Samples
from benchmarks.faults.http_servers import KeyServer, ReceiverServer
from benchmarks.faults.postgres_server import PostgresServer
from benchmarks.faults.rabbit_server import RabbitServer
from benchmarks.faults.redis_server import RedisServer
from benchmarks.faults.server import Server
from benchmarks.untrained import untrained_artifact
from bentos.asr.build import build
from bentos.asr.smoke import served
from ovoz.evaluation.hardware import describe_hardware

LIBRARIES: Final = ("bentoml", "sqlalchemy", "psycopg", "redis", "aio-pika")
LIVE_WITHIN_S: Final = 0.1
SLOWER: Final = 1.5
NOISE_S: Final = 0.02
"""Of the machine, for transcriptions that take a few milliseconds."""
WEBHOOK_SECRET: Final = "of this matrix"
SERVERS: Final[tuple[Callable[[Path], Any], ...]] = (
    RedisServer, PostgresServer, RabbitServer, KeyServer, ReceiverServer,
)  # fmt: skip
Wanted = Callable[[str, str], bool]
"""Whether a neighbour and a fault are to be tried."""
EXPECTED: Final[dict[str, dict[str, set[int]]]] = {
    "Redis": {"jobs": {202}, "feedback": {200, 404, 503}, "new key": {200}},
    "PostgreSQL": {"jobs": {202, 503}, "feedback": {200}, "new key": {200}},
    "RabbitMQ": {"jobs": {202}, "feedback": {200}, "new key": {200}},
    "JWKS": {"jobs": {202}, "feedback": {200}, "new key": {200, 401, 503}},
    "webhook receiver": {"jobs": {202}, "feedback": {200}, "new key": {200}},
}
"""The documented answers of each route while a neighbour is in trouble."""


@dataclass(slots=True)
class Row:
    """One line of the table."""

    neighbour: str
    fault: str
    samples: Samples
    undisturbed_s: float
    back_s: float

    @property
    def misses(self) -> list[str]:
        """Requirements that are missed."""
        transcribed = self.samples.statuses.get("transcribe", Counter())
        found = [f"{status} for a transcription" for status in transcribed if status != 200]
        slower = SLOWER * self.undisturbed_s
        if self.samples.p95_s > max(slower, self.undisturbed_s + NOISE_S):
            found.append("p95")
        if max(self.samples.live_s) > LIVE_WITHIN_S:
            found.append("livez")
        if self.back_s > BACK_WITHIN_S:
            found.append("back")
        for route, expected in EXPECTED[self.neighbour].items():
            odd = set(self.samples.statuses.get(route, Counter())) - expected
            found += [f"{status} for {route}" for status in sorted(odd)]
        return found

    def __str__(self) -> str:
        """The line."""
        told = [
            f"{route} {', '.join(str(status) for status in sorted(self.samples.statuses[route]))}"
            for route in ("jobs", "feedback", "new key")
            if route in self.samples.statuses
        ]
        p95_ms, live_ms = self.samples.p95_s * 1000, max(self.samples.live_s) * 1000
        ratio = self.samples.p95_s / self.undisturbed_s
        cells = [
            self.neighbour,
            self.fault,
            f"{p95_ms:.0f} ms (× {ratio:.2f})",
            f"{live_ms:.0f} ms",
        ]
        cells += ["; ".join(told), f"{self.back_s:.1f} s", ", ".join(self.misses) or "–"]
        return f"| {' | '.join(cells)} |"


def variables(folder: Path, servers: dict[str, Any]) -> dict[str, str]:
    """The settings of a service over these servers."""
    store = servers["Redis"].url
    return {
        "OVOZ_CACHE_URL": store,
        "OVOZ_FEEDBACK_URL": store,
        "OVOZ_LIMITS_URL": store,
        "OVOZ_STREAMS_RESUME_URL": store,
        "OVOZ_REQUESTS_PER_MINUTE": "100000",
        "OVOZ_JOBS_DIR": str(folder / "jobs"),
        "OVOZ_JOBS_DATABASE_URL": servers["PostgreSQL"].url,
        "OVOZ_JOBS_BROKER_URL": servers["RabbitMQ"].url,
        "OVOZ_JOBS_SWEEP_S": "1",
        "OVOZ_JOBS_LEASE_S": "15",
        "OVOZ_JOBS_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "OVOZ_JOBS_WEBHOOK_PRIVATE": "true",
        "OVOZ_JOBS_WEBHOOK_BACKOFF_S": "1",
        "OVOZ_JOBS_WEBHOOK_TRIES": "30",
        "OVOZ_JOBS_WEBHOOK_TIMEOUT_S": "3",
        "OVOZ_JWT_ALGORITHM": "EdDSA",
        "OVOZ_JWT_JWKS_URL": servers["JWKS"].url,
        "OVOZ_JWT_AUDIENCE": "ovoz",
        "OVOZ_JWT_ISSUER": "issuer",
    }


@contextmanager
def running() -> Iterator[tuple[str, dict[str, Any]]]:
    """The URL of a service over all servers, and the servers by name."""
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        folder.chmod(0o755)  # PostgreSQL runs as another user where we are root
        servers: dict[str, Any] = {}
        for place, make in enumerate(SERVERS):
            own = folder / f"server-{place}"
            own.mkdir()
            server = make(own)
            stack.callback(server.end)
            servers[server.name] = server
        home = folder / "bentoml"
        tag = build(untrained_artifact(folder), "1", home)
        url = stack.enter_context(served(tag, home, environment=variables(folder, servers)))
        yield url, servers


async def try_faults(
    callers: Callers, servers: Iterable[Server], is_wanted: Wanted, seconds: float
) -> list[Row]:
    """One row for each wanted neighbour and fault."""
    rows = []
    await callers.load(2)
    for server in servers:
        wanted = {
            name: begin for name, begin in server.all_faults.items() if is_wanted(server.name, name)
        }
        undisturbed_s = (await callers.load(seconds)).p95_s if wanted else 0.0
        for name, begin in wanted.items():
            await asyncio.to_thread(begin)
            samples = await callers.load(seconds)
            await asyncio.to_thread(server.heal)
            rows.append(Row(server.name, name, samples, undisturbed_s, await callers.back_after()))
            print(rows[-1], file=sys.stderr, flush=True)
            if server.name == "PostgreSQL" and name == "restarted empty":
                callers.jobs.clear()  # they went with the database
    return rows


async def run(is_wanted: Wanted, seconds: float) -> tuple[list[Row], list[str]]:
    """The rows of the wanted faults, and what was lost or doubled over all of them."""
    with running() as (url, servers):
        receiver: ReceiverServer = servers["webhook receiver"]
        callers = Callers(url, servers["JWKS"], receiver.url)
        rows = await try_faults(callers, servers.values(), is_wanted, seconds)
        lost = [f"job {job_id} is not done" for job_id in await callers.unfinished()]
        deadline = time.monotonic() + JOBS_DONE_S
        while callers.jobs - set(receiver.told) and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
        lost += [f"nobody was told of {job_id}" for job_id in callers.jobs - set(receiver.told)]
        counted = await callers.counted_corrections()
        if not callers.corrections <= counted <= callers.corrections + callers.doubtful:
            lost.append(f"{callers.corrections} corrections were accepted, {counted} counted")
        await callers.close()
        print(f"{len(callers.jobs)} jobs, {counted} corrections", file=sys.stderr)
        return rows, lost


def main(
    only: Annotated[str, typer.Option(help="One neighbour.")] = "",
    fault: Annotated[str, typer.Option(help="One fault.")] = "",
    seconds: Annotated[float, typer.Option(help="For how long each fault lasts.")] = 16.0,
) -> None:
    """Print the table; the exit code is 1 where a requirement is missed."""

    def is_wanted(neighbour: str, name: str) -> bool:
        return only in {"", neighbour} and fault in {"", name}

    rows, lost = asyncio.run(run(is_wanted, seconds))
    print(describe_hardware(LIBRARIES))
    print(
        "| neighbour | fault | p95 of transcription | `/livez` at most | answers | back | missed |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(row)
    for line in lost:
        print(line)
    if lost or any(row.misses for row in rows):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
