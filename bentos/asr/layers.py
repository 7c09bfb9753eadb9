"""What stands around the API, from the outside in."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from bentos.asr.image import image
from bentos.asr.tracing import tracing
from ovoz.serving.auth.network import listening_host
from ovoz.serving.middleware.access_log import Observed
from ovoz.serving.middleware.admission import Admission
from ovoz.serving.middleware.authentication import Authentication
from ovoz.serving.middleware.problem_responses import ForeignErrors, RaisedProblems
from ovoz.serving.middleware.rate_limit import RateLimits, Rates
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.startup.checks import checked_jobs, checked_keys, checked_tokens
from ovoz.serving.telemetry.traffic_log import TrafficLog


def options(settings: ServiceSettings) -> dict[str, Any]:
    """What all our services ask of BentoML.

    Our own queue and deadlines refuse earlier and in our own words. BentoML keeps a timer of the
    timeout's length, and 5 KB with it, for every request that was answered: a day's are a leak.
    """
    return {
        "image": image(),
        "traffic": {"timeout": 120},
        "tracing": tracing(settings),
        "logging": {"access": {"enabled": False}},
        "workers": 1,
    }


def mount(service: Any, app: FastAPI, settings: ServiceSettings) -> None:  # noqa: ANN401
    """Mount the API in a BentoML service.

    BentoML imports the service's module in its supervisor too, which loads no model: what must
    hold before anything starts is checked here.

    Raises:
        StartError: as :func:`checked_jobs`, :func:`checked_keys` and :func:`checked_tokens`.
    """
    checked_jobs(settings)
    service.mount_asgi_app(app, path="/")
    keys = checked_keys(settings, listening_host())
    tokens = checked_tokens(settings)
    traffic = TrafficLog(settings.traffic_log) if settings.traffic_log else None
    service.add_asgi_middleware(Observed, traffic=traffic, log_text=settings.log_text)
    service.add_asgi_middleware(ForeignErrors)
    if origins := [one.strip() for one in settings.cors_origins.split(",") if one.strip()]:
        service.add_asgi_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=[
                "Authorization",
                "X-API-Key",
                "X-Request-ID",
                "Prefer",
                "Content-Type",
                "Idempotency-Key",
            ],
            expose_headers=["X-Request-ID", "Retry-After", "Location"],
        )
    service.add_asgi_middleware(RaisedProblems)
    service.add_asgi_middleware(Authentication, keys=keys, tokens=tokens)
    rates = Rates(
        requests=settings.requests_per_minute,
        audio_s=settings.audio_s_per_minute,
        url=settings.limits_url,
    )
    service.add_asgi_middleware(RateLimits, rates=rates, concurrent=settings.concurrent_requests)
    service.add_asgi_middleware(Admission, queue=app.state.queue)
