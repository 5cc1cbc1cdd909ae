"""What a resource says of others, who wrote it, the moment it is about; rows wait to be redone.

Every row was described by rules that missed text, spellings of references and files. Until it has
been described again (`heart-uma describe`) no lens reaches it: its level is raised by PENDING.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

PENDING = 4
_ENFORCED = ["record", "type", "slot", "level", "labels"]


def _of_a_version() -> list[sa.Column[Any]]:
    return [
        sa.Column("cuts", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("contained", sa.Text(), nullable=True),
        sa.Column("writer", sa.String(length=32), nullable=True),
        sa.Column("own_labels", sa.BigInteger(), nullable=True),
        sa.Column("own_security", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    op.add_column("resource", sa.Column("moment", sa.BigInteger(), nullable=True))
    for table in ("resource", "resource_version"):
        for column in _of_a_version():
            op.add_column(table, column)
    op.add_column("resource_reference", sa.Column("key", sa.String(), nullable=True))
    op.add_column(
        "resource_reference",
        sa.Column("holds", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    op.create_index(
        "ix_resource_reference_key",
        "resource_reference",
        ["record", "key"],
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.drop_index("resource_enforced", table_name="resource")
    op.create_index(
        "resource_enforced",
        "resource",
        [*_ENFORCED, "moment", "address", "kind", "writer", "own_labels"],
        unique=False,
    )
    op.execute(sa.text("UPDATE resource SET level = level + :pending").bindparams(pending=PENDING))


def downgrade() -> None:
    op.execute(
        sa.text("UPDATE resource SET level = level - :pending WHERE level >= :pending").bindparams(
            pending=PENDING
        )
    )
    op.drop_index("resource_enforced", table_name="resource")
    op.create_index(
        "resource_enforced", "resource", [*_ENFORCED, "date", "address", "kind"], unique=False
    )
    op.drop_index("ix_resource_reference_key", table_name="resource_reference")
    for table, columns in (
        ("resource_reference", ("key", "holds")),
        ("resource_version", tuple(column.name for column in _of_a_version())),
        ("resource", ("moment", *(column.name for column in _of_a_version()))),
    ):
        with op.batch_alter_table(table) as altered:
            for name in columns:
                altered.drop_column(name)
