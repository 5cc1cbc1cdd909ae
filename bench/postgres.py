"""A private PostgreSQL server on a free port, gone when its block ends; tests and benchmarks."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

START_SECONDS = 20.0
ROOM = 2 * 1024**3


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def server(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Run a server on a fresh data folder; yield its URL without a database name.

    `folder` gets its log. Without `durable` nothing waits for the disk: right for tests only.
    """
    found = binaries()
    if found is None:
        raise RuntimeError("no PostgreSQL is installed")
    user = run_as()
    place = None if durable else _in_memory()
    with tempfile.TemporaryDirectory(
        prefix="heart-uma-pg-", dir=place, ignore_cleanup_errors=True
    ) as home:
        if user is not None:
            os.chown(home, user, -1)
        _make_cluster(found, home, user)
        port = _free_port()
        command = [str(found / "postgres"), "-D", f"{home}/data", "-p", str(port)]
        command += ["-h", "127.0.0.1", "-k", home, "-c", "max_connections=300"]
        command += [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        with (folder / "postgres.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, user=user)
            try:
                _wait(found, port)
                yield f"postgresql://heart@127.0.0.1:{port}"
            finally:
                process.send_signal(signal.SIGINT)  # fast: clients that linger are cut off
                process.wait(timeout=20)


def create_database(server_url: str, prefix: str = "heart") -> str:
    """A fresh, empty database on the server; its URL."""
    name = f"{prefix}_{secrets.token_hex(6)}"
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"{server_url}/{name}"


def drop_database(url: str) -> None:
    """Take a database away, whoever is still connected to it."""
    server_url, _, name = url.rpartition("/")
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _in_memory() -> str | None:
    """A folder in memory: hundreds of databases come and go, and no disk should notice."""
    folder = "/dev/shm"
    roomy = os.path.isdir(folder) and os.access(folder, os.W_OK)
    return folder if roomy and shutil.disk_usage(folder).free > ROOM else None


def _make_cluster(found: Path, home: str, user: int | None) -> None:
    command = [str(found / "initdb"), "-D", f"{home}/data", "-U", "heart", "-A", "trust"]
    command += ["-E", "UTF8", "--locale=C", "-N"]
    subprocess.run(command, check=True, capture_output=True, cwd=home, user=user)


def _wait(found: Path, port: int) -> None:
    command = [str(found / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            raise RuntimeError("the private PostgreSQL did not start; see postgres.log")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_as() -> int | None:
    """The user to start PostgreSQL as where this is root, whom it refuses: `postgres`, `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return None
