"""How often a message failed, when it is sent again, and whether it was set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
)


def upgrade() -> None:
    for column in _COLUMNS:
        op.add_column("outgoing_messages", column)


def downgrade() -> None:
    for column in reversed(_COLUMNS):
        op.drop_column("outgoing_messages", column.name)
