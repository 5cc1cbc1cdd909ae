"""Starting, watching and stopping the demo's child processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 30.0
STOP_SECONDS = 5.0
THREADS = {"as": 8, "portal": 8, "requester": 8, "stage": 2}


class LaunchError(Exception):
    """The demo cannot start or go on: one sentence for the person who typed the command."""


@dataclass
class Child:
    """One running service; it leads a session of its own, so a signal reaches its workers too."""

    service: str
    title: str
    origin: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def dead(self) -> bool:
        return self.process.poll() is not None

    def obituary(self) -> str:
        words = "\n".join(f"    {line}" for line in self.last_words())
        return (
            f"{self.title} stopped (exit code {self.process.returncode}). "
            f"The last lines of {self.log}:\n{words}"
        )

    def last_words(self, count: int = 12) -> list[str]:
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return text.splitlines()[-count:]


def require_free_port(port: int, title: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError:
            raise LaunchError(f"Port {port} does not exist; choose a lower --port-base.") from None
        except PermissionError:
            raise LaunchError(
                f"Port {port} is reserved for the system; choose another --port-base."
            ) from None
        except OSError:
            raise LaunchError(
                f"Port {port} is in use, and {title} needs it. "
                "Stop what uses it, or choose other ports, such as --port-base 9700."
            ) from None


def start(
    service: str,
    title: str,
    port: int,
    log: Path,
    environment: Mapping[str, str],
    *,
    again: bool = False,
) -> Child:
    """`python -m demo.command serve SERVICE`, with its output in `log`, after what is there if
    it is started `again`. Services are the demo's own, which the stage hears (demo.capture)."""
    kind = "stage" if service == "stage" else f"demo-{service if service in THREADS else 'rs'}"
    command = [sys.executable, "-m", "demo.command", "serve", kind, "--port", str(port)]
    command += ["--threads", str(THREADS.get(service, 8)), "--with-parent"]
    root = str(Path(__file__).resolve().parent.parent)
    found = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH", "")]))
    with log.open("ab" if again else "wb") as output:
        process = subprocess.Popen(
            command,
            env={**environment, "PYTHONPATH": found, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(service, title, f"http://localhost:{port}", log, process)


def wait_ready(children: Iterable[Child], path: str = "/readyz") -> None:
    """Return when every child answers 200 at `path`; a dead or mute one is a LaunchError."""
    waiting, deadline = list(children), time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2, trust_env=False) as http:
        while waiting:
            for child in waiting:
                if child.dead:
                    raise LaunchError(child.obituary())
            waiting = [child for child in waiting if not _answers(http, child.origin + path)]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(child.title for child in waiting)
                logs = ", ".join(str(child.log) for child in waiting)
                raise LaunchError(f"{names} did not become ready; see {logs}.")
            time.sleep(0.03 if waiting else 0)


def _answers(http: httpx.Client, address: str) -> bool:
    try:
        return http.get(address).status_code == 200
    except httpx.HTTPError:
        return False


def bury(child: Child) -> None:
    """End what a dead service left behind: a worker of its group may still hold the port."""
    _signal(child, signal.SIGKILL)


def stop(children: Iterable[Child]) -> None:
    """SIGTERM to all at once, then SIGKILL to whoever is left; the whole process group each."""
    alive = [child for child in children if not child.dead]
    for child in alive:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for child in alive:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.process.wait()
        # A worker that outlived its parent is still in the group.
        _signal(child, signal.SIGKILL)


def _signal(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
