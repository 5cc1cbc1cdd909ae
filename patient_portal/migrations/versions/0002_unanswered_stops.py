"""Stops that the sharing service has not answered are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "unanswered_stop",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id_hash"),
    )
    op.create_index(
        op.f("ix_unanswered_stop_subject"), "unanswered_stop", ["subject"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_unanswered_stop_subject"), table_name="unanswered_stop")
    op.drop_table("unanswered_stop")
