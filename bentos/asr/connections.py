"""Bounds on connections: time and size of a request's head, and how many one address may open.

uvicorn, which BentoML runs, has none of them as a setting but the size, and answers that with 400;
hypercorn and granian have times, and neither can be put under BentoML. This is uvicorn's protocol
over h11 with what is missing.
"""

import asyncio
import json
import socket
import sys
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from typing import ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ovoz.serving.problems import MEDIA_TYPE, RETRY, ProblemError

HEAD_S: Final = 10.0
"""Time from the first byte of a request, or from the connection, to the end of its headers."""
_UNKNOWN: Final = "unknown"


class BoundedProtocol(H11Protocol):
    """HTTP/1.1; ``most_per_address`` is for all connections of the process, 0 is no bound.

    ``listening`` refuses new connections from the moment that the process stops: BentoML's
    supervisor holds it open until the last request is answered, and connections that arrive
    meanwhile would be taken by the kernel and answered by nobody.
    """

    most_per_address: ClassVar[int] = 0
    listening: ClassVar[socket.socket | None] = None
    _open: ClassVar["Counter[str]"] = Counter()
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it."""
        super().connection_made(transport)
        address = self._address()
        self._open[address] += 1
        if 0 < self.most_per_address < self._open[address]:
            told = f"one address may open {self.most_per_address} connections"
            self._refuse(ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", told, RETRY))
        else:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        address = self._address()
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and see to the time that the head of a request may take."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._timer is None and self.conn.trailing_data[0]:
            self._start_timer()

    def shutdown(self) -> None:
        """End when the request under way is answered; uvicorn has stopped listening."""
        if self.listening is not None:
            with suppress(OSError):  # another connection has done it
                self.listening.shutdown(socket.SHUT_RDWR)
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request; called while the error of h11 is being handled."""
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            if b"\n" not in self.conn.trailing_data[0]:
                status = HTTPStatus.REQUEST_URI_TOO_LONG
            msg = "the request line and headers may have 16 KB"
        self._refuse(ProblemError(status, f"http-{status}", msg))

    def _refuse(self, problem: ProblemError) -> None:
        self._stop_timer()
        if self.transport.is_closing() or self.conn.our_state is not h11.IDLE:
            self.transport.close()
            return
        body = json.dumps(problem.problem.model_dump()).encode()
        headers = [
            ("Content-Type", MEDIA_TYPE),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            *(problem.headers or {}).items(),
        ]
        reason = HTTPStatus(problem.status_code).phrase
        events = (
            h11.Response(status_code=problem.status_code, headers=headers, reason=reason),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(HEAD_S, self._head_is_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_is_late(self) -> None:
        self._timer = None
        told = f"the headers did not arrive within {HEAD_S:g} s"
        self._refuse(ProblemError(HTTPStatus.REQUEST_TIMEOUT, "http-408", told))

    def _address(self) -> str:
        return self.client[0] if self.client else _UNKNOWN
