"""One webhook, sent once: signed, to an address that was checked, and what its answer means."""

import asyncio
import random
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final

import certifi
import httpx
from standardwebhooks import Webhook

from ovoz.audio.signal import Seconds
from ovoz.serving.job_settings import WebhookSettings
from ovoz.serving.jobs.resolver import Resolver, UnresolvedError
from ovoz.serving.jobs.targets import TargetError

_LONGEST_PAUSE_S: Final = 3600.0
_JITTER: Final = 0.2
_TRANSIENT: Final = (408, 425, 429)
"""The statuses from 400 to 499 after which the same request may be taken later."""


class Reception(Enum):
    """What a try means for the next one."""

    DELIVERED = auto()
    AGAIN = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent."""

    job_id: str
    caller: str
    url: str
    body: str


@dataclass(frozen=True, slots=True)
class Try:
    """What came of one try; ``retry_after_s`` is what the receiver asked for, 0 if nothing."""

    reception: Reception
    outcome: str
    retry_after_s: Seconds = 0.0


def signature(secrets: tuple[str, ...], job_id: str, body: str) -> dict[str, str]:
    """The headers of Standard Webhooks for ``body``, signed now with each of the secrets.

    A secret is ``whsec_`` and base64, or any other text, whose UTF-8 bytes are then the key.
    """
    now = datetime.now(UTC)
    keys = (one if one.startswith("whsec_") else one.encode() for one in secrets)
    return {
        "webhook-id": job_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(job_id, now, body) for key in keys),
    }


def pause_s(attempts: int, first_s: Seconds) -> Seconds:
    """Seconds until the next try after ``attempts`` failed ones.

    Doubled each time, to an hour, and drawn from ± 20 % of that: many jobs that failed together
    do not come back together.
    """
    drawn = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  (nothing secret)
    return float(min(_LONGEST_PAUSE_S, drawn * first_s * 2.0 ** min(attempts - 1, 32)))


class Courier:
    """Sends letters."""

    def __init__(self, settings: WebhookSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        self._secrets = tuple(filter(None, (settings.secret, settings.old_secret)))
        # Redirects are not followed, and the machine's proxies are not asked: what is connected
        # to is the address that was checked.
        self._client = httpx.AsyncClient(
            timeout=settings.timeout_s,
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(settings),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=16),
        )

    async def send(self, letter: Letter) -> Try:
        """Try once; every fault of the receiver's is an outcome."""
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._sent(letter)
        except TargetError as error:
            return Try(Reception.AGAIN, f"refused: {error}"[:64])
        except UnresolvedError:
            return Try(Reception.AGAIN, "the name service does not answer")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            return Try(Reception.AGAIN, type(error).__name__[:64])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _sent(self, letter: Letter) -> Try:
        private = self._settings.private
        target = await self._resolver.resolve(letter.url, letter.caller, private=private)
        headers = {
            "Content-Type": "application/json",
            "Host": target.host,
            "User-Agent": "ovoz",
            **signature(self._secrets, letter.job_id, letter.body),
        }
        # Only the status is looked at: an answer without end is not read.
        async with self._client.stream(
            "POST",
            target.url,
            content=letter.body,
            headers=headers,
            extensions={"sni_hostname": target.name},
        ) as answer:
            return _understood(answer)


def _understood(answer: httpx.Response) -> Try:
    """What a receiver says: 2xx is taken, 4xx will not be, anything else may be later."""
    outcome = f"HTTP {answer.status_code}"
    if answer.is_success:
        return Try(Reception.DELIVERED, outcome)
    if answer.is_client_error and answer.status_code not in _TRANSIENT:
        return Try(Reception.REFUSED, outcome)
    asked = answer.headers.get("retry-after", "")
    after_s = min(float(asked), _LONGEST_PAUSE_S) if asked.isascii() and asked.isdigit() else 0.0
    return Try(Reception.AGAIN, outcome, after_s)


def _trusted(settings: WebhookSettings) -> ssl.SSLContext:
    """Public authorities, and the configured one."""
    context = ssl.create_default_context(cafile=certifi.where())
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    return context
