"""`heart-uma describe`: label and index again what a resource server stored under older rules."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.exc import DatabaseError

from fhir_rs import db, schema
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.importing import describing


@dataclass(frozen=True)
class Store:
    """One resource server's database; `base` is its FHIR base, None where it is not known."""

    title: str
    database: str
    base: str | None


def run(stores: Iterable[Store]) -> int:
    """Print a line for each store; 1 if any cannot be done."""
    return max([_run_one(store) for store in stores], default=0)


def _run_one(store: Store) -> int:
    name = store.title or "the database"
    engine = db.make_engine(store.database)
    drawn = [0.0]

    def progress(done: int, total: int) -> None:
        now = time.monotonic()
        if sys.stderr.isatty() and (now - drawn[0] > 0.1 or done == total):
            drawn[0] = now
            sys.stderr.write(f"\r\x1b[K{name}: {done} of {total} described")
            sys.stderr.flush()

    try:
        schema.migrate(engine)
        done = describing.run(engine, labeling_rules(), base_url=store.base, progress=progress)
    except (DatabaseError, schema.SchemaError) as problem:
        words = str(problem) if isinstance(problem, schema.SchemaError) else "no such database"
        print(f"{name}: cannot be described ({words})", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    print(f"{name}: {done} resources described again" if done else f"{name}: nothing to do")
    return 0
