"""Load on an HTTP service from one process: at a fixed rate, or with a fixed number of callers.

At a fixed rate requests leave when they are due (a Poisson process), whether or not earlier ones
were answered, and a latency counts from that moment: a service that stalls cannot slow its callers
down and so look better (no coordinated omission).
"""

import asyncio
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aiohttp
import numpy as np

PATIENCE_S = 30.0
MOST_WAITING = 1_000
"""More requests under way than this: the service will not keep up, and the load stops."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The body of one request."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What came of one request: seconds until its answer, of which ``engine_s`` in the service."""

    latency_s: float
    engine_s: float
    answered: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load; ``elapsed_s`` ends with the last answer."""

    samples: list[Sample]
    elapsed_s: float

    @property
    def answered(self) -> list[Sample]:
        """Those with an answer."""
        return [sample for sample in self.samples if sample.answered]

    @property
    def failed(self) -> int:
        """How many got a refusal, an error, or nothing."""
        return len(self.samples) - len(self.answered)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.answered) / self.elapsed_s

    def latency_ms(self, percent: float) -> float:
        """Percentile of the latencies of the answers, in milliseconds."""
        values = [1000 * sample.latency_s for sample in self.answered]
        return float(np.percentile(values, percent)) if values else math.nan

    def outside_ms(self, percent: float = 50) -> float:
        """What a request takes besides the time that its answer tells; a percentile, in ms."""
        values = [1000 * (one.latency_s - one.engine_s) for one in self.answered]
        return float(np.percentile(values, percent)) if values else math.nan


def at_rate(url: str, uploads: Sequence[Upload], rate: float, seconds: float) -> Outcome:
    """Requests at ``rate`` a second on average for ``seconds``, in this process."""
    gaps = np.random.default_rng(0).exponential(1 / rate, size=math.ceil(rate * seconds))
    return asyncio.run(_at_rate(url, itertools.cycle(uploads), np.cumsum(gaps).tolist()))


def by_callers(url: str, uploads: Sequence[Upload], callers: int, seconds: float) -> Outcome:
    """``callers``, each of which asks again once it was answered, for ``seconds``."""
    return asyncio.run(_by_callers(url, itertools.cycle(uploads), callers, seconds))


async def _at_rate(url: str, uploads: Iterator[Upload], schedule: Sequence[float]) -> Outcome:
    loop = asyncio.get_running_loop()
    async with _session() as session:
        started, waiting, samples = loop.time(), set[asyncio.Task[Sample]](), list[Sample]()

        def finished(task: asyncio.Task[Sample]) -> None:
            waiting.discard(task)
            samples.append(task.result())

        for due in schedule:
            await asyncio.sleep(max(0.0, started + due - loop.time()))
            if len(waiting) > MOST_WAITING:
                break
            task = loop.create_task(_ask(session, url, next(uploads), started + due))
            waiting.add(task)
            task.add_done_callback(finished)
        while waiting:
            await asyncio.wait(waiting)
        return Outcome(samples, loop.time() - started)


async def _by_callers(url: str, uploads: Iterator[Upload], callers: int, seconds: float) -> Outcome:
    loop = asyncio.get_running_loop()
    samples: list[Sample] = []
    async with _session() as session:
        started = loop.time()

        async def call() -> None:
            while loop.time() - started < seconds:
                samples.append(await _ask(session, url, next(uploads), loop.time()))

        await asyncio.gather(*(call() for _ in range(callers)))
        return Outcome(samples, loop.time() - started)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(PATIENCE_S)
    )


async def _ask(session: aiohttp.ClientSession, url: str, upload: Upload, due_s: float) -> Sample:
    """One request that was due at ``due_s`` of the loop's clock."""
    loop = asyncio.get_running_loop()
    headers = {"Content-Type": upload.content_type}
    try:
        async with session.post(url, data=upload.content, headers=headers) as answer:
            body = await answer.read()
            took_s = loop.time() - due_s
        if answer.status != 200:
            return Sample(took_s, math.nan, answered=False)
        return Sample(took_s, json.loads(body)["processing_ms"] / 1000, answered=True)
    except (aiohttp.ClientError, TimeoutError):
        return Sample(loop.time() - due_s, math.nan, answered=False)
