"""`heart-uma audit verify`: check the hash chain of each resource server's disclosure log."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from fhir_rs import db
from fhir_rs.audit.verification import verify as first_break
from heart_uma.jose import JoseError, KeySet


@dataclass(frozen=True)
class Log:
    """One server's log: where it is, and whose signature its checkpoints must carry."""

    title: str
    database: str
    key_file: Path
    base: str


def verify(logs: Iterable[Log]) -> int:
    """Prints one line per log; 1 if any does not hold, 2 if any cannot be read."""
    return max((_verify_one(log) for log in logs), default=2)


def _verify_one(log: Log) -> int:
    engine = db.make_engine(log.database)
    try:
        keys = KeySet.load(log.key_file)
        broken = first_break(engine, keys, log.base, datetime.now(UTC))
    except (DatabaseError, JoseError) as problem:
        words = str(problem) if isinstance(problem, JoseError) else "no such log"
        print(f"{log.title}: cannot be read ({words})", file=sys.stderr)
        return 2
    finally:
        engine.dispose()
    if broken is None:
        print(f"{log.title}: every entry holds")
        return 0
    print(f"{log.title}: entry {broken} was changed, removed or put in later", file=sys.stderr)
    return 1
