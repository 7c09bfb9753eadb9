"""Brings a database to the tables of this version, by Alembic."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from collector.database.sessions import Transactions

_SCRIPTS: Final = Path(__file__).with_name("migrations")


def configure(connection: Connection | None = None) -> Config:
    """Alembic's settings, with the connection that it is to use."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def migrate(transactions: Transactions) -> None:
    """Upgrade the database to the newest revision; nothing is done where it has it.

    Raises:
        DBAPIError: The database is away or refuses.
    """
    async with transactions.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(configure(sync), "head"))
