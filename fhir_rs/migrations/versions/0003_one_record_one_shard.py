"""A record's rows are keyed by the record first, numbered in it, and it counts what changes.

Tables are made anew and filled from those of before, which are set aside meanwhile. Numbers stay
what they were; a record gives its next ones itself.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_CHILDREN = ("search_index", "resource_reference", "label_hit", "resource_version")
_BEFORE_ALL = -(2**62)
_LOOKED_AT = ("slot", "level", "labels", "address", "kind", "writer", "own_labels")
_DESCRIBED = (
    "address", "type", "id", "kind", "slot", "labels", "level", "date", "day_low", "day_high",
    "title", "version", "updated", "sensitivity", "rules", "digest", "body", "cuts", "contained",
    "writer", "own_labels", "own_security",
)  # fmt: skip
_VERSION = (
    "version", "slot", "labels", "updated", "body", "cuts", "contained", "writer", "own_labels",
    "own_security",
)  # fmt: skip
_INDEX = ("param", "system", "value", "low", "high")
_REFERENCE = ("param", "target", "carries", "holds", "key")
_HIT = ("category", "rule", "strength", "labels")
_RAISED = {
    "sqlite": "generation + 1 + (random() & 1073741823)",
    "postgresql": "generation + 1 + floor(random() * 1073741824)::bigint",
}


def upgrade() -> None:
    _set_aside()
    _make_resource()
    _make_children()
    _fill("resource", ("record", "pk", *_DESCRIBED), moment=f"coalesce(moment, {_BEFORE_ALL})")
    for table, columns in (
        ("search_index", _INDEX), ("resource_reference", _REFERENCE), ("label_hit", _HIT),
    ):  # fmt: skip
        _fill(table, ("record", "resource", "pk", *columns))
    _fill("resource_version", ("resource", *_VERSION), record=_OF_ITS_RESOURCE)
    _make_state()
    _drop_aside()
    _count_writes()
    _tell_planner()


_OF_ITS_RESOURCE = (
    "(SELECT record FROM before_resource AS held WHERE held.pk = before_resource_version.resource)"
)


def _set_aside() -> None:
    """Take the tables out of the way, with every name that belongs to them."""
    connection = op.get_bind()
    seen = sa.inspect(connection)
    for table in ("resource", *_CHILDREN):
        for index in seen.get_indexes(table):
            if not index.get("duplicates_constraint"):
                op.drop_index(str(index["name"]), table_name=table)
        op.rename_table(table, f"before_{table}")
        if connection.dialect.name == "postgresql":
            _rename_constraints(connection, f"before_{table}")


def _rename_constraints(connection: sa.Connection, table: str) -> None:
    named = sa.text("SELECT conname FROM pg_constraint WHERE conrelid = CAST(:name AS regclass)")
    for (name,) in connection.execute(named, {"name": table}).all():
        op.execute(f'ALTER TABLE {table} RENAME CONSTRAINT "{name}" TO "before_{name}"')


def _fill(table: str, columns: tuple[str, ...], **made: str) -> None:
    """Copy the rows of before; `made` are columns that are something else than there."""
    into = ", ".join((*columns, *made))
    values = ", ".join((*columns, *made.values()))
    op.execute(f"INSERT INTO {table} ({into}) SELECT {values} FROM before_{table}")  # noqa: S608


def _drop_aside() -> None:
    for table in (*_CHILDREN, "resource"):
        op.drop_table(f"before_{table}")


def _number(name: str = "pk") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _record() -> sa.Column[str]:
    return sa.Column("record", sa.String(length=22), nullable=False)


def _make_resource() -> None:
    op.create_table(
        "resource",
        _record(),
        _number(),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot", sa.String(length=80), nullable=False),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("day_low", sa.Integer(), nullable=True),
        sa.Column("day_high", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("sensitivity", sa.Text(), nullable=False),
        sa.Column("rules", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_of_a_version(),
        sa.ForeignKeyConstraint(["record"], ["record.id"]),
        sa.PrimaryKeyConstraint("record", "pk"),
        sa.UniqueConstraint("record", "address"),
    )
    op.create_index(
        "resource_by_moment", "resource", ["record", "type", "moment", "pk", *_LOOKED_AT]
    )
    op.create_index("resource_by_number", "resource", ["record", "pk", "type", *_LOOKED_AT])


def _of_a_version() -> list[sa.Column[object]]:
    return [
        sa.Column("cuts", sa.Boolean(), nullable=False),
        sa.Column("contained", sa.Text(), nullable=True),
        sa.Column("writer", sa.String(length=32), nullable=True),
        sa.Column("own_labels", sa.BigInteger(), nullable=True),
        sa.Column("own_security", sa.Text(), nullable=True),
    ]


def _make_child(table: str, *columns: sa.Column[object], with_rows: bool = False) -> None:
    own = "version" if with_rows else "pk"
    op.create_table(
        table,
        _record(),
        _number("resource"),
        *([] if with_rows else [_number()]),
        *columns,
        sa.ForeignKeyConstraint(["record", "resource"], ["resource.record", "resource.pk"]),
        sa.PrimaryKeyConstraint("record", "resource", own),
        sqlite_with_rowid=with_rows,
    )


def _make_children() -> None:
    _make_child(
        "label_hit",
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("strength", sa.String(length=1), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
    )
    _make_child(
        "resource_reference",
        sa.Column("param", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("carries", sa.Boolean(), nullable=False),
        sa.Column("holds", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
    )
    _index_references(["record", "target"])
    _make_child(
        "search_index",
        sa.Column("param", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_search_index_value", "search_index", ["record", "param", "value"])
    _make_child(
        "resource_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.String(length=80), nullable=False),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_of_a_version(),
        with_rows=True,
    )


def _index_references(by_target: list[str]) -> None:
    op.create_index("ix_resource_reference_target", "resource_reference", by_target)
    op.create_index(
        "ix_resource_reference_key",
        "resource_reference",
        ["record", "key"],
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )


def _make_state() -> None:
    op.create_table(
        "record_state",
        _record(),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        _number("next_pk"),
        sa.ForeignKeyConstraint(["record"], ["record.id"]),
        sa.PrimaryKeyConstraint("record"),
    )
    tables = ("resource", "search_index", "resource_reference", "label_hit")
    numbers = " UNION ALL ".join(f"SELECT max(pk) AS pk FROM {table}" for table in tables)  # noqa: S608
    after = f"(SELECT coalesce(max(pk), 0) + 1 FROM ({numbers}) AS given)"  # noqa: S608
    op.execute(f"INSERT INTO record_state SELECT id, 0, {after} FROM record")  # noqa: S608


def _count_writes() -> None:
    """Every write of a resource raises the generation of its record."""
    dialect = op.get_bind().dialect.name
    raised = f"UPDATE record_state SET generation = {_RAISED[dialect]} WHERE record"  # noqa: S608
    if dialect == "postgresql":
        body = f"BEGIN {raised} IN (SELECT record FROM written); RETURN NULL; END"  # noqa: S608
        written = "CREATE FUNCTION resource_written() RETURNS trigger LANGUAGE plpgsql"
        op.execute(f"{written} AS $${body}$$")
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        begin = f"CREATE TRIGGER resource_{event.lower()} AFTER {event} ON resource"
        if dialect == "postgresql":
            op.execute(
                f"{begin} REFERENCING {row} TABLE AS written "
                "FOR EACH STATEMENT EXECUTE FUNCTION resource_written()"
            )
        else:
            op.execute(f"{begin} BEGIN {raised} = {row}.record; END")


_SIZES = {
    ("resource", "sqlite_autoindex_resource_1"): "1000000 20000 1",
    ("resource", "sqlite_autoindex_resource_2"): "1000000 20000 1",
    ("resource", "resource_by_moment"): "1000000 20000 2000 2 1 1 1 1 1 1 1 1",
    ("resource", "resource_by_number"): "1000000 20000 1 1 1 1 1 1 1 1 1",
    ("search_index", "search_index"): "4000000 80000 4 1",
    ("search_index", "ix_search_index_value"): "4000000 80000 8000 20",
    ("resource_reference", "resource_reference"): "3000000 60000 3 1",
    ("resource_reference", "ix_resource_reference_target"): "3000000 60000 60",
    ("resource_reference", "ix_resource_reference_key"): "30000 600 2",
    ("label_hit", "label_hit"): "200000 4000 2 1",
}
"""How many rows each further column of an index leaves, in records of twenty thousand resources."""


def _tell_planner() -> None:
    """SQLite takes every record for a small one until it is told: then it reads all of one where a
    few rows are wanted. It is told once, so that plans do not change with what was counted last."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("ANALYZE lease")  # makes the table of sizes
    for (table, index), sizes in _SIZES.items():
        op.execute(
            sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:t, :i, :s)").bindparams(
                t=table, i=index, s=sizes
            )
        )
    op.execute("ANALYZE sqlite_schema")


