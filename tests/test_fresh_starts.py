"""Two workers of a service start at once on an empty PostgreSQL database, again and again.

`HEART_UMA_FRESH_STARTS` says how often; 20 of 20 is what an operator may expect.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import psycopg
import pytest

from bench import processes, servers
from demo import keys
from demo.environment import TARGETS, settings_of
from demo.layout import Layout
from tests.postgres import create_database, drop_database

TIMES = int(os.environ.get("HEART_UMA_FRESH_STARTS", "2"))
SERVICES = {"as": "AS_", "cedar": "RS_", "portal": "PORTAL_", "requester": "REQUESTER_"}
WORKERS = 2


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("service", SERVICES)
def test_two_workers_start_on_a_fresh_database(
    service: str, postgres_server: str, tmp_path: Path
) -> None:
    layout = Layout(port_base=servers.free_port_base(10), data_dir=tmp_path)
    _, secrets = keys.prepare(layout)
    settings = settings_of(service, layout, secrets)
    # A connection for each worker, so that connections are workers.
    chosen = {f"{SERVICES[service]}DATABASE_{name}": value
              for name, value in (("POOL", "1"), ("OVERFLOW", "0"))}  # fmt: skip
    for number in range(TIMES):
        url = create_database(postgres_server)
        folder = tmp_path / str(number)
        folder.mkdir()
        server = servers.launch(
            service,
            TARGETS[service],
            settings | chosen | {f"{SERVICES[service]}DATABASE_URL": url},
            port=layout.port(service),
            folder=folder,
            workers=WORKERS,
            threads=2,
        )
        with servers.running([server]):
            began = processes.family(server.process.pid)
            _wait_for_all(url)
            assert processes.family(server.process.pid) == began, "a worker was started anew"
        said = server.log.read_text("utf-8", "replace")
        assert not re.search(r"Traceback|Error|exited", said), said
        drop_database(url)


def _wait_for_all(url: str) -> None:
    """Each worker has come to the database and is done there for now."""
    until = time.monotonic() + 30
    idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state = 'idle'"
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        seen = 0
        while seen < 5:  # between two statements of its start a worker is idle for a moment
            found = connection.execute(idle, (name,)).fetchone()
            seen = seen + 1 if found == (WORKERS,) else 0
            assert time.monotonic() < until, found
            time.sleep(0.1)
