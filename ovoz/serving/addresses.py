"""URLs of stores, checked before anything starts. No message quotes one: it may hold a password."""

import inspect
from urllib.parse import urlsplit


def check_store(url: str) -> str:
    """``memory://``, or a URL of Redis whose host, port, database and parameters make sense.

    Raises:
        ValueError: what is wrong with it.
    """
    if url.startswith(("redis://", "rediss://", "unix://")):
        from redis import connection  # loads slowly, and only where there is a Redis

        try:
            given = connection.parse_url(url)  # type: ignore[no-untyped-call]
            port_of(url)
        except ValueError as error:
            raise ValueError("it is no URL of Redis: redis://:password@host:port/number") from error
        given.pop("connection_class", None)
        kinds = (connection.AbstractConnection, connection.Connection, connection.SSLConnection)
        known = {name for kind in kinds for name in inspect.signature(kind.__init__).parameters}
        if unknown := sorted(given.keys() - known - {"path"}):
            raise ValueError(f"Redis has no parameter {unknown[0]}")
    return url


def check_database(url: str) -> str:
    """A URL of SQLite or of PostgreSQL, with the name of the database.

    Raises:
        ValueError: what is wrong with it.
    """
    if not url:
        return url
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ValueError("it is no URL: postgresql://user:password@host/database") from error
    if address.drivername not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise ValueError("it begins with neither sqlite:// nor postgresql://")
    if address.get_backend_name() == "postgresql":
        if not address.database:
            raise ValueError("the name of the database is missing: postgresql://user@host/database")
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo

        try:
            make_conninfo("", **{name: str(value) for name, value in address.query.items()})
        except ProgrammingError as error:
            raise ValueError("PostgreSQL does not know one of its parameters") from error
    return url


def check_broker(url: str) -> str:
    """A URL of RabbitMQ with a host.

    Raises:
        ValueError: what is wrong with it.
    """
    if url:
        port_of(url)
        if not urlsplit(url).hostname:
            raise ValueError("the host is missing: amqp://user:password@host/")
    return url


def port_of(url: str) -> int | None:
    """The port of a URL.

    Raises:
        ValueError: it is no number from 0 to 65535.
    """
    try:
        return urlsplit(url).port
    except ValueError:
        raise ValueError("its port is no number from 1 to 65535") from None
