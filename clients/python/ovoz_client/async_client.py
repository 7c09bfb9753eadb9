"""The client for programs on asyncio; :mod:`ovoz_client.client` is the same without it."""

import asyncio
import ssl
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, Self

import httpx

from ovoz_client.answers import CorrectionAnswer, Job, Jobs, Transcript
from ovoz_client.errors import DeadlineError, ServiceError, UnreachableError
from ovoz_client.retries import retrying
from ovoz_client.service import Service
from ovoz_client.stream import Stream
from ovoz_client.stream_options import StreamOptions
from ovoz_client.uploads import Recording, opened

CALL_S: Final = 120.0
WAIT_S: Final = 3600.0
_CONNECT_S: Final = 10.0
_LOOK_S: Final = (0.25, 10.0)
"""The first and the longest pause between two looks at a job."""


class AsyncClient:
    """A client of one service; to be closed, or used by ``async with``.

    Args:
        url: ``http://`` or ``https://``, with the path prefix where there is one.
        key: an API key or an access token; empty for none.
        timeout_s: the total time of a call, its retries included, unless a call says otherwise.
        ssl_context: for a certificate authority of your own.
        trust_env: whether proxies are taken from the environment.

    All calls raise :class:`ServiceError` for a problem, :class:`UnreachableError`, and
    :class:`DeadlineError` when their total time is over.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        timeout_s: float = CALL_S,
        ssl_context: ssl.SSLContext | None = None,
        trust_env: bool = True,
    ) -> None:
        self._service = Service(url.rstrip("/"), key, ssl_context, trust_env)
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(
            base_url=self._service.url,
            headers=self._service.headers,
            timeout=httpx.Timeout(None, connect=_CONNECT_S),  # the total time bounds the rest
            verify=ssl_context if ssl_context is not None else True,
            trust_env=trust_env,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def transcribe(
        self,
        recording: Recording,
        *,
        language_hint: str = "auto",
        hotwords: Sequence[str] = (),
        timestamps: bool = True,
        speakers: str = "",
        timeout_s: float | None = None,
    ) -> Transcript:
        """The transcript of a recording that is short enough for one request.

        ``speakers`` asks who says each word: ``auto``, a number, or bounds such as ``2-4``.
        """
        form = _form(language_hint, hotwords, speakers) | {"timestamps": str(timestamps).lower()}
        response = await self._upload("/transcribe", "file", [recording], form, {}, timeout_s)
        return Transcript.model_validate_json(response.content)

    async def write(
        self,
        recording: Recording,
        form: Literal["text", "srt", "vtt"],
        *,
        language_hint: str = "auto",
        hotwords: Sequence[str] = (),
        speakers: str = "",
        timeout_s: float | None = None,
    ) -> str:
        """The transcript as plain text or subtitles; ``speakers`` as for :meth:`transcribe`."""
        fields = _form(language_hint, hotwords, speakers) | {"format": form}
        response = await self._upload("/transcribe", "file", [recording], fields, {}, timeout_s)
        return response.text

    async def create_job(
        self,
        recordings: Sequence[Recording],
        *,
        language_hint: str = "auto",
        hotwords: Sequence[str] = (),
        timestamps: bool = True,
        speakers: str = "",
        webhook_url: str = "",
        idempotency_key: str = "",
        timeout_s: float | None = None,
    ) -> Job:
        """Have recordings of any length transcribed later.

        A job is never made twice by a retry: without an ``idempotency_key`` each call has its own.
        ``speakers`` is as for :meth:`transcribe`.
        """
        form = _form(language_hint, hotwords, speakers)
        form |= {"timestamps": str(timestamps).lower(), "webhook_url": webhook_url}
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        response = await self._upload("/jobs", "files", recordings, form, headers, timeout_s)
        return Job.model_validate_json(response.content)

    async def job(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """How far a job is, with the results that are there."""
        response = await self._call("GET", f"/jobs/{job_id}", timeout_s)
        return Job.model_validate_json(response.content)

    async def jobs(self, limit: int = 20, *, timeout_s: float | None = None) -> tuple[Job, ...]:
        """The caller's jobs, the newest first, without results."""
        response = await self._call("GET", "/jobs", timeout_s, params={"limit": limit})
        return Jobs.model_validate_json(response.content).jobs

    async def wait_for_job(
        self,
        job_id: str,
        *,
        on_progress: Callable[[Job], None] | None = None,
        timeout_s: float = WAIT_S,
    ) -> Job:
        """A job once it is over.

        Raises:
            DeadlineError: It is not over within ``timeout_s``. It goes on, and can be waited for
                again.
        """
        deadline = time.monotonic() + timeout_s
        pause_s = _LOOK_S[0]
        while True:
            left_s = deadline - time.monotonic()
            job = await self.job(job_id, timeout_s=max(0.01, min(self._timeout_s, left_s)))
            if on_progress is not None:
                on_progress(job)
            if job.is_over:
                return job
            if time.monotonic() + pause_s > deadline:
                raise DeadlineError(f"job {job_id} is {job.state} after {timeout_s:g} s")
            await asyncio.sleep(pause_s)
            pause_s = min(1.5 * pause_s, _LOOK_S[1])

    async def cancel_job(self, job_id: str, *, timeout_s: float | None = None) -> Job | None:
        """Cancel a job and delete its audio; None where it was over, and is forgotten."""
        response = await self._call("DELETE", f"/jobs/{job_id}", timeout_s)
        return Job.model_validate_json(response.content) if response.content else None

    async def correct(
        self, request_id: str, text: str, *, timeout_s: float | None = None
    ) -> CorrectionAnswer:
        """Report what was really said in a recording; counts once for each request."""
        fields = {"request_id": request_id, "text": text}
        response = await self._call(
            "POST", "/feedback", timeout_s, is_repeatable=False, json=fields
        )
        return CorrectionAnswer.model_validate_json(response.content)

    def stream(self, options: StreamOptions | None = None, *, patience_s: float = 60.0) -> Stream:
        """A live stream, to be used by ``async with``; see :class:`ovoz_client.stream.Stream`."""
        return Stream(self._service, options or StreamOptions(), patience_s=patience_s)

    async def _upload(
        self,
        path: str,
        field: str,
        recordings: Sequence[Recording],
        form: dict[str, str],
        headers: dict[str, str],
        timeout_s: float | None,
    ) -> httpx.Response:
        with opened(recordings, field) as parts:
            return await self._call(
                "POST", path, timeout_s, files=parts, data=form, headers=headers
            )

    async def _call(
        self,
        method: str,
        path: str,
        timeout_s: float | None,
        *,
        is_repeatable: bool = True,
        **request: Any,
    ) -> httpx.Response:
        total_s = self._timeout_s if timeout_s is None else timeout_s
        tries = retrying(total_s, is_repeatable=is_repeatable)
        try:
            async with asyncio.timeout(total_s):
                return await tries(self._try, method, path, request)
        except TimeoutError as error:
            raise DeadlineError(f"{method} {path}: no answer within {total_s:g} s") from error

    async def _try(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **request)
        except httpx.TransportError as error:
            what = str(error) or type(error).__name__
            raise UnreachableError(f"{self._service.url}: {what}") from error
        if not response.is_success:
            raise ServiceError.of(response)
        return response


def _form(language_hint: str, hotwords: Sequence[str], speakers: str) -> dict[str, str]:
    form = {"language_hint": language_hint, "hotwords": ",".join(hotwords)}
    return form | {"speakers": speakers} if speakers else form
