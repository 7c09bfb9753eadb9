"""What would keep the service from working here, and what to do about each: ``ovoz doctor``."""

import asyncio
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import aio_pika
import httpx
import redis
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from ovoz.audio.signal import Seconds
from ovoz.engine.artifact.storage import ArtifactError, read_description
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.inference.model_source import is_remote
from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs.database import SQLITE_FILE
from ovoz.serving.jobs.schema import FolderError, find_recordings
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.startup.checks import StartError, read_settings
from ovoz.serving.store_settings import MEMORY

_DEADLINE_S: Final = 5.0
_CLOCK_S: Final = 5.0
"""Tokens allow 30 s of difference, claims of jobs their lease."""
_MIB: Final = 1024 * 1024


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``advice`` is what to do, where it is not right."""

    what: str
    state: CheckState
    detail: str
    advice: str = ""


def examine(artifact: Path | None = None) -> Iterator[Finding]:
    """What there is to say about the settings of the environment and all that they name.

    Args:
        artifact: the model to be served, where the settings name none.
    """
    try:
        settings = read_settings()
    except StartError as error:
        for fault in str(error).split("; "):
            yield Finding("settings", CheckState.FAILED, fault, "correct or unset the variable")
        return
    yield Finding("settings", CheckState.OK, "every variable is known and has a sensible value")
    yield _model(settings, artifact)
    yield _keys(settings)
    yield from _folders(settings)
    yield from _stores(settings)
    yield from _recordings(settings.jobs)


def _model(settings: ServiceSettings, artifact: Path | None) -> Finding:
    place = settings.model.id if "id" in settings.model.model_fields_set else str(artifact or "")
    if settings.model.url:
        return _reached("model", f"{settings.model.url}/livez", "start it, or unset OVOZ_MODEL_URL")
    if place and is_remote(place):
        return Finding("model", CheckState.OK, f"{place} is fetched at the start")
    try:
        description = read_description(Path(place)) if place else None
    except (ArtifactError, OSError) as error:
        advice = "train and promote one (make run), or name another in OVOZ_MODEL_ID"
        return Finding("model", CheckState.FAILED, str(error), advice)
    if description is None:
        advice = "train and promote one (make run), or name one in OVOZ_MODEL_ID"
        return Finding("model", CheckState.FAILED, "no model is in production", advice)
    return Finding("model", CheckState.OK, f"{description.model_version} in {place} is whole")


def _keys(settings: ServiceSettings) -> Finding:
    path = settings.auth.api_keys_file
    try:
        keys = ApiKeys.configured(settings.auth.api_keys, path)
    except (OSError, ValueError) as error:
        return Finding("keys", CheckState.FAILED, str(error), "create one: ovoz keys create NAME")
    if path is not None and path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        told = f"others may write to {path}, and add keys of their own"
        return Finding("keys", CheckState.WARNING, told, f"chmod 600 {path}")
    if keys or settings.tokens.algorithm:
        return Finding("keys", CheckState.OK, "callers need a key or a token")
    advice = "for a network: ovoz keys create NAME, and set OVOZ_API_KEYS_FILE"
    return Finding("keys", CheckState.WARNING, "none; only loopback is answered", advice)


def _folders(settings: ServiceSettings) -> Iterator[Finding]:
    upload = settings.limits.max_upload_bytes
    yield _folder("temporary folder", Path(tempfile.gettempdir()), upload, "TMPDIR")
    if is_remote(settings.model.id):
        yield _folder("model cache", settings.model.cache, 0, "OVOZ_MODEL_CACHE")
    if settings.traffic.dir is not None:
        yield _folder("traffic log", settings.traffic.dir, 0, "OVOZ_TRAFFIC_DIR")
    if settings.jobs.dir is not None:
        job = settings.jobs.max_upload_bytes
        yield _folder("jobs folder", settings.jobs.dir, job, "OVOZ_JOBS_DIR")


def _folder(what: str, path: Path, needed: int, variable: str) -> Finding:
    """Whether files can be made there, and there is room for one upload of the greatest size."""
    existing = next(parent for parent in (path, *path.resolve().parents) if parent.is_dir())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"ovoz")
            file.flush()
    except OSError as error:
        advice = f"give user {os.getuid()} the right to write, or name another in {variable}"
        return Finding(what, CheckState.FAILED, f"{existing}: {error.strerror}", advice)
    free = shutil.disk_usage(existing).free
    told = f"{path}: {free // _MIB} MiB free"
    if free <= needed:
        told = f"{told}, one upload may have {needed // _MIB} MiB"
        return Finding(what, CheckState.WARNING, told, f"free some, or name another in {variable}")
    return Finding(what, CheckState.OK, told)


def _stores(settings: ServiceSettings) -> Iterator[Finding]:
    for what, url, variable in (
        ("result cache", settings.cache.url, "OVOZ_CACHE_URL"),
        ("feedback", settings.feedback.url, "OVOZ_FEEDBACK_URL"),
        ("limits", settings.limits.limits_url, "OVOZ_LIMITS_URL"),
    ):
        if url and url != MEMORY:
            yield _asked(what, variable, partial(_ask_redis, url))
    if settings.jobs.database_url.startswith("postgresql"):
        url = settings.jobs.database_url
        yield _asked("jobs database", "OVOZ_JOBS_DATABASE_URL", lambda: _ask_database(url))
    if broker := settings.jobs.broker_url:
        yield _asked("jobs broker", "OVOZ_JOBS_BROKER_URL", lambda: _ask_broker(broker))
    if keys := settings.tokens.jwks_url:
        yield _reached("key set of tokens", keys, "check OVOZ_JWT_JWKS_URL and the network")


def _asked(what: str, variable: str, ask: Callable[[], Seconds | None]) -> Finding:
    """A store's answer; it returns the difference of its clock from ours, where it has one.

    Errors of clients may quote the URL with its password: only their kind is told.
    """
    advice = f"start it, or correct {variable}"
    try:
        difference_s = ask()
    except PermissionError as error:
        return Finding(what, CheckState.FAILED, str(error), advice)
    except (SQLAlchemyError, redis.RedisError, OSError, ValueError) as error:
        cause = getattr(error, "orig", None) or error
        return Finding(what, CheckState.FAILED, f"no answer: {type(cause).__name__}", advice)
    return _with_clock(what, difference_s)


def _with_clock(what: str, difference_s: Seconds | None) -> Finding:
    if difference_s is not None and abs(difference_s) > _CLOCK_S:
        told = f"answers, but its clock is {difference_s:+.0f} s from ours"
        return Finding(what, CheckState.FAILED, told, "synchronise both clocks (NTP)")
    return Finding(
        what, CheckState.OK, "answers" + ("" if difference_s is None else ", clocks agree")
    )


def _ask_redis(url: str) -> Seconds:
    limits = {"socket_timeout": _DEADLINE_S, "socket_connect_timeout": _DEADLINE_S}
    with redis.Redis.from_url(url, **limits) as client:
        seconds, microseconds = client.time()
        return float(seconds) + float(microseconds) / 1e6 - time.time()


def _ask_database(url: str) -> Seconds:
    """The clock's difference.

    Raises:
        PermissionError: the server takes no writes.
    """
    with _connected(url) as connection:
        if connection.scalar(text("SHOW transaction_read_only")) == "on":
            raise PermissionError("the server takes no writes")
        asked = "SELECT extract(epoch FROM clock_timestamp())"
        return float(connection.scalar(text(asked)) or 0.0) - time.time()


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    address = make_url(url)
    limits: dict[str, object] = {}
    if address.drivername.startswith("postgresql"):
        address = address.set(drivername="postgresql+psycopg")
        limits = {"connect_timeout": round(_DEADLINE_S)}
    engine = create_engine(address, connect_args=limits)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _recordings(settings: JobsSettings) -> Iterator[Finding]:
    """Whether the folder of jobs is that of their database; nothing where either is new."""
    if settings.dir is None:
        return
    file = settings.dir / SQLITE_FILE
    if not settings.database_url and not file.exists():
        return
    what, advice = "recordings of jobs", "mount the folder that belongs to the database"
    try:
        with _connected(settings.database_url or f"sqlite:///{file}") as connection:
            found = find_recordings(connection, settings.dir)
    except FolderError as error:
        yield Finding(what, CheckState.FAILED, str(error), advice)
    except SQLAlchemyError:
        return  # told of the database itself
    else:
        if found is not None:
            yield Finding(what, CheckState.OK, f"{found} belongs to the database")


def _ask_broker(url: str) -> None:
    async def ask() -> None:
        async with await aio_pika.connect(url, timeout=_DEADLINE_S):
            pass

    try:
        asyncio.run(ask())
    except aio_pika.exceptions.AMQPError as error:
        raise ConnectionError(type(error).__name__) from error


def _reached(what: str, url: str, advice: str) -> Finding:
    """Whether a URL answers, and whether its server's clock is ours."""
    try:
        answer = httpx.get(url, timeout=_DEADLINE_S)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        return Finding(what, CheckState.FAILED, f"{url}: {error.response.status_code}", advice)
    except httpx.HTTPError as error:
        return Finding(what, CheckState.FAILED, f"{url}: {type(error).__name__}", advice)
    date = answer.headers.get("date")
    if date is None:
        return Finding(what, CheckState.OK, "answers")
    then = parsedate_to_datetime(date)
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return _with_clock(what, then.timestamp() - time.time())
