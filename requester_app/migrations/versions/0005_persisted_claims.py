"""Persisted claims: what a sharing service gave for what a person let it remember"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "persisted_claims",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("issuer", sa.String(500), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("persisted_claims")
