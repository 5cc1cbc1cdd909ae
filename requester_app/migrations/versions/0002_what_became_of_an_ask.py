"""What became of an ask, in the words of the sharing service, and whose place it took"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("ask", sa.Column("replaces", sa.String(32), nullable=False, server_default=""))
    op.add_column("asked_record", sa.Column("said", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("asked_record", "said")
    op.drop_column("ask", "replaces")