def downgrade() -> None:
    for event in ("insert", "update", "delete"):
        on = " ON resource" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER resource_{event}{on}")
    if on:
        op.execute("DROP FUNCTION resource_written()")
    op.drop_table("record_state")
    _set_aside()
    _make_before()
    dated = f"nullif(moment, {_BEFORE_ALL})"
    # Rows of two records may have one number: each gets a new one, in the order of before.
    op.execute("ALTER TABLE before_resource ADD COLUMN number BIGINT")
    op.execute(
        "UPDATE before_resource SET number = (SELECT count(*) FROM before_resource AS other "
        "WHERE (other.pk, other.record) <= (before_resource.pk, before_resource.record))"
    )
    into = ", ".join(("pk", "record", "moment", *_DESCRIBED))
    values = ", ".join(("number", "record", dated, *_DESCRIBED))
    op.execute(f"INSERT INTO resource ({into}) SELECT {values} FROM before_resource")  # noqa: S608
    for table, columns in (
        ("search_index", ("record", *_INDEX)), ("resource_reference", ("record", *_REFERENCE)),
        ("label_hit", ("record", *_HIT)), ("resource_version", _VERSION),
    ):  # fmt: skip
        taken = ", ".join(f"child.{name}" for name in columns)
        op.execute(
            f"INSERT INTO {table} (resource, {', '.join(columns)}) "  # noqa: S608
            f"SELECT held.number, {taken} FROM before_{table} AS child "
            "JOIN before_resource AS held "
            "ON held.record = child.record AND held.pk = child.resource"
        )
    _drop_aside()
    if on:
        op.execute(
            "SELECT setval(pg_get_serial_sequence('resource', 'pk'), "
            "(SELECT coalesce(max(pk), 0) + 1 FROM resource), false)"
        )


