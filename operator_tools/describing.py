"""`heart-uma describe`: label and index again what a resource server stored under older rules."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from sqlalchemy.exc import DatabaseError

from fhir_rs import db
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.importing import describing
from heart_ground.engines import BY_ANY_WAY
from heart_ground.migrations import SchemaError, migrate
from operator_tools.servers import ResourceServer


def run(servers: Iterable[ResourceServer]) -> int:
    """Print a line for each server; 1 if any cannot be done."""
    return max([_run_one(server) for server in servers], default=0)


def _run_one(server: ResourceServer) -> int:
    name = server.title or "the database"
    engine = db.make_engine(server.database, BY_ANY_WAY)
    drawn = [0.0]

    def progress(done: int, total: int) -> None:
        now = time.monotonic()
        if sys.stderr.isatty() and (now - drawn[0] > 0.1 or done == total):
            drawn[0] = now
            sys.stderr.write(f"\r\x1b[K{name}: {done} of {total} described")
            sys.stderr.flush()

    try:
        migrate(engine, "fhir_rs")
        done = describing.run(engine, labeling_rules(), base_url=server.base, progress=progress)
    except (DatabaseError, SchemaError) as problem:
        words = str(problem) if isinstance(problem, SchemaError) else "no such database"
        print(f"{name}: cannot be described ({words})", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    print(f"{name}: {done} resources described again" if done else f"{name}: nothing to do")
    return 0
