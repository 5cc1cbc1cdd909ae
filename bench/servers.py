"""Real granian processes on this machine, started as the container image starts them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx

import demo
from bench import processes
from heart_ground.front import READERS

START_SECONDS = 30.0
STOP_SECONDS = 5.0
PREFIXES = ("AS_", "RS_", "PORTAL_", "REQUESTER_", "STAGE_")


class ServerError(Exception):
    """A server did not start: one sentence and its last words."""


@dataclass
class Server:
    """A running server: its name, where it listens, and how long it took to be ready."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    ready_after: float = 0.0

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def resident_mb(self) -> list[float]:
        """Resident memory of each process: granian's own, then its workers (Linux only)."""
        return [processes.resident_mb(pid) for pid in processes.family(self.process.pid)]


def watched(servers: Sequence[Server]) -> dict[str, list[int]]:
    """The processes whose CPU time counts for each server, by its name."""
    return {server.name: processes.family(server.process.pid) for server in servers}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_port_base(count: int) -> int:
    """A port that is free, and the `count` - 1 behind it too.

    Below those that Linux gives to calls on their way out (32768): one of them would be taken.
    """
    dice = Random()
    while True:
        base = dice.randrange(20_000, 32_000, 10)
        with ExitStack() as held:
            try:
                for port in range(base, base + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return base


def launch(
    name: str,
    target: str,
    settings: Mapping[str, str],
    *,
    port: int,
    folder: Path,
    workers: int,
    threads: int,
) -> Server:
    """granian with `target` (an app factory) and nothing but `settings` of ours around it.

    It serves the checkout that this process has its own code from, and starts in `folder`: a
    `python -m` looks for code where it starts before it looks anywhere else.
    """
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", target]
    command += ["--host", "127.0.0.1", "--port", str(port), "--http", "1", "--no-ws"]
    command += ["--workers", str(workers), "--blocking-threads", str(threads + _readers())]
    command += ["--workers-kill-timeout", "3"]
    log = folder / f"{name}.log"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIXES)}
    root = str(code_under_test())
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**kept, **settings, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    return Server(name, port, process, log)


def _readers() -> int:
    """Threads that wait for bodies: only where the code under test has such."""
    return READERS if (code_under_test() / "heart_ground" / "front.py").exists() else 0


def code_under_test() -> Path:
    """The checkout whose services, importer and demo this process uses."""
    assert demo.__file__ is not None
    return Path(demo.__file__).resolve().parent.parent


def wait(servers: Sequence[Server], path: str = "/healthz") -> None:
    """Return when all answer 200 at `path`; say which one does not."""
    began, waiting = time.monotonic(), list(servers)
    with httpx.Client(timeout=2, trust_env=False) as http:
        while waiting:
            for server in waiting:
                if server.process.poll() is not None or time.monotonic() - began > START_SECONDS:
                    words = server.log.read_text("utf-8", "replace").splitlines()[-15:]
                    raise ServerError(f"{server.name} did not start:\n" + "\n".join(words))
            for server in [one for one in waiting if _answers(http, one.origin + path)]:
                server.ready_after = time.monotonic() - began
                waiting.remove(server)
            time.sleep(0.02)


def _answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def stop(servers: Sequence[Server]) -> None:
    """SIGTERM, then SIGKILL to whatever is left of each process group."""
    for server in servers:
        _signal(server, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for server in servers:
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(max(0.1, deadline - time.monotonic()))
        _signal(server, signal.SIGKILL)
        server.process.wait()


def _signal(server: Server, number: signal.Signals) -> None:
    try:
        os.killpg(server.process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


@contextmanager
def running(servers: Sequence[Server], path: str = "/healthz") -> Iterator[None]:
    """Wait for `servers`, lend them to the block, stop them whatever happens."""
    try:
        wait(servers, path)
        yield
    finally:
        stop(servers)
