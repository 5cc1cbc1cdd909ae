"""The databases as they were right after seeding, kept aside and put back by a reset.

SQLite's online backup writes through the open database, so a running demo needs no restart.
"""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from demo.layout import Layout
from demo.records.sources import SOURCES
from heart_ground.migrations import Migrations
from operator_tools.keys import write_private

_PACKAGES = {"as": "as_server", "portal": "patient_portal", "requester": "requester_app"}
DATABASES = ("as", *SOURCES, "portal", "requester")


def _kept(layout: Layout, service: str) -> Path:
    return layout.seed_file.with_name("seed") / f"{service}.sqlite3"


def save(layout: Layout, seed: dict[str, Any]) -> None:
    """Keep a copy of each database, then the seed file, whose presence says: complete."""
    _kept(layout, "as").parent.mkdir(mode=0o700, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: _save_one(layout, name), DATABASES))
    write_private(layout.seed_file, json.dumps(seed, indent=1))


def _save_one(layout: Layout, service: str) -> None:
    _copy(layout.database_file(service), _kept(layout, service))


def restore(layout: Layout) -> None:
    """Put every database back; the services may go on running."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: _restore_one(layout, name), DATABASES))


def _restore_one(layout: Layout, service: str) -> None:
    _copy(_kept(layout, service), layout.database_file(service))


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=10)) as read:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(target, timeout=10)) as write:
            read.backup(write)
    target.chmod(0o600)


def is_of_older_code(layout: Layout, service: str) -> bool:
    """True when a database was written before the newest migration of its service."""
    return _is_older(layout.database_file(service), service)


def keeps_older_code(layout: Layout) -> bool:
    """True when what a reset would put back was written before some service's newest migration."""
    return any(_is_older(_kept(layout, service), service) for service in DATABASES)


def _is_older(database: Path, service: str) -> bool:
    head = Migrations(_PACKAGES.get(service, "fhir_rs")).head
    with closing(sqlite3.connect(database, timeout=10)) as opened:
        try:
            row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return False  # nothing was written yet
    return row is not None and row[0] != head


def held(layout: Layout) -> dict[str, Any] | None:
    """What the seed file says, or None if the demo was never completely seeded."""
    try:
        found = json.loads(layout.seed_file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    complete = all(_kept(layout, service).exists() for service in DATABASES)
    return found if complete and isinstance(found, dict) else None


def forget(layout: Layout) -> None:
    """Remove every database, so that the next start seeds anew. Keys and secrets stay."""
    layout.seed_file.unlink(missing_ok=True)
    for service in DATABASES:
        for path in (layout.database_file(service), _kept(layout, service)):
            for ending in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + ending).unlink(missing_ok=True)


def create_empty(layout: Layout) -> None:
    """Each database, private and in WAL mode, before a service and an operator both open it.

    The switch to WAL fails at once if another connection is there; later it changes nothing.
    """
    for service in DATABASES:
        path = layout.database_file(service)
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=WAL")
        path.chmod(0o600)
