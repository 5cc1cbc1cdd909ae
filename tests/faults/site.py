"""The AS and one resource server as real processes with workers, and their enemies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from demo import keys
from demo.environment import environment
from demo.layout import Layout
from tests.wire import Stranger

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"as": "as", "cedar": "rs"}


@dataclass
class Site:
    """`heart-uma serve` for each of `services`, on data that was seeded for it."""

    layout: Layout
    workers: int = 2
    inside: Sequence[str] = ()
    """A command that the servers are started by."""
    settings: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, service: str) -> None:
        port = str(self.layout.port(service))
        command = [*self.inside, sys.executable, "-m", "demo.command", "serve", KINDS[service]]
        command += ["--port", port, "--workers", str(self.workers)]
        _, secrets = keys.prepare(self.layout)
        given = environment(service, self.layout, secrets, os.environ) | self.settings
        with self.log(service).open("ab") as output:
            self.processes[service] = subprocess.Popen(
                command, env=given, cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def log(self, service: str) -> Path:
        return self.layout.log_file(service)

    def wait(self, service: str, seconds: float = 30) -> float:
        """Seconds until it answers (again)."""
        began = time.monotonic()
        while not self.answers(service):
            assert time.monotonic() - began < seconds, self.log(service).read_text()[-3000:]
            time.sleep(0.05)
        return time.monotonic() - began

    def answers(self, service: str) -> bool:
        try:
            return httpx.get(f"{self.layout.origin(service)}/healthz", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    def worker_pids(self, service: str) -> list[int]:
        """Every process below the server's own, in its session."""
        session, found = self.processes[service].pid, []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != session:
                try:
                    stat = (entry / "stat").read_text().rpartition(")")[2].split()
                    command = (entry / "cmdline").read_text()
                except OSError:
                    continue
                if int(stat[3]) == session and "resource_tracker" not in command:
                    found.append(int(entry.name))
        return sorted(found)

    def kill(self, service: str) -> None:
        """kill -9 of the whole service: nothing is said goodbye to."""
        process = self.processes[service]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for process in self.processes.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait(10)

    def stranger(self) -> Stranger:
        found = Stranger(lambda: httpx.Client(timeout=10, trust_env=False), self.layout.issuer)
        found.register()
        return found


@contextmanager
def running(site: Site, *services: str) -> Iterator[Site]:
    try:
        for service in services:
            site.start(service)
        for service in services:
            site.wait(service)
        yield site
    finally:
        site.stop()
