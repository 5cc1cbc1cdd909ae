"""Two PostgreSQL servers under Patroni and one etcd, on loopback, gone when their block ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.failover.configuration import configuration
from bench.postgres import binaries, run_as
from bench.servers import free_port

PATIENCE = 120.0
USER = "heart"
LEADS = ("master", "primary", "leader")
"""What Patroni calls it, from one version to the next."""


def missing() -> str | None:
    """What has to be installed first, in a sentence."""
    lacking = [name for name in ("patroni", "etcd") if shutil.which(name) is None]
    lacking += [] if binaries() else ["postgresql"]
    if not lacking:
        return None
    return f"Not installed: {', '.join(lacking)} (apt-get install patroni etcd-server postgresql)."


@dataclass
class Node:
    """One server and the Patroni that looks after it."""

    name: str
    folder: Path
    port: int
    rest: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, or come back as a standby."""
        command = [str(shutil.which("patroni")), str(self.folder / "patroni.yml")]
        with (self.folder / "patroni.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, user=run_as()
            )

    def state(self) -> dict[str, str]:
        """What Patroni says of it; nothing where it is not there."""
        with suppress(httpx.HTTPError, ValueError):
            found = httpx.get(f"http://127.0.0.1:{self.rest}/patroni", timeout=2, trust_env=False)
            return {key: str(value) for key, value in found.json().items()}
        return {}

    def kill(self) -> None:
        """As the power does it: Patroni first, so that nobody starts the server again."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None
        with suppress(OSError, ValueError):
            os.kill(int((self.folder / "data/postmaster.pid").read_text().split()[0]),
                    signal.SIGKILL)  # fmt: skip


@dataclass
class Pair:
    """The two of them; each change is on both disks before it is acknowledged."""

    etcd: subprocess.Popen[bytes]
    nodes: tuple[Node, Node]
    made: dict[str, str] = field(default_factory=dict)

    def primary(self) -> Node:
        """The one that takes changes, once there is one."""

        def leading() -> Node | None:
            return next((one for one in self.nodes if one.state().get("role") in LEADS), None)

        found: Node = _until(leading)
        return found

    def whole(self) -> None:
        """Return when the primary has a standby that confirms its changes."""
        _until(lambda: any("sync_standby" in one.state() for one in self.nodes))

    def url(self, service: str) -> str:
        """A database for `service`, made when first asked for, wherever the primary is."""
        if service not in self.made:
            name = f"heart_{service}"
            at = f"postgresql://{USER}@127.0.0.1:{self.primary().port}/postgres"
            with psycopg.connect(at, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
            hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in self.nodes)
            self.made[service] = (
                f"postgresql://{USER}@/{name}?{hosts}&target_session_attrs=read-write"
            )
        return self.made[service]


@contextmanager
def pair(folder: Path, ttl: int) -> Iterator[Pair]:
    """Both servers, replicating; whoever is killed inside is started again by its `start`."""
    os.chmod(folder, 0o755)
    client, peer = free_port(), free_port()
    etcd = _etcd(folder, client, peer)
    nodes = tuple(_node(folder, name, client, ttl) for name in ("one", "other"))
    both = Pair(etcd, (nodes[0], nodes[1]))
    try:
        for node in nodes:
            node.start()
        both.whole()
        yield both
    finally:
        for node in nodes:
            node.kill()
        etcd.terminate()
        etcd.wait(timeout=20)


def _node(folder: Path, name: str, etcd: int, ttl: int) -> Node:
    node = Node(name, folder / name, free_port(), free_port())
    node.folder.mkdir()
    wanted = configuration(node.name, node.folder, node.port, node.rest, etcd, ttl, binaries())
    (node.folder / "patroni.yml").write_text(json.dumps(wanted))  # JSON is YAML
    if (user := run_as()) is not None:
        os.chown(node.folder, user, -1)
    return node


def _etcd(folder: Path, client: int, peer: int) -> subprocess.Popen[bytes]:
    here, there = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    command = [str(shutil.which("etcd")), "--data-dir", str(folder / "etcd")]
    command += ["--listen-client-urls", here, "--advertise-client-urls", here]
    command += ["--listen-peer-urls", there, "--initial-advertise-peer-urls", there]
    command += ["--initial-cluster", f"default={there}", "--enable-v2"]
    with (folder / "etcd.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _until(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > until:
            raise RuntimeError("the pair is not whole; see patroni.log of each server")
        time.sleep(0.2)
    return found
