"""pgbouncer before a PostgreSQL server, gone when its block ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.postgres import run_as
from bench.servers import free_port

TRANSACTIONS = """\
[databases]
* = host=127.0.0.1 port={server} user=heart
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
server_round_robin = 1
"""
"""`server_round_robin`: two transactions of one client seldom meet the same connection, so that
what one leaves behind is missed by the next."""
START_SECONDS = 10.0


def binary() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pooler(server_url: str) -> Iterator[str]:
    """One in transaction mode, for every database of the server; its URL without a name of one."""
    port = free_port()
    server = server_url.rpartition(":")[2]
    with running({"pgbouncer.ini": TRANSACTIONS.format(server=server, port=port)}, port):
        yield f"postgresql://heart@127.0.0.1:{port}"


@contextmanager
def running(files: Mapping[str, str], port: int) -> Iterator[None]:
    """pgbouncer in a folder with `files`, of which one is its `pgbouncer.ini`."""
    with tempfile.TemporaryDirectory(prefix="heart-uma-pooler-") as home:
        for name, text in files.items():
            Path(home, name).write_text(text)
        command, user = [str(binary()), "pgbouncer.ini"], run_as()
        if user is not None:  # like PostgreSQL it refuses root
            for path in (home, *(f"{home}/{name}" for name in files)):
                os.chown(path, user, -1)
        with open(f"{home}/log", "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, user=user)
            try:
                _wait(port, process)
                yield
            finally:
                process.terminate()
                process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Its own database is there as soon as it is."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, dbname="pgbouncer", user="nobody").close()
        except psycopg.OperationalError as error:
            if "refused" in str(error):
                assert process.poll() is None and time.monotonic() < deadline, str(error)
                time.sleep(0.05)
                continue
        return
