"""The client for programs without asyncio: the same calls, from any thread.

One thread per client runs :class:`ovoz_client.async_client.AsyncClient`, so that there is one
implementation of retries, deadlines and streams.
"""

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Literal, Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from ovoz_client.answers import CorrectionAnswer, Job, Transcript
from ovoz_client.async_client import CALL_S, WAIT_S, AsyncClient
from ovoz_client.events import Event
from ovoz_client.stream import Stream
from ovoz_client.stream_options import StreamOptions
from ovoz_client.uploads import Recording


class Client:
    """A client of one service; to be closed, or used by ``with``.

    Arguments and errors are those of :class:`AsyncClient`.
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
        self._client = AsyncClient(
            url, key, timeout_s=timeout_s, ssl_context=ssl_context, trust_env=trust_env
        )
        self._stack = ExitStack()
        self._portal: BlockingPortal = self._stack.enter_context(start_blocking_portal())
        self._stack.callback(self._portal.call, self._client.aclose)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections and end its thread."""
        self._stack.close()

    def transcribe(
        self,
        recording: Recording,
        *,
        language_hint: str = "auto",
        hotwords: Sequence[str] = (),
        timestamps: bool = True,
        speakers: str = "",
        timeout_s: float | None = None,
    ) -> Transcript:
        """As :meth:`AsyncClient.transcribe`."""
        call = partial(
            self._client.transcribe,
            recording,
            language_hint=language_hint,
            hotwords=hotwords,
            timestamps=timestamps,
            speakers=speakers,
            timeout_s=timeout_s,
        )
        return self._portal.call(call)

    def write(
        self,
        recording: Recording,
        form: Literal["text", "srt", "vtt"],
        *,
        language_hint: str = "auto",
        hotwords: Sequence[str] = (),
        speakers: str = "",
        timeout_s: float | None = None,
    ) -> str:
        """As :meth:`AsyncClient.write`."""
        call = partial(
            self._client.write,
            recording,
            form,
            language_hint=language_hint,
            hotwords=hotwords,
            speakers=speakers,
            timeout_s=timeout_s,
        )
        return self._portal.call(call)

    def create_job(
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
        """As :meth:`AsyncClient.create_job`."""
        call = partial(
            self._client.create_job,
            recordings,
            language_hint=language_hint,
            hotwords=hotwords,
            timestamps=timestamps,
            speakers=speakers,
            webhook_url=webhook_url,
            idempotency_key=idempotency_key,
            timeout_s=timeout_s,
        )
        return self._portal.call(call)

    def job(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """As :meth:`AsyncClient.job`."""
        return self._portal.call(partial(self._client.job, job_id, timeout_s=timeout_s))

    def jobs(self, limit: int = 20, *, timeout_s: float | None = None) -> tuple[Job, ...]:
        """As :meth:`AsyncClient.jobs`."""
        return self._portal.call(partial(self._client.jobs, limit, timeout_s=timeout_s))

    def wait_for_job(
        self,
        job_id: str,
        *,
        on_progress: Callable[[Job], None] | None = None,
        timeout_s: float = WAIT_S,
    ) -> Job:
        """As :meth:`AsyncClient.wait_for_job`; ``on_progress`` is called in the client's thread."""
        call = partial(
            self._client.wait_for_job, job_id, on_progress=on_progress, timeout_s=timeout_s
        )
        return self._portal.call(call)

    def cancel_job(self, job_id: str, *, timeout_s: float | None = None) -> Job | None:
        """As :meth:`AsyncClient.cancel_job`."""
        return self._portal.call(partial(self._client.cancel_job, job_id, timeout_s=timeout_s))

    def correct(
        self, request_id: str, text: str, *, timeout_s: float | None = None
    ) -> CorrectionAnswer:
        """As :meth:`AsyncClient.correct`."""
        call = partial(self._client.correct, request_id, text, timeout_s=timeout_s)
        return self._portal.call(call)

    def stream(
        self, options: StreamOptions | None = None, *, patience_s: float = 60.0
    ) -> "BlockingStream":
        """A live stream, to be used by ``with``."""
        return BlockingStream(self._portal, self._client.stream(options, patience_s=patience_s))


class BlockingStream:
    """:class:`ovoz_client.stream.Stream` for programs without asyncio.

    One thread may send while another one iterates.
    """

    def __init__(self, portal: BlockingPortal, stream: Stream) -> None:
        self._portal = portal
        self._stream = stream
        self._context: AbstractContextManager[Stream] = portal.wrap_async_context_manager(stream)

    def __enter__(self) -> Self:
        self._context.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._context.__exit__(None, None, None)

    def __iter__(self) -> Iterator[Event]:
        """Events until the end."""
        while (event := self._portal.call(self._stream.next_event)) is not None:
            yield event

    def send(self, audio: bytes) -> None:
        """As :meth:`Stream.send`."""
        self._portal.call(self._stream.send, audio)

    def finalize(self) -> None:
        """As :meth:`Stream.finalize`."""
        self._portal.call(self._stream.finalize)

    def stop(self) -> None:
        """As :meth:`Stream.stop`."""
        self._portal.call(self._stream.stop)
