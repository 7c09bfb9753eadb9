"""Requests wait here for the model: so many and no more, and batches form while they wait.

A free worker takes what is waiting at that moment. No request waits for a batch to fill, so under
little load each runs alone at once, and batches grow with the load by themselves.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.lanes import FairLanes, Lane
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.serving.problems import ProblemError
from ovoz.serving.telemetry import metrics

_FRAMES_A_SECOND: Final = 100
_SMOOTHING: Final = 0.1
"""Share of the newest request in the mean of what one takes."""


class OverloadedError(ProblemError):
    """No place to wait in; after ``retry_s`` seconds there may be one."""

    def __init__(self, retry_s: int) -> None:
        told = f"too many recordings are waiting; retry after {retry_s} s"
        super().__init__(503, "overloaded", told, {"Retry-After": str(retry_s)})
        self.retry_s = retry_s


@dataclass(frozen=True, slots=True)
class QueueResult:
    """What was recognised, and when: nanoseconds since 1970, as traces count."""

    transcript: Transcript
    entered_ns: int
    started_ns: int


@dataclass(slots=True)
class _Place:
    model: Model
    request: RecognitionRequest
    lane: Lane
    result: "asyncio.Future[QueueResult]"
    entered_ns: int = field(default_factory=time.time_ns)

    @property
    def frames(self) -> int:
        return len(self.request.samples) * _FRAMES_A_SECOND // 16_000


class ModelQueue:
    """A bounded queue before the model.

    Args:
        places: requests that may be under way at once, those in the model included.
        workers: batches that run side by side.
        streams_share: Share of the model that streams get while recordings wait too.
    """

    def __init__(self, *, places: int, workers: int, streams_share: float = 0.5) -> None:
        self._places = places
        self._workers = workers
        self._admitted = 0
        self._running = 0
        self._mean_s: Seconds = 0.0
        self._lanes: FairLanes[_Place] = FairLanes(streams_share)
        self._tasks: set[asyncio.Task[None]] = set()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="model")

    @property
    def depth(self) -> int:
        """Recordings that wait for the model."""
        return self._lanes.count(Lane.RECORDINGS)

    @property
    def is_busy(self) -> bool:
        """Whether a window of a stream that comes now has to wait."""
        return self._running >= self._workers and len(self._lanes) >= self._workers

    @property
    def expected_s(self) -> Seconds:
        """How long one that comes now would wait, by the mean of those before it."""
        return self._mean_s * self._admitted / self._workers

    def refuse_when_full(self) -> None:
        """Raises :class:`OverloadedError` when no place is left."""
        if self._admitted >= self._places:
            raise OverloadedError(max(1, math.ceil(self.expected_s / 2)))

    @contextmanager
    def place(self, patience_s: Seconds) -> Iterator[None]:
        """A place from the reception of a recording to its transcript.

        Raises:
            OverloadedError: none is left, or the wait would be longer than ``patience_s``: better
                said now than after it.
        """
        self.refuse_when_full()
        if self.expected_s > patience_s:
            raise OverloadedError(math.ceil(self.expected_s - patience_s))
        self._admitted += 1
        metrics.QUEUE_DEPTH.inc()
        try:
            yield
        finally:
            self._admitted -= 1
            metrics.QUEUE_DEPTH.dec()

    async def transcribe(
        self, model: Model, request: RecognitionRequest, lane: Lane = Lane.RECORDINGS
    ) -> QueueResult:
        """The transcript, once a worker is free. Who is cancelled while waiting is passed over.

        Raises:
            HotWordsError: the hot words cannot be used.
        """
        place = _Place(model, request, lane, asyncio.get_running_loop().create_future())
        self._lanes.add(lane, place)
        if self._running < self._workers:
            self._running += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await place.result

    async def _work(self) -> None:
        try:
            while batch := self._next_batch():
                await self._run(batch)
        finally:
            self._running -= 1

    def _next_batch(self) -> list[_Place]:
        """Whoever waits longest in the lane whose turn it is, and those that fit with it."""
        while (lane := self._lanes.next_lane()) is not None:
            if batch := self._take_batch(self._lanes.line(lane)):
                self._lanes.charge(lane, sum(place.frames for place in batch))
                return batch
        return []

    @staticmethod
    def _take_batch(line: deque[_Place]) -> list[_Place]:
        batch: list[_Place] = []
        longest = 0
        while line:
            place = line[0]
            if place.result.done():  # its request is gone
                line.popleft()
                continue
            longest = max(longest, place.frames)
            fits = longest * (len(batch) + 1) <= place.model.batch_frames
            if batch and not (fits and place.model is batch[0].model):
                break
            batch.append(line.popleft())
        return batch

    async def _run(self, batch: list[_Place]) -> None:
        model, started_ns, started = batch[0].model, time.time_ns(), time.perf_counter()
        requests = [place.request for place in batch]
        loop = asyncio.get_running_loop()
        results: Sequence[Transcript | Exception]
        try:
            results = await loop.run_in_executor(self._pool, model.transcribe_all, requests)
        except (Exception, asyncio.CancelledError) as error:
            # Every one of them is told, whatever it was; a CancelledError is none of theirs.
            told = error if isinstance(error, Exception) else RuntimeError("the model was cut off")
            results = [told] * len(batch)
        if batch[0].lane is Lane.RECORDINGS:
            taken_s = (time.perf_counter() - started) / len(batch)
            self._mean_s += (taken_s - self._mean_s) * (_SMOOTHING if self._mean_s else 1)
        metrics.BATCH_SIZE.observe(len(batch))
        for place, result in zip(batch, results, strict=True):
            if place.result.done():
                continue
            if isinstance(result, Exception):
                place.result.set_exception(result)
            else:
                place.result.set_result(QueueResult(result, place.entered_ns, started_ns))
