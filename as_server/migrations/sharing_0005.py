"""Every write of an owner's rules and registrations raises a number of hers. Frozen with migration
0005."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TABLES = ("policy", "resource")
STEP = {
    "sqlite": "1 + (random() & 1073741823)",
    "postgresql": "1 + floor(random() * 1073741824)::bigint",
}
"""Random, so that a database that was put back never counts to where the one after it was."""
WRITTEN = "sharing_written"


def count() -> None:
    op.create_table(
        "sharing_state",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
    dialect = op.get_bind().dialect.name
    step = STEP[dialect]
    op.execute(f"INSERT INTO sharing_state SELECT key, {step} FROM account")  # noqa: S608
    raised = f"DO UPDATE SET generation = sharing_state.generation + {step}"
    if dialect == "postgresql":
        body = (
            f"BEGIN INSERT INTO sharing_state SELECT owner, {step} "  # noqa: S608
            "FROM (SELECT DISTINCT owner FROM written) AS theirs "
            f"ON CONFLICT (owner) {raised}; RETURN NULL; END"
        )
        op.execute(f"CREATE FUNCTION {WRITTEN}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    for table in TABLES:
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            begin = f"CREATE TRIGGER {_name(table, event)} AFTER {event} ON {table}"
            if dialect == "postgresql":
                op.execute(
                    f"{begin} REFERENCING {row} TABLE AS written "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION {WRITTEN}()"
                )
            else:
                op.execute(
                    f"{begin} BEGIN INSERT INTO sharing_state VALUES ({row}.owner, {step}) "  # noqa: S608
                    f"ON CONFLICT (owner) {raised}; END"
                )


def count_no_more() -> None:
    dialect = op.get_bind().dialect.name
    for table in TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            on = f" ON {table}" if dialect == "postgresql" else ""
            op.execute(f"DROP TRIGGER {_name(table, event)}{on}")
    if dialect == "postgresql":
        op.execute(f"DROP FUNCTION {WRITTEN}()")
    op.drop_table("sharing_state")


def _name(table: str, event: str) -> str:
    return f"{table}_{event.lower()}"
