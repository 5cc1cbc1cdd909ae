"""A private PostgreSQL server for the tests: found, or installed, and started on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def find_or_install() -> Path | None:
    """Like `binaries`, after trying Debian's package when root."""
    if found := binaries():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("No PostgreSQL found; installing Debian's for the tests ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "postgresql"]):
            subprocess.run(["apt-get", *command], capture_output=True, env=environment)
    return binaries()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _drop_root() -> dict[str, int]:
    """PostgreSQL refuses to run as root: run it as `postgres`, else as `nobody`."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid}
    return {}


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server on a fresh data folder; yield its URL without a database name."""
    bin_folder = binaries()
    if bin_folder is None:
        raise RuntimeError("no PostgreSQL is installed")
    identity = _drop_root()
    with tempfile.TemporaryDirectory(prefix="heart-uma-pg-", ignore_cleanup_errors=True) as home:
        if identity:
            os.chown(home, identity["user"], identity["group"])
        data, port = f"{home}/data", _free_port()
        subprocess.run(
            [bin_folder / "initdb", "-D", data, "-U", "heart", "-A", "trust", "-E", "UTF8", "-N"],
            check=True,
            capture_output=True,
            cwd=home,
            **identity,
        )
        log = (folder / "postgres.log").open("wb")
        process = subprocess.Popen(
            [bin_folder / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", home],
            stdout=log,
            stderr=log,
            cwd=home,
            **identity,
        )
        try:
            for _ in range(200):
                ready = subprocess.run(
                    [bin_folder / "pg_isready", "-h", "127.0.0.1", "-p", str(port)],
                    capture_output=True,
                )
                if ready.returncode == 0:
                    break
                time.sleep(0.05)
            yield f"postgresql://heart@127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)
            log.close()
