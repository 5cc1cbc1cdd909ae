"""Claims of a ticket: what its person told this server, and the browser she is asked in"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("permission_ticket", sa.Column("claims", sa.Text(), nullable=True))
    op.add_column("permission_ticket", sa.Column("browser", sa.String(), nullable=True))


def downgrade() -> None:
    # A ticket that waits in a browser would be one of its client's: its process ends.
    op.execute("DELETE FROM permission_ticket WHERE browser IS NOT NULL")
    op.drop_column("permission_ticket", "browser")
    op.drop_column("permission_ticket", "claims")
