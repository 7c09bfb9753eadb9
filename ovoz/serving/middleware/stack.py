"""The ASGI middlewares around the API, in the only order."""

import re
from typing import Final

from asgi_correlation_id import CorrelationIdMiddleware
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.tokens import Tokens
from ovoz.serving.inference.queue import ModelQueue
from ovoz.serving.middleware.access_log import AccessLog
from ovoz.serving.middleware.admission import Admission
from ovoz.serving.middleware.authentication import Authentication
from ovoz.serving.middleware.forwarded_prefix import ForwardedPrefix
from ovoz.serving.middleware.head_requests import HeadRequests
from ovoz.serving.middleware.problem_responses import ForeignErrors, RaisedProblems
from ovoz.serving.middleware.rate_limit import RateLimits, Rates
from ovoz.serving.middleware.readable_bodies import ReadableBodies
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.traffic import configured_traffic_log

_SENSIBLE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
REQUEST_IDS: Final = Middleware(
    CorrelationIdMiddleware, validator=lambda name: bool(_SENSIBLE.fullmatch(name))
)
"""Names requests, in the answer and in the log."""


def middlewares(
    settings: ServiceSettings, queue: ModelQueue, keys: ApiKeys, tokens: Tokens | None
) -> list[Middleware]:
    """The middlewares from the outside in.

    The order decides what a refused request costs and what its response carries:

    1. Every request has an identifier: the caller's own where it is sensible, else a new one.
    2. The access log sees every response, whoever gave it.
    3. Errors of the server, and of CORS, become problem details.
    4. CORS answers preflights, which carry no key, and adds its headers to our refusals: so all
       that refuse are inside of it, and what they raise is answered right below it.
    5. Authentication comes before the limits, which are counted per caller.
    6. Limits come before admission: a caller over its limit takes no look at the queue.
    7. Innermost are those that refuse nobody: HEAD, and the prefix of a proxy.
    """
    traffic = configured_traffic_log(settings.traffic)
    rates = Rates(
        requests=settings.limits.requests_per_minute,
        audio_s=settings.limits.audio_s_per_minute,
        url=settings.limits.limits_url,
    )
    return [
        REQUEST_IDS,
        Middleware(AccessLog, traffic=traffic, log_text=settings.logs.log_text),
        Middleware(ForeignErrors),
        *_cors(settings),
        Middleware(RaisedProblems),
        Middleware(Authentication, keys=keys, tokens=tokens, origins=_origins(settings)),
        Middleware(RateLimits, rates=rates, concurrent=settings.limits.concurrent_requests),
        Middleware(ReadableBodies),
        Middleware(Admission, queue=queue),
        Middleware(HeadRequests),
        Middleware(ForwardedPrefix),
    ]


def _origins(settings: ServiceSettings) -> list[str]:
    """Origins whose pages may call."""
    listed = settings.auth.cors_origins.split(",")
    return [origin.strip() for origin in listed if origin.strip()]


def _cors(settings: ServiceSettings) -> list[Middleware]:
    """CORS, where the settings name origins."""
    origins = _origins(settings)
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            # Keys are no cookies: what a page of a named origin may send needs no list, and the
            # official OpenAI client sends a dozen headers of its own.
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "Retry-After", "Location"],
        )
    ]
