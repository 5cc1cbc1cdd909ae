"""Each record has a chain of audit entries of its own, and entries are compact.

The one chain of before is kept as it is, keyed by record: its end is where the new ones begin.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ENTRY = ("seq", "at", "record", "actor", "outcome", "event", "hash")


def upgrade() -> None:
    op.create_table(
        "former_audit",
        sa.Column("record", sa.String(), nullable=False),
        _number("seq"),
        _number("at"),
        *_texts("actor", "outcome", "event", "hash"),
        sa.PrimaryKeyConstraint("record", "seq"),
    )
    op.create_table(
        "former_audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        _number("seq"),
        *_texts("hash"),
        sa.PrimaryKeyConstraint("id"),
    )
    _make_checkpoints("former_audit_checkpoint")
    _copy("audit", "former_audit", _ENTRY)
    _copy("audit_head", "former_audit_head", ("id", "seq", "hash"), "WHERE seq > 0")
    _copy("audit_checkpoint", "former_audit_checkpoint", ("seq", "signed"))
    op.drop_index("audit_record", table_name="audit")
    for table in ("audit", "audit_head", "audit_checkpoint"):
        op.drop_table(table)
    _make_chains()


def _make_chains() -> None:
    op.create_table(
        "audit",
        *_texts("record"),
        _number("seq"),
        _number("at"),
        *_texts("actor", "outcome"),
        sa.Column("agents", sa.LargeBinary(), nullable=False),
        *_texts("what"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_agents",
        *_texts("record"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        *_texts("said"),
        sa.PrimaryKeyConstraint("record", "digest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_head",
        *_texts("record"),
        _number("seq"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _number("signed"),
        sa.PrimaryKeyConstraint("record"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_checkpoint",
        _number("number"),
        _number("at"),
        *_texts("ends", "signed"),
        sa.PrimaryKeyConstraint("number"),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _make_checkpoints(table: str) -> None:
    op.create_table(table, _number("seq"), *_texts("signed"), sa.PrimaryKeyConstraint("seq"))


def _copy(source: str, into: str, columns: tuple[str, ...], where: str = "") -> None:
    names = ", ".join(columns)
    op.execute(f"INSERT INTO {into} ({names}) SELECT {names} FROM {source} {where}")  # noqa: S608


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT 1 FROM audit LIMIT 1")).first() is not None:
        raise RuntimeError("the version before cannot read what was entered in the audit since")
    for table in ("audit", "audit_agents", "audit_head", "audit_checkpoint"):
        op.drop_table(table)
    op.create_table(
        "audit",
        _number("seq"),
        _number("at"),
        *_texts("record", "actor", "outcome", "event", "hash"),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("audit_record", "audit", ["record", "seq"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        _number("seq"),
        *_texts("hash"),
        _number("checkpoint_seq"),
        _number("checkpoint_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    _make_checkpoints("audit_checkpoint")
    _copy("former_audit", "audit", _ENTRY)
    _copy("former_audit_checkpoint", "audit_checkpoint", ("seq", "signed"))
    op.execute(
        "INSERT INTO audit_head (id, seq, hash, checkpoint_seq, checkpoint_at) SELECT id, seq, "
        "hash, (SELECT coalesce(max(seq), 0) FROM audit_checkpoint), 0 FROM former_audit_head"
    )
    for table in ("former_audit", "former_audit_head", "former_audit_checkpoint"):
        op.drop_table(table)
