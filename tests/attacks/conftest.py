"""The victims: an authorization server with two people, one with its UMA half, Alice's world.

`unharmed` is what holds after every case (U1, U2, U7); `dump` is the database as insiders see it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from as_server.settings import AsSettings
from tests.as_server.conftest import (
    alice,
    app,
    as_app,
    as_settings,
    bob,
    public_app,
    server_keys,
    uma,
)
from tests.conftest import Clock
from tests.flows.conftest import seeded_folder
from tests.world import World, copy_of

__all__ = ["alice", "app", "as_app", "as_settings", "bob", "public_app", "server_keys", "uma"]

INTERNALS = re.compile(r"Traceback|sqlite|psycopg|SELECT |/work/|\.py\b|[Ww]erkzeug|[Aa]uthlib")
# A refusal may count and may note what was spent; everything else has to stay as it was.
NOTES = frozenset({"used_jti", "audit_entry", "browser_session", "authorization_request"})

folder_of_alice = seeded_folder


@pytest.fixture
def world(seeded_folder: Path, tmp_path: Path, clock: Clock) -> World:
    """Alice's world; this test may change everything."""
    return World(copy_of(seeded_folder, tmp_path / "world"), clock)


@pytest.fixture(scope="module")
def quiet_world(seeded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice's world for attacks that leave nothing behind."""
    return World(copy_of(seeded_folder, tmp_path_factory.mktemp("quiet") / "world"))


def unharmed(answer: Any) -> Any:
    """U1, U2 and U7 of the catalogue, for an answer of a test client or of httpx."""
    assert answer.status_code < 500, answer.text
    assert not INTERNALS.search(answer.text), answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].split(";")[0] in ("application/json", "text/html")
    return answer


def refused(answer: Any, status: int | Iterable[int], error: str | None = None) -> Any:
    """An unharmed answer with this status and, if given, this error code."""
    allowed = {status} if isinstance(status, int) else set(status)
    unharmed(answer)
    assert answer.status_code in allowed, (answer.status_code, answer.text)
    if error is not None:
        body = answer.json() if callable(answer.json) else answer.json
        assert body["error"] == error, answer.text
    return answer


def dump(settings: AsSettings, but: Iterable[str] = NOTES) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the authorization server's SQLite file, table by table."""
    path = settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr)
            for table in tables
            if table not in but
        }
