"""Resource of a refresh token"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("token", sa.Column("resource", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("token", "resource")
