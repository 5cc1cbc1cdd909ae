"""What a stop has to walk is bounded, and a disabled client stays disabled"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _clients()


def downgrade() -> None:
    _clients_undone()


def _clients() -> None:
    """Who was disabled and who only left the operator's file could not be told apart: both stay
    out until the operator says otherwise (`enable-client`)."""
    no = sa.false()
    op.add_column(
        "client",
        sa.Column("disabled_by_operator", sa.Boolean(), nullable=False, server_default=no),
    )
    op.execute("UPDATE client SET disabled_by_operator = disabled")
    op.add_column(
        "client", sa.Column("profile", sa.String(), nullable=False, server_default="heart")
    )
    op.add_column("client", sa.Column("secret_hash", sa.String(), nullable=True))


def _clients_undone() -> None:
    for name in ("secret_hash", "profile", "disabled_by_operator"):
        op.drop_column("client", name)
