"""Does one neighbour in trouble disturb the service? Every neighbour, every fault, under load.

    python -m benchmarks.fault_matrix [--only Redis] [--fault frozen] [--seconds 16]

A Bento with an untrained network is served over a Redis, a PostgreSQL, a RabbitMQ, an issuer of
keys and a receiver of webhooks of its own, each behind a proxy (`fault_servers.py`). Five requests
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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import numpy as np
import typer
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.fault_servers import SERVERS, KeyServer, ReceiverServer, Server
from benchmarks.untrained import untrained_artifact
from bentos.asr.build import build
from bentos.asr.smoke import served
from ovoz.audio.encode import write_flac
from ovoz.evaluation.hardware import describe_hardware

LIBRARIES: Final = ("bentoml", "sqlalchemy", "psycopg", "redis", "aio-pika")
PER_SECOND: Final = 5
BACK_WITHIN_S: Final = 10.0
LIVE_WITHIN_S: Final = 0.1
SLOWER: Final = 1.5
NOISE_S: Final = 0.02
"""Of the machine, for transcriptions that take a few milliseconds."""
JOBS_DONE_S: Final = 90.0
WEBHOOK_SECRET: Final = "of this matrix"
EXPECTED: Final[dict[str, dict[str, set[int]]]] = {
    "Redis": {"jobs": {202}, "feedback": {200, 404, 503}, "new key": {200}},
    "PostgreSQL": {"jobs": {202, 503}, "feedback": {200}, "new key": {200}},
    "RabbitMQ": {"jobs": {202}, "feedback": {200}, "new key": {200}},
    "JWKS": {"jobs": {202}, "feedback": {200}, "new key": {200, 401, 503}},
    "webhook receiver": {"jobs": {202}, "feedback": {200}, "new key": {200}},
}
"""The documented answers of each route while a neighbour is in trouble."""


@dataclass(slots=True)
class Samples:
    """What was answered in one phase."""

    transcribed_s: list[float] = field(default_factory=list)
    live_s: list[float] = field(default_factory=list)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)

    def note(self, route: str, status: int) -> None:
        """Count an answer; 0 is none."""
        self.statuses.setdefault(route, Counter())[status] += 1

    @property
    def p95_s(self) -> float:
        """Of transcriptions."""
        return float(np.percentile(self.transcribed_s, 95))


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


class Callers:
    """Everyone who asks the service."""

    def __init__(self, url: str, recordings: list[bytes], keys: KeyServer, hook: str) -> None:
        limits = httpx.Limits(max_connections=200)
        self._client = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=limits)
        self._recordings, self._keys, self._hook = recordings, keys, hook
        self._asked = 0
        self._last_id = ""
        self.jobs: set[str] = set()
        self.corrections = 0
        self.doubtful = 0

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def load(self, seconds: float) -> Samples:
        """Ask at the fixed rate, whether answered or not."""
        samples = Samples()
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for tick in range(round(seconds * PER_SECOND)):
                await asyncio.sleep(max(0.0, began + tick / PER_SECOND - time.monotonic()))
                group.create_task(self.transcribe(samples))
                group.create_task(self.live(samples))
                if tick % PER_SECOND == 1:
                    group.create_task(self.ask_job(samples))
                if tick % PER_SECOND == 3:
                    group.create_task(self.correct(samples))
                if tick == round(seconds * PER_SECOND) // 2:
                    group.create_task(self.use_new_key(samples))
        return samples

    async def transcribe(self, samples: Samples, token: str = "") -> None:
        """A recording that was not sent lately."""
        content = self._recordings[self._asked % len(self._recordings)]
        self._asked += 1
        began = time.monotonic()
        answer = await self._post("/transcribe", token, files={"file": content})
        samples.transcribed_s.append(time.monotonic() - began)
        samples.note("transcribe", answer.status_code)
        if answer.status_code == 200 and not answer.json()["cached"]:
            self._last_id = answer.json()["request_id"]

    async def live(self, samples: Samples) -> None:
        """The probe of the process."""
        began = time.monotonic()
        answer = await self._client.get("/livez")
        samples.live_s.append(time.monotonic() - began)
        samples.note("livez", answer.status_code)

    async def ask_job(self, samples: Samples) -> None:
        """A job of one recording, of which the receiver is told."""
        content = self._recordings[self._asked % len(self._recordings)]
        fields = {"webhook_url": self._hook}
        answer = await self._post("/jobs", files={"files": content}, data=fields)
        samples.note("jobs", answer.status_code)
        if answer.status_code == 202:
            self.jobs.add(answer.json()["id"])

    async def correct(self, samples: Samples) -> None:
        """A correction of the latest answer, of one word."""
        request_id, self._last_id = self._last_id, ""
        if not request_id:
            return
        told = {"request_id": request_id, "text": "bank"}
        answer = await self._post("/feedback", json=told)
        samples.note("feedback", answer.status_code)
        self.corrections += answer.status_code == 200
        self.doubtful += answer.status_code in {0, 503}

    async def use_new_key(self, samples: Samples) -> None:
        """A request with a token of a key that the service has not seen."""
        token = self._keys.token(new=True)
        content = self._recordings[0]
        answer = await self._post("/transcribe", token, files={"file": content})
        samples.note("new key", answer.status_code)

    async def back_after(self) -> float:
        """Seconds until every route answers as it does without a fault."""
        began = time.monotonic()
        while time.monotonic() - began < 6 * BACK_WITHIN_S:
            samples = Samples()
            await self.transcribe(samples)
            await self.ask_job(samples)
            await self.correct(samples)
            health = await self._get("/health")
            samples.note("health", 200 if health.get("status") == "ok" else 0)
            wanted = {"transcribe": {200}, "jobs": {202}, "feedback": {200}, "health": {200}}
            if all(
                set(samples.statuses.get(name, wanted[name])) == wanted[name] for name in wanted
            ):
                return time.monotonic() - began
            await asyncio.sleep(0.2)
        return float("inf")

    async def unfinished(self) -> set[str]:
        """Accepted jobs that are not done with exactly one answer."""
        waiting = set(self.jobs)
        deadline = time.monotonic() + JOBS_DONE_S
        while waiting and time.monotonic() < deadline:
            for job_id in sorted(waiting):
                told = await self._get(f"/jobs/{job_id}")
                if told.get("state") == "done" and told["progress"]["done"] == 1:
                    waiting.discard(job_id)
            await asyncio.sleep(0.5)
        return waiting

    async def counted_corrections(self) -> int:
        """Corrections in the service's figures."""
        headers = {"Authorization": f"Bearer {self._keys.token()}"}
        answer = await self._client.get("/metrics", headers=headers)
        return sum(
            round(sample.value)
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name == "asr_feedback_words_total"
        )

    async def _post(self, path: str, token: str = "", **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self._keys.token()}"}
        try:
            return await self._client.post(path, headers=headers, **content)
        except httpx.HTTPError:
            return httpx.Response(0)

    async def _get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._keys.token()}"}
        try:
            answer = await self._client.get(path, headers=headers)
            told: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError):
            return {}
        return told


