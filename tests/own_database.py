"""A database of its own in the machine's PostgreSQL."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@contextmanager
def own_database() -> Iterator[str]:
    """The URL of an empty database; the test is skipped where there is no PostgreSQL."""
    name = f"ovoz_{uuid.uuid4().hex[:12]}"
    engine = create_engine(
        POSTGRES, connect_args={"connect_timeout": 2}, isolation_level="AUTOCOMMIT"
    )
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError as error:
        pytest.skip(f"no PostgreSQL on its usual port: {error.orig}")
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
