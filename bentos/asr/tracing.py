"""Where BentoML sends the spans."""

from typing import Any

from ovoz.serving.settings import ServiceSettings
from ovoz.serving.telemetry.logs import log_as_json


def tracing(settings: ServiceSettings) -> dict[str, Any]:
    """BentoML's tracing options: OTLP over HTTP to ``settings.traces_url``; none without one.

    BentoML then opens its spans all the same, five for each request, and drops them: unless the
    request is left out.
    """
    if not settings.traces_url:
        return {"excluded_urls": [".*"]}
    endpoint = settings.traces_url.rstrip("/") + "/v1/traces"
    return {
        "exporter_type": "otlp",
        "sample_rate": settings.traces_share,
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
    log_as_json(settings.log_level)
    if settings.traces_url:
        use_server_s_tracer()
