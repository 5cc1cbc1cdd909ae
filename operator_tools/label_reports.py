"""`heart-uma labels`: what patients report about the topics of their records, and its answers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.exc import DatabaseError

from fhir_rs import db
from fhir_rs.audit.event import Site
from fhir_rs.audit.log import AuditLog
from fhir_rs.models import label_report
from fhir_rs.writes.label_answers import Answer, give
from heart_ground.engines import BY_ANY_WAY
from heart_ground.migrations import SchemaError, migrate
from heart_uma.jose import JoseError, KeySet
from heart_uma.topics import TOPIC_BY_CODE
from operator_tools.servers import ResourceServer


def reports(servers: Iterable[ResourceServer]) -> int:
    """Print a line for each report that waits, the oldest first."""
    return max((_reports_of(server) for server in servers), default=0)


def _reports_of(server: ResourceServer) -> int:
    engine = db.make_engine(server.database, BY_ANY_WAY)
    try:
        migrate(engine, "fhir_rs")
        with db.reading(engine) as connection:
            waiting = label_report.all_waiting(connection)
    except (DatabaseError, SchemaError) as problem:
        return _failed(server, problem)
    finally:
        engine.dispose()
    if not waiting:
        print(f"{server.title}: no report waits")
    for one in waiting:
        day = datetime.fromtimestamp(one.at / 1_000_000, UTC).date().isoformat()
        topic = TOPIC_BY_CODE[one.topic]
        reason = one.reason or "no reason given"
        print(f"{server.title}: {one.record} {one.number} {day} {one.address}: "
              f"take off {topic.code} ({topic.name})? {_plain(reason)}")  # fmt: skip
    return 0


def answer(server: ResourceServer, given: Answer) -> int:
    """Answer one report; 1 where it does not wait."""
    if server.key_file is None or server.base is None:
        raise ValueError("an answer is an entry of the audit: it takes the keys and the base")
    engine = db.make_engine(server.database, BY_ANY_WAY)
    try:
        migrate(engine, "fhir_rs")
        keys = KeySet.load(server.key_file)
        log = AuditLog(engine, keys, server.base, _now)
        site = Site(server.base, server.title)
        done = give(engine, log, site, given, _now())
    except (DatabaseError, SchemaError, JoseError) as problem:
        return _failed(server, problem)
    finally:
        engine.dispose()
    words = ("taken off" if given.accepted else "declined") if done else "no such report waits"
    print(f"{server.title}: {given.record} {given.number}: {words}")
    return 0 if done else 1


def _now() -> datetime:
    return datetime.now(UTC)


def _plain(text: str) -> str:
    """What a patient wrote, as one line that a terminal takes for nothing else."""
    return "".join(c if c.isprintable() else " " for c in text)


def _failed(server: ResourceServer, problem: Exception) -> int:
    words = "no such database" if isinstance(problem, DatabaseError) else str(problem)
    print(f"{server.title}: cannot be read ({words})", file=sys.stderr)
    return 2