def _make_before() -> None:
    """The tables of 0002."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for table in (
        "resource",
        "label_hit",
        "resource_reference",
        "search_index",
        "resource_version",
    ):
        made = sa.MetaData()
        made.reflect(op.get_bind(), only=[f"before_{table}"])
        like = made.tables[f"before_{table}"]
        child = table != "resource"
        columns = [
            sa.Column(
                each.name,
                each.type,
                nullable=each.nullable or each.name == "moment",
            )
            for each in like.columns
            if each.name not in ("pk", "number")
            and not (table == "resource_version" and each.name == "record")
        ]
        keys: list[sa.Constraint] = (
            [sa.ForeignKeyConstraint(["resource"], ["resource.pk"])]
            if child
            else [
                sa.ForeignKeyConstraint(["record"], ["record.id"]),
                sa.UniqueConstraint("record", "address"),
            ]
        )
        if table == "resource_version":
            keys.append(sa.UniqueConstraint("resource", "version"))
        op.create_table(
            table,
            sa.Column("pk", row_id, nullable=False),
            *columns,
            *keys,
            sa.PrimaryKeyConstraint("pk"),
        )
    enforced = ("record", "type", "slot", "level", "labels", "moment", "address", "kind")
    op.create_index("resource_enforced", "resource", [*enforced, "writer", "own_labels"])
    op.create_index("ix_label_hit_record", "label_hit", ["record"])
    for table in ("label_hit", "resource_reference", "search_index"):
        op.create_index(f"ix_{table}_resource", table, ["resource"])
    _index_references(["target", "record"])
    op.create_index("ix_search_index_value", "search_index", ["record", "param", "value"])
