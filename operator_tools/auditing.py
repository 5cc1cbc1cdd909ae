"""`heart-uma audit verify`: check the hash chains of each resource server's disclosure log."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.exc import DatabaseError

from fhir_rs import db
from fhir_rs.verification.audit import verify as findings
from heart_ground.engines import BY_ANY_WAY
from heart_uma.jose import JoseError, KeySet
from operator_tools.servers import ResourceServer


def verify(servers: Iterable[ResourceServer]) -> int:
    """Prints a line for each server, or for each thing that is wrong in its log.

    1 if any log does not hold, 2 if any cannot be read.
    """
    return max((_verify_one(server) for server in servers), default=2)


def _verify_one(server: ResourceServer) -> int:
    if server.key_file is None or server.base is None:
        raise ValueError("a log is verified with the keys and the base of its server")
    engine = db.make_engine(server.database, BY_ANY_WAY)
    try:
        keys = KeySet.load(server.key_file)
        broken = findings(engine, keys, server.base, datetime.now(UTC))
    except (DatabaseError, JoseError) as problem:
        words = str(problem) if isinstance(problem, JoseError) else "no such log"
        print(f"{server.title}: cannot be read ({words})", file=sys.stderr)
        return 2
    finally:
        engine.dispose()
    if not broken:
        print(f"{server.title}: every entry holds")
    for finding in broken:
        print(f"{server.title}: {finding}", file=sys.stderr)
    return 1 if broken else 0
