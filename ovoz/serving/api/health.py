"""Whether the service can answer, and what it is."""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from ovoz.serving.canary.canary import Canary
from ovoz.serving.inference.hot_swap import HotSwap
from ovoz.serving.inference.model import Model
from ovoz.serving.jobs.runtime import OpenJobs
from ovoz.serving.neighbours import Watched, shown_neighbours
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.state import ServiceState, State
from ovoz.serving.store_settings import MEMORY
from ovoz.serving.telemetry.process import available_bytes, free_for_uploads, resident_bytes

_MIB: Final = 1024 * 1024


_WITHOUT: Final = {
    "cache": "results are not kept",
    "feedback": "/feedback is refused",
    "limits": "nobody is refused for what others count",
    "keys": "known keys count for a day, tokens of other keys are refused",
    "broker": "jobs are accepted, and announced once it answers",
}
"""What a neighbour that is away costs, by its check."""


class Check(BaseModel):
    """One thing that the service needs. What is not ``vital`` is done without when it is away.

    ``answered_s_ago`` is since the last success of a neighbour; None before the first.
    """

    ok: bool
    detail: str
    vital: bool = True
    answered_s_ago: float | None = None


class Health(BaseModel):
    """Whether the service can answer: ``ok``, ``degraded`` (less well), or ``unhealthy`` (503)."""

    status: Literal["ok", "degraded", "unhealthy"]
    model_loaded: bool
    model_version: str | None
    device: str | None
    notice: str | None
    queue_depth: int
    checks: dict[str, Check]


class Version(BaseModel):
    """What is running; ``model_identity`` changes with anything inside of the model artifact.

    ``registered`` is the version in the registry, where the model came from there.
    """

    service: str
    model_name: str | None = None
    model_version: str | None = None
    model_identity: str | None = None
    registered: str | None = None
    engine: str | None = None
    decoder: str | None = None
    precision: str | None = None
    device: str | None = None
    normalizer: str | None = None
    code: str | None = None
    data: str | None = None


def health_routes() -> APIRouter:
    """``GET /health`` and ``GET /v1/version``."""
    routes = APIRouter()

    @routes.get("/health", response_model=Health, responses={503: {"model": Health}})
    async def health(request: Request, state: State) -> Response:
        """Whether the service can answer, check by check."""
        told = await _health(state, shown_neighbours(request.scope))
        status = HTTPStatus.OK if told.status != "unhealthy" else HTTPStatus.SERVICE_UNAVAILABLE
        retry = {} if status == HTTPStatus.OK else {"Retry-After": "2"}
        return JSONResponse(told.model_dump(), status_code=status, headers=retry)

    @routes.get("/v1/version")
    async def versions(state: State) -> Version:
        """What is running."""
        return _version(state.transcriber.model)

    return routes


async def _health(state: ServiceState, shown: Mapping[str, Watched]) -> Health:
    service = state.transcriber
    loaded = service.model
    checks = {
        "model": Check(ok=loaded is not None, detail="loaded" if loaded else "still loading"),
        "memory": _asked(_memory, state.settings),
        "uploads": _asked(_uploads, state.settings),
    }
    neighbours = _asked_by_routes(state) | dict(shown)
    states = await asyncio.gather(*map(_neighbour, neighbours, neighbours.values()))
    checks |= dict(zip(neighbours, states, strict=True))
    if state.swap is not None:
        checks["alias"] = _alias(state.swap)
    if state.canary is not None:
        checks["canary"] = _canary(state.canary)
    if state.settings.jobs.dir is not None:
        checks["jobs"] = await _jobs(state.jobs)
    return Health(
        status=_status(checks),
        model_loaded=loaded is not None,
        model_version=loaded.info.version if loaded else None,
        device=loaded.info.device.value if loaded else None,
        notice=loaded.info.notice if loaded else None,
        queue_depth=service.queue.depth,
        checks=checks,
    )


