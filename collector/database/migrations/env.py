"""Alembic's environment: the connection that it is given, and the tables."""

from alembic import context

from collector.database.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=False,
)
context.run_migrations()
