"""Telling callers that a job is over: signed, tried again, and remembered over restarts.

A receiver may be told twice (its answer may be lost on the way): the job's id tells.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from standardwebhooks import Webhook

from ovoz.serving.job_settings import WebhookSettings
from ovoz.serving.jobs.database import Database
from ovoz.serving.jobs.schemas import JobAnswer
from ovoz.serving.jobs.tables import JobRow, RecordingRow, WebhookState
from ovoz.serving.jobs.targets import TargetError, resolve
from ovoz.serving.telemetry import metrics

_LONGEST_PAUSE_S: Final = 3600.0
_AT_ONCE: Final = 8
_LOG: Final = logging.getLogger(__name__)


def signature(secret: str, job_id: str, body: str) -> dict[str, str]:
    """The headers of Standard Webhooks for ``body``, signed now.

    ``secret`` is ``whsec_`` and base64, or any other text, whose UTF-8 bytes are then the key.
    """
    signing = Webhook(secret if secret.startswith("whsec_") else secret.encode())
    now = datetime.now(UTC)
    return {
        "webhook-id": job_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signing.sign(job_id, now, body),
    }


def pause_s(attempts: int, first_s: float) -> float:
    """Seconds until the next try after ``attempts`` failed ones: doubled each time, to an hour."""
    return float(min(_LONGEST_PAUSE_S, first_s * 2.0 ** min(attempts - 1, 32)))


@dataclass(frozen=True, slots=True)
class _Due:
    job_id: str
    url: str
    body: str
    attempts: int


class Webhooks:
    """Sends what is due; what it is about to send is in the database before it is sent."""

    def __init__(self, database: Database, settings: WebhookSettings) -> None:
        self._database = database
        self._settings = settings
        # Redirects are not followed, and the machine's proxies are not asked: what is connected
        # to is the address that was checked.
        self._client = httpx.AsyncClient(
            timeout=settings.timeout_s, follow_redirects=False, trust_env=False
        )

    async def deliver_due(self) -> int:
        """Send all that is due now; how many."""
        due = await self._database.call(self._take_due)
        await asyncio.gather(*map(self._deliver, due))
        return len(due)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _take_due(self) -> Sequence[_Due]:
        """Jobs to tell of, taken so that no other process tells of them before a try is over."""
        taken = []
        with self._database.writing() as session:
            now = time.time()
            for job in session.scalars(
                select(JobRow)
                .where(JobRow.webhook_state == WebhookState.PENDING, JobRow.webhook_next_at <= now)
                .order_by(JobRow.webhook_next_at)
                .limit(_AT_ONCE)
                .with_for_update(skip_locked=True)
                .options(selectinload(JobRow.recordings).selectinload(RecordingRow.result))
            ):
                job.webhook_attempts += 1
                wait_s = pause_s(job.webhook_attempts, self._settings.backoff_s)
                job.webhook_next_at = now + wait_s + self._settings.timeout_s
                body = JobAnswer.of(job).model_dump_json()
                taken.append(_Due(job.id, job.webhook_url or "", body, job.webhook_attempts))
        return taken

    async def _deliver(self, due: _Due) -> None:
        delivered, outcome = await self._sent(due)
        metrics.WEBHOOKS.labels("delivered" if delivered else "failed").inc()
        await self._database.call(self._note, due, outcome, delivered=delivered)

    async def _sent(self, due: _Due) -> tuple[bool, str]:
        """Whether the receiver took it (2xx), and what came of it."""
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                private = self._settings.private
                target = await asyncio.to_thread(resolve, due.url, private=private)
                headers = {
                    "Content-Type": "application/json",
                    "Host": target.host,
                    "User-Agent": "ovoz",
                    **signature(self._settings.secret, due.job_id, due.body),
                }
                # Only the status is looked at: an answer without end is not read.
                async with self._client.stream(
                    "POST",
                    target.url,
                    content=due.body,
                    headers=headers,
                    extensions={"sni_hostname": target.name},
                ) as answer:
                    return answer.is_success, f"HTTP {answer.status_code}"
        except TargetError as error:
            return False, f"refused: {error}"[:64]
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            return False, type(error).__name__[:64]

    def _note(self, due: _Due, outcome: str, *, delivered: bool) -> None:
        with self._database.writing() as session:
            job = session.get(JobRow, due.job_id, with_for_update=True)
            if job is None or job.webhook_state is not WebhookState.PENDING:
                return
            job.webhook_outcome = outcome
            if delivered:
                job.webhook_state = WebhookState.DELIVERED
            elif due.attempts >= self._settings.tries:
                job.webhook_state = WebhookState.GIVEN_UP
                _LOG.warning("the webhook of job %s is given up: %s", due.job_id, outcome)
            else:
                wait_s = pause_s(due.attempts, self._settings.backoff_s)
                job.webhook_next_at = time.time() + wait_s
