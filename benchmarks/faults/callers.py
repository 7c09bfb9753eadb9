"""Everyone who asks a service while one of its neighbours is in trouble."""

import asyncio
import io
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import numpy as np
import soundfile
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.faults.http_servers import KeyServer

RATE: Final = 16_000
PER_SECOND: Final = 5
BACK_WITHIN_S: Final = 10.0
JOBS_DONE_S: Final = 90.0


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


class Callers:
    """Everyone who asks the service."""

    def __init__(self, url: str, keys: KeyServer, hook: str) -> None:
        limits = httpx.Limits(max_connections=200)
        self._client = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=limits)
        self._keys, self._hook = keys, hook
        self._noise = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE)
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
        """One recording."""
        content = self._recording()
        began = time.monotonic()
        answer = await self._post("/transcribe", token, files={"file": content})
        samples.transcribed_s.append(time.monotonic() - began)
        samples.note("transcribe", answer.status_code)
        if answer.status_code == 200:
            self._last_id = answer.json()["request_id"]

    async def live(self, samples: Samples) -> None:
        """The probe of the process."""
        began = time.monotonic()
        answer = await self._client.get("/livez")
        samples.live_s.append(time.monotonic() - began)
        samples.note("livez", answer.status_code)

    async def ask_job(self, samples: Samples) -> None:
        """A job of one recording, of which the receiver is told."""
        content = self._recording()
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
        content = self._recording()
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

    def _recording(self) -> bytes:
        """Two seconds of noise, never the same: no result is taken from the cache."""
        self._asked += 1
        file = io.BytesIO()
        samples = np.roll(self._noise, self._asked)
        soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
        return file.getvalue()

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
