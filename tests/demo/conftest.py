"""The whole demo as real processes, started once for the tests that need the wire."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.wire import Stranger

ROOT = Path(__file__).resolve().parents[2]


def free_port_base() -> int:
    """Seven free ports in a row, from a place that differs for each test process."""
    for base in range(20000 + os.getpid() % 300 * 40, 45000, 10):
        probes: list[socket.socket] = []
        try:
            for port in range(base, base + 7):
                probes.append(socket.socket())
                probes[-1].bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    raise RuntimeError("no seven free ports in a row")


@dataclass
class Launch:
    """One `heart-uma demo` process and what it printed."""

    port_base: int
    data_dir: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, port_base: int, data_dir: Path, *options: str) -> Launch:
        command = [sys.executable, "-m", "demo.command", "demo", "--no-browser"]
        command += ["--port-base", str(port_base), "--data-dir", str(data_dir), *options]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        launch = cls(port_base, data_dir, process)
        threading.Thread(target=launch._read, daemon=True).start()
        return launch

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def wait_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while "is ready" not in self.said or "Ctrl-C" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def wait_end(self, seconds: float = 15) -> int:
        code = self.process.wait(seconds)
        time.sleep(0.05)
        return code

    def restart(self) -> None:
        """Start again on the same data, for the tests that come after."""
        again = Launch.start(self.port_base, self.data_dir)
        self.process, self.lines = again.process, again.lines
        self.wait_ready()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait_end()

    def address(self, offset: int) -> str:
        return f"http://localhost:{self.port_base + offset}"

    def stranger(self) -> Stranger:
        """A client that nobody knew before, registered at the sharing service."""
        found = Stranger(lambda: httpx.Client(timeout=30, trust_env=False), self.address(0))
        found.register()
        return found

    def cast(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(self.address(4) + "/cast.json").json()
        return found

    def put_back(self) -> None:
        """Undo what a test did, by the form of the stage, for the tests that come after."""
        with httpx.Client(trust_env=False) as http:
            page = http.get(self.address(4) + "/reset").text
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert token is not None
            form = {"csrf_token": token[1], "confirm": "yes"}
            assert http.post(self.address(4) + "/reset", data=form).status_code == 303
