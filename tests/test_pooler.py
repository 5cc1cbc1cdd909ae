"""Everything works behind a pooler that gives each transaction another connection.

The flows run with one connection for each process of a service and few behind the pooler: whatever
a transaction leaves behind on its connection, or asks of a second one meanwhile, fails here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from heart_ground.engines import Connections, make_engine
from tests import pooler, postgres

ROOT = Path(__file__).resolve().parent.parent
PREFIXES = ("AS_", "RS_", "PORTAL_", "REQUESTER_")
CALLERS = "tests/as_server/endpoints/test_introspection.py::TestCallers"
"""Whoever proves with a key who asks, which is written down, and is then told something."""
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(pooler.binary() is None, reason="no pgbouncer is installed"),
]


@pytest.fixture
def pooled(postgres_server: str) -> Iterator[str]:
    with pooler.pooler(postgres_server) as url:
        yield url


def _in_turns(url: str, *, prepare: bool) -> None:
    """Two processes of one service, whose transactions meet on the connections of the pooler."""
    one, other = (make_engine(url, Connections(prepare=prepare)) for _ in range(2))
    try:
        for _ in range(20):
            for engine in (one, other):
                with engine.begin() as connection:
                    connection.execute(text("SELECT 1"))
    finally:
        one.dispose()
        other.dispose()


def test_prepared_statements_are_what_a_pooler_does_not_keep(pooled: str) -> None:
    url = postgres.create_database(pooled)
    with pytest.raises(ProgrammingError, match=r"prepared statement \S+ already exists"):
        _in_turns(url, prepare=True)
    _in_turns(url, prepare=False)


@pytest.mark.slow
def test_the_flows_pass_through_a_pooler(pooled: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    settings = {"URL": f"{pooled}/any", "PREPARE": "false", "POOL": "1", "OVERFLOW": "0"}
    chosen = {f"{prefix}DATABASE_{name}": value
              for prefix in PREFIXES for name, value in settings.items()}  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-m", "not postgres", "tests/flows", CALLERS],
        cwd=ROOT,
        env={**inherited, **chosen},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
