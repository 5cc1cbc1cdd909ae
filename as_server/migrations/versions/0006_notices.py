"""What an owner wants to be told of, and how far she has read"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("requests", sa.String(), nullable=False),
        sa.Column("decisions", sa.String(), nullable=False),
        sa.Column("looks", sa.String(), nullable=False),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("read_line", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
    # What happened before there were notices is history, and no news.
    op.execute(
        "INSERT INTO notice_choice "
        "(owner, requests, decisions, looks, refused, read_line, read_at) "
        "SELECT owner, 'on', 'on', 'daily', 'on', MAX(seq), MAX(at) FROM audit_entry GROUP BY owner"
    )


def downgrade() -> None:
    op.drop_table("notice_choice")