def _asked_by_routes(state: ServiceState) -> dict[str, Watched]:
    """Neighbours that are not in this process."""
    service, found = state.transcriber, dict[str, Watched]()
    if service.cache is not None:
        found["cache"] = service.cache.neighbour
    if service.transcripts is not None and state.settings.feedback.url != MEMORY:
        found["feedback"] = service.transcripts.neighbour
    if state.jobs.current is not None and state.settings.jobs.broker_url:
        found["broker"] = state.jobs.current.deliveries.probe
    return found


async def _neighbour(name: str, neighbour: Watched) -> Check:
    state = await neighbour.state()
    told = "answers" if state.answers else f"does not answer; {_WITHOUT[name]}"
    return Check(ok=state.answers, detail=told, vital=False, answered_s_ago=state.answered_s_ago)


def _status(checks: dict[str, Check]) -> Literal["ok", "degraded", "unhealthy"]:
    failed = [check for check in checks.values() if not check.ok]
    if any(check.vital for check in failed):
        return "unhealthy"
    return "degraded" if failed else "ok"


def _alias(swap: HotSwap) -> Check:
    """Whether the version that holds the alias is the one that is served."""
    asked = f"the registry answered {swap.age_s:.0f} s ago"
    if not swap.trouble:
        return Check(ok=True, detail=f"the version that holds the alias is served; {asked}")
    return Check(ok=False, detail=f"{swap.trouble}; {asked}", vital=False)


def _canary(canary: Canary) -> Check:
    """Whether the version that holds the alias of canaries is tried, and on what it stands."""
    trouble, trial = canary.swap.trouble or canary.trouble, canary.trial
    if trouble:
        return Check(ok=False, detail=trouble, vital=False)
    if trial is None:
        return Check(ok=True, detail="there is none", vital=False)
    told = f"version {trial.contest.canary} beside version {trial.contest.production}"
    return Check(ok=True, detail=f"{told}: {trial.verdict.decision}", vital=False)


async def _jobs(opened: OpenJobs) -> Check:
    """Whether jobs are accepted, and looked after."""
    jobs = opened.current
    if jobs is None:
        told = f"jobs are not accepted: {opened.why or 'their database takes no writes'}"
        return Check(ok=False, detail=told, vital=False)
    state = await jobs.probe.state()
    told = "jobs are not accepted: their database takes no writes"
    if state.answers:
        told = f"answers; looked after {jobs.sweeper.heartbeat.age_s:.0f} s ago"
    ok = state.answers and not jobs.sweeper.is_late
    return Check(ok=ok, detail=told, vital=False, answered_s_ago=state.answered_s_ago)


def _asked(check: Callable[[ServiceSettings], Check], settings: ServiceSettings) -> Check:
    """A check that asks the system, which may refuse: it does where no descriptor is free."""
    try:
        return check(settings)
    except OSError as error:
        return Check(ok=False, detail=f"cannot be asked: {error.strerror}")


def _memory(settings: ServiceSettings) -> Check:
    """Enough left for one more recording of the greatest length, samples and copies."""
    needed = round(4 * 16_000 * settings.limits.max_duration_s * 4)
    available = available_bytes()
    told = f"{resident_bytes() // _MIB} MiB in use, {available // _MIB} MiB available"
    return Check(ok=available > needed, detail=told)


def _uploads(settings: ServiceSettings) -> Check:
    """Room in the temporary folder for one more upload of the greatest size."""
    free = free_for_uploads()
    told = f"{free // _MIB} MiB free in the temporary folder"
    return Check(ok=free > settings.limits.max_upload_bytes, detail=told)


def _version(loaded: Model | None) -> Version:
    try:
        service = version("ovoz")
    except PackageNotFoundError:  # in a Bento the code lies beside, uninstalled
        service = "unknown"
    if loaded is None:
        return Version(service=service)
    told = loaded.info.description
    return Version(
        service=service,
        model_name=told.name,
        model_version=told.model_version,
        model_identity=loaded.info.identity,
        registered=loaded.info.registered,
        engine=told.engine.value,
        decoder=told.decoder.kind.value,
        precision=told.precision.value,
        device=loaded.info.device.value,
        normalizer=told.versions.normalizer,
        code=told.versions.code,
        data=told.versions.data,
    )
