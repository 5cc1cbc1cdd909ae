"""A migrated database on PostgreSQL that one test after another may have: emptied, not made anew.

Making a database copies some hundred files, and dropping it removes them; few tests leave more
than some rows. What was in it when it was new is kept beside, in a schema of its own. A database
whose structure a test changed, or that a test filled, is not taken again.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

MOST = 512 * 1024
"""Bytes of a table above which emptying it takes longer than a new database."""
_NOTING = """
CREATE SCHEMA pristine;
CREATE TABLE pristine.changed (tag text);
CREATE FUNCTION pristine.note() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO pristine.changed VALUES (tg_tag); END $$;
"""
_TRIGGER = "CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION pristine.note()"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"


def keep_as_new(url: str) -> None:
    """Write down what a migrated database holds; raise psycopg.Error where that is not allowed."""
    with psycopg.connect(url) as connection:
        connection.execute(_NOTING)
        tables = [str(name) for (name,) in connection.execute(_TABLES)]
        sequences = [str(name) for (name,) in connection.execute(_SEQUENCES)]
        steps = [_again(connection, name) for name in tables]
        steps += [sql.SQL("PERFORM setval({}, 1, false);").format(f'public."{name}"')
                  for name in sequences]  # fmt: skip
        connection.execute(_function(sql.SQL("\n").join(steps)))
        connection.execute(_TRIGGER)


def _again(connection: psycopg.Connection, name: str) -> sql.Composable:
    """How a table becomes what it was."""
    table, kept = sql.Identifier("public", name), sql.Identifier("pristine", name)
    found = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)).fetchone()
    names = {"table": table, "kept": kept, "text": f'public."{name}"', "most": MOST}
    empty = "IF EXISTS (SELECT FROM {table}) THEN DELETE FROM {table}; END IF;"
    if found != (True,):
        return sql.SQL(f"{_BOUND} {empty}").format(**names)
    connection.execute(sql.SQL("CREATE TABLE {kept} AS TABLE {table}").format(**names))
    fill = "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {kept};"
    return sql.SQL(f"{_BOUND} {empty} {fill}").format(**names)


_BOUND = "IF pg_relation_size({text}) > {most} THEN RETURN false; END IF;"


def _function(steps: sql.Composable) -> sql.Composable:
    return sql.SQL("""
    CREATE FUNCTION pristine.empty() RETURNS boolean LANGUAGE plpgsql AS $empty$ BEGIN
      IF EXISTS (SELECT FROM pristine.changed) THEN RETURN false; END IF;
      -- Neither triggers nor foreign keys: everything becomes what it was.
      PERFORM set_config('session_replication_role', 'replica', true);
      {}
      RETURN true;
    END $empty$""").format(steps)


def empty(url: str) -> bool:
    """Make a database what it was when it was new; False where it can not be had again."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        # Whoever still holds something open there is of a test that is over.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT pristine.empty()").fetchone() == (True,)
    except psycopg.Error:
        return False
