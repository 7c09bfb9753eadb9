"""What our services ask of BentoML: an image, tracing, no logs of its own, our middlewares."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from uvicorn.config import HTTP_PROTOCOLS

from bentos.asr.connections import BoundedProtocol
from bentos.asr.image import image
from bentos.asr.late import LateApp, LateMiddlewares
from bentos.asr.process import listening_socket, parent_death_signal
from ovoz.serving.auth.network import listening_host
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.startup.checks import checked_jobs, checked_keys, checked_tokens
from ovoz.serving.telemetry.logs import log_as_json

if TYPE_CHECKING:
    from ovoz.serving.inference.queue import ModelQueue


def options(settings: ServiceSettings) -> dict[str, Any]:
    """BentoML's options for a service of ours.

    Our own queue and deadlines refuse earlier and in our own words. BentoML keeps a timer of the
    timeout's length, and 5 KB with it, for every request that was answered: a day's are a leak.
    """
    return {
        "image": image(),
        "traffic": {"timeout": 120},
        "tracing": _tracing(settings),
        "logging": {"access": {"enabled": False}},
        "workers": 1,
    }


def mount(
    service: Any,  # noqa: ANN401  (BentoML has no public type for it)
    app: LateApp,
    queue_of: Callable[[Starlette], "ModelQueue"],
    settings: ServiceSettings,
) -> None:
    """Mount the API in a BentoML service.

    BentoML imports the service's module in its supervisor too, which loads no model: what must
    hold before anything starts is checked here.

    Args:
        service: BentoML's.
        app: the API.
        queue_of: the queue of the model that the built API asks.
        settings: of the service.

    Raises:
        StartError: as :func:`checked_jobs`, :func:`checked_keys` and :func:`checked_tokens`.
    """
    checked_jobs(settings.jobs)
    # BentoML gives uvicorn no choice of parser. httptools, taken where it is installed, drops the
    # body of a request that offers another protocol (Java's client offers h2c every time) and
    # takes headers without end; h11 ignores the offer, and bounds headers by its buffer of 16 KB.
    HTTP_PROTOCOLS["auto"] = f"{BoundedProtocol.__module__}:{BoundedProtocol.__name__}"
    BoundedProtocol.most_per_address = settings.limits.connections_per_address
    service.mount_asgi_app(app, path="/")
    keys = checked_keys(settings, listening_host())
    tokens = checked_tokens(settings.tokens)

    def build() -> list[Middleware]:
        from ovoz.serving.middleware.stack import middlewares  # where it serves, as LateApp does

        return middlewares(settings, queue_of(app.built), keys, tokens)

    service.add_asgi_middleware(LateMiddlewares, build=build)


def _tracing(settings: ServiceSettings) -> dict[str, Any]:
    """BentoML's tracing options: OTLP over HTTP to ``settings.traces.url``; none without one.

    BentoML then opens its spans all the same, five for each request, and drops them: unless the
    request is left out.
    """
    if not settings.traces.url:
        return {"excluded_urls": [".*"]}
    endpoint = settings.traces.url.rstrip("/") + "/v1/traces"
    return {
        "exporter_type": "otlp",
        "sample_rate": settings.traces.share,
        "otlp": {"protocol": "http", "endpoint": endpoint},
    }


def use_server_s_tracer() -> None:
    """Hang our spans below those of BentoML: its provider becomes everybody's."""
    # It has no public name.
    from bentoml._internal.container import BentoMLContainer  # type: ignore[attr-defined]
    from opentelemetry import trace

    trace.set_tracer_provider(BentoMLContainer.tracer_provider.get())


def prepare_process(settings: ServiceSettings) -> None:
    """Logs and traces of the process that serves, set up once."""
    log_as_json(settings.logs.log_level)
    parent_death_signal()()
    BoundedProtocol.listening = listening_socket()
    if settings.traces.url:
        use_server_s_tracer()
