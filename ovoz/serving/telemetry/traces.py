"""Spans of a request; they go nowhere until a tracer provider is set.

BentoML opens the span of the HTTP call and sends what is sampled to the collector that the
service's settings name. Below it lie ``decode``, ``queue``, ``model`` and ``text``.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace

from ovoz.engine.transcript import Timings
from ovoz.serving.telemetry import metrics

_TRACER: Final = trace.get_tracer("ovoz.asr")
_NS: Final = 1_000_000_000


@contextmanager
def span(stage: str) -> Iterator[None]:
    """Time a stage, in a span and in the figures."""
    started = time.perf_counter()
    with _TRACER.start_as_current_span(stage):
        yield
    metrics.STAGE.labels(stage).observe(time.perf_counter() - started)


def record_stages(timings: Timings, entered_ns: int, started_ns: int) -> None:
    """Record the stages of one recording: waiting, network, decoding; times since 1970."""
    model_ends = started_ns + round(timings.network_s * _NS)
    text_ends = model_ends + round(timings.decoding_s * _NS)
    _record("queue", entered_ns, started_ns)
    _record("model", started_ns, model_ends)
    _record("text", model_ends, text_ends)


def _record(stage: str, start_ns: int, end_ns: int) -> None:
    _TRACER.start_span(stage, start_time=start_ns).end(end_ns)
    metrics.STAGE.labels(stage).observe((end_ns - start_ns) / _NS)
