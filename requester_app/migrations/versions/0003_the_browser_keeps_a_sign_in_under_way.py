"""The browser keeps a sign-in under way, and form tokens come from the session's cookie"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_column("session", "csrf_token")
    op.drop_table("login_attempt")


def downgrade() -> None:
    op.add_column(
        "session", sa.Column("csrf_token", sa.String(64), nullable=False, server_default="")
    )
    op.create_table(
        "login_attempt",
        sa.Column("state_hash", sa.String(64), primary_key=True),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
    )