def write_recordings(folder: Path, count: int = 400) -> list[bytes]:
    """Two seconds of noise, every one different, so that no result is taken from the cache."""
    generator = np.random.default_rng(0)
    file = folder / "noise.flac"
    return [
        write_flac(file, 0.1 * generator.standard_normal(32_000).astype(np.float32)).read_bytes()
        for _ in range(count)
    ]


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
def running() -> Iterator[tuple[str, dict[str, Any], list[bytes]]]:
    """The URL of a service over all servers, the servers by name, and recordings."""
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
        yield url, servers, write_recordings(folder)


async def try_faults(
    callers: Callers, servers: list[Server], fault: str, seconds: float
) -> list[Row]:
    """One row for each neighbour and fault."""
    rows = []
    await callers.load(2)
    for server in servers:
        undisturbed_s = (await callers.load(seconds)).p95_s
        print(f"undisturbed: p95 {undisturbed_s * 1000:.0f} ms", file=sys.stderr)
        for name, begin in server.all_faults.items():
            if fault and name != fault:
                continue
            await asyncio.to_thread(begin)
            samples = await callers.load(seconds)
            await asyncio.to_thread(server.heal)
            rows.append(Row(server.name, name, samples, undisturbed_s, await callers.back_after()))
            print(rows[-1], file=sys.stderr, flush=True)
            if server.name == "PostgreSQL" and name == "restarted empty":
                callers.jobs.clear()  # they went with the database
    return rows


async def run(only: str, fault: str, seconds: float) -> tuple[list[Row], list[str]]:
    """The rows, and what was lost or doubled over all of them."""
    with running() as (url, servers, recordings):
        receiver: ReceiverServer = servers["webhook receiver"]
        callers = Callers(url, recordings, servers["JWKS"], receiver.url)
        chosen = [server for name, server in servers.items() if only in {"", name}]
        rows = await try_faults(callers, chosen, fault, seconds)
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
    rows, lost = asyncio.run(run(only, fault, seconds))
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
