"""Connections to PostgreSQL that end in time, whatever becomes of the server and the network.

The server has a limit for each statement and each lock. It cannot keep it when it is frozen, when
the network lost the connection, or when what stands between (a proxy, a balancer) still takes
what we send; TCP notices the second alone, and late. So the client has a limit too.
"""

from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from sqlalchemy import Engine, ExceptionContext, event

_CONNECT_S: Final = 5
_STATEMENT_MS: Final = 6_000
_LOCK_MS: Final = 4_000
_ANSWER_S: Final = 8.0
_IDLE_MS: Final = 10_000
"""A transaction that says nothing for so long is undone by the server, and its locks with it: the
network may have lost its connection without the server being told."""
_LIMITS: Final = {
    "connect_timeout": _CONNECT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": _STATEMENT_MS,
}
_OPTIONS: Final = (
    f" -c statement_timeout={_STATEMENT_MS} -c lock_timeout={_LOCK_MS}"
    f" -c idle_in_transaction_session_timeout={_IDLE_MS}"
)
_READ_ONLY: Final = "25006"

_Result = TypeVar("_Result")


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when an answer takes longer than the server may take."""

    def wait(
        self, gen: PQGen[_Result], interval: float = 0.1, timeout: float | None = None
    ) -> _Result:
        """As :meth:`psycopg.Connection.wait`, which everything that asks the server goes through.

        Raises:
            OperationalError: there was no answer in time; the connection is closed.
        """
        try:
            return super().wait(gen, interval, _ANSWER_S if timeout is None else timeout)
        except errors._WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()  # whatever was asked may still be carried out
            raise psycopg.OperationalError("no answer in time") from error


def bound_connections(engine: Engine) -> None:
    """Have ``engine`` make bounded connections, and drop those to a server that takes no writes.

    Whatever the URL says of time-outs counts less.
    """

    @event.listens_for(engine, "do_connect")
    def _connect(
        _dialect: object,
        _record: object,
        args: Any,  # noqa: ANN401  (DB-API, untyped)
        named: dict[str, Any],
    ) -> BoundedConnection:
        given = str(named.get("options") or "")
        return BoundedConnection.connect(*args, **named | _LIMITS | {"options": given + _OPTIONS})

    event.listen(engine, "handle_error", _drop_read_only)


def _drop_read_only(context: ExceptionContext) -> None:
    """Drop connections to a server that takes no writes any more, as after a fail-over."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True
