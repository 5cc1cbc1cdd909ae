"""`heart-uma audit verify`: check the hash chain of each resource server's disclosure log."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.exc import DatabaseError

from fhir_rs import db
from fhir_rs.audit.verification import verify as first_break
from heart_ground.engines import BY_ANY_WAY
from heart_uma.jose import JoseError, KeySet
from operator_tools.servers import ResourceServer


def verify(servers: Iterable[ResourceServer]) -> int:
    """Prints one line for each server; 1 if any log does not hold, 2 if any cannot be read."""
    return max((_verify_one(server) for server in servers), default=2)


def _verify_one(server: ResourceServer) -> int:
    if server.key_file is None or server.base is None:
        raise ValueError("a log is verified with the keys and the base of its server")
    engine = db.make_engine(server.database, BY_ANY_WAY)
    try:
        keys = KeySet.load(server.key_file)
        broken = first_break(engine, keys, server.base, datetime.now(UTC))
    except (DatabaseError, JoseError) as problem:
        words = str(problem) if isinstance(problem, JoseError) else "no such log"
        print(f"{server.title}: cannot be read ({words})", file=sys.stderr)
        return 2
    finally:
        engine.dispose()
    if broken is None:
        print(f"{server.title}: every entry holds")
        return 0
    print(f"{server.title}: entry {broken} was changed, removed or put in later", file=sys.stderr)
    return 1
