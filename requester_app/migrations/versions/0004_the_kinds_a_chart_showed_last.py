"""The kinds a chart showed last, for the list of patients"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("pointer", sa.Column("shown", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("pointer", "shown")
