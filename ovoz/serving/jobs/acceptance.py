"""Taking a job in: checked, laid down, written into the database."""

import hashlib
import os
from collections.abc import Sequence
from typing import BinaryIO, Final
from uuid import uuid4

from ovoz.serving.job_settings import WebhookSettings
from ovoz.serving.jobs.resolver import Resolver, UnresolvedError
from ovoz.serving.jobs.spool import Spool
from ovoz.serving.jobs.store import JobRequest, JobStore, KeyReusedError, Upload
from ovoz.serving.jobs.tables import JobRow
from ovoz.serving.jobs.targets import TargetError
from ovoz.serving.problems import ProblemError
from ovoz.serving.settings import ServiceSettings

_LONGEST_NAME: Final = 255
_RETRY: Final = {"Retry-After": "60"}


def accept(
    store: JobStore,
    spool: Spool,
    settings: ServiceSettings,
    request: JobRequest,
    uploads: Sequence[tuple[str, BinaryIO]],
) -> JobRow:
    """The accepted job, on disk with its recordings when this returns; blocking.

    Args:
        store: the database.
        spool: where the recordings are to lie.
        settings: the limits.
        request: what is to be done.
        uploads: names and contents of the recordings.

    Returns:
        A new job, or the one that the same Idempotency-Key was used for before.

    Raises:
        ProblemError: something in the way.
        SQLAlchemyError: the database does not answer.
    """
    _check_room(store, spool, settings.jobs.max_stored_bytes, uploads)
    job_id = uuid4().hex
    try:
        stored, fingerprint = _lay_down(spool, job_id, request, uploads)
    except BaseException as error:
        spool.remove_job(job_id)
        if isinstance(error, OSError):
            raise ProblemError(
                507, "jobs-full", "the recordings cannot be stored", _RETRY
            ) from error
        raise
    try:
        accepted = store.create(job_id, request, fingerprint, stored)
    except KeyReusedError:
        spool.remove_job(job_id)
        told = "this Idempotency-Key was used for another request"
        raise ProblemError(422, "idempotency-key-reused", told) from None
    except BaseException:
        # The commit may have come through, or still do: the sweeper finds out.
        spool.doubt(job_id)
        raise
    if accepted != job_id:
        spool.remove_job(job_id)
    job = store.read(request.caller, accepted)
    if job is None:
        raise ProblemError(404, "job-unknown", "the job was forgotten meanwhile")
    return job


async def check_webhook(
    url: str | None, caller: str, settings: WebhookSettings, resolver: Resolver
) -> None:
    """Refuse what no webhook can be sent to, before anything is laid down.

    Raises:
        ProblemError: the address, the configuration, or a name service that does not answer.
    """
    if url is None:
        return
    if not settings.secret:
        told = "webhooks are not configured: they need OVOZ_JOBS_WEBHOOK_SECRET"
        raise ProblemError(422, "webhook-not-configured", told)
    try:
        await resolver.resolve(url, caller, private=settings.private)
    except TargetError as error:
        raise ProblemError(422, "webhook-refused", f"webhook_url: {error}") from error
    except UnresolvedError as error:
        told = "webhook_url: the name service does not answer for its host; try again later"
        raise ProblemError(503, "webhook-unresolved", told, {"Retry-After": "10"}) from error


def _check_room(
    store: JobStore, spool: Spool, most_bytes: int, uploads: Sequence[tuple[str, BinaryIO]]
) -> None:
    """Refuse what the disk is not meant to hold beside what waits there."""
    new = sum(recording.seek(0, os.SEEK_END) for _, recording in uploads)
    # What uploads left that came to nothing takes room too, until it is deleted.
    if max(store.stored_bytes(), spool.stored_bytes()) + new > most_bytes:
        told = "too much audio is waiting: try again when some of it is done"
        raise ProblemError(507, "jobs-full", told, _RETRY)


def _lay_down(
    spool: Spool, job_id: str, request: JobRequest, uploads: Sequence[tuple[str, BinaryIO]]
) -> tuple[list[Upload], str]:
    """The recordings in the spool, and the fingerprint of the whole request."""
    stored = []
    told = [
        request.options.language_hint.value,
        str(len(request.options.hot_words)),
        *request.options.hot_words,
        *sorted(request.options.redact),
        str(request.timestamps),
        request.webhook_url or "",
    ]
    if request.options.speakers is not None:
        told.append(f"speakers {request.options.speakers}")
    for position, (name, recording) in enumerate(uploads):
        size, digest = spool.store(job_id, position, recording)
        stored.append(Upload(_storable(name), size))
        told += [name, digest]
    spool.settle(job_id)
    fingerprint = hashlib.sha256()
    for text in told:
        # Hashed one by one: no text can be taken for two.
        fingerprint.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return stored, fingerprint.hexdigest()


def _storable(name: str) -> str:
    """A file's name as every database takes it: without NUL and halves of characters."""
    return name.replace("\0", "").encode("utf-8", "replace").decode()[:_LONGEST_NAME]
