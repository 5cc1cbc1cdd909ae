"""Bodies that never come, or byte by byte, stop nobody: they hold no place to work (DOS-20)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from heart_uma.jose import KeySet

ROOT = Path(__file__).resolve().parents[2]
STALLED = 16
HEAD = (
    b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """An authorization server as `heart-uma serve` runs it, with nothing before it."""
    folder, port = tmp_path_factory.mktemp("bare"), _free_port()
    KeySet.generate("RS256").save(folder / "keys.json")
    given = {
        "AS_KEY_FILE": str(folder / "keys.json"),
        "AS_DATABASE_URL": f"sqlite:///{folder}/as.db",
        "AS_SECRET": "x7Gh29sKqpLmZ04vTwYrB8nCdE5fAjUi3oQ1",
        "AS_ISSUER": f"http://localhost:{port}",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "demo.command", "serve", "as", "--port", str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, **given}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    origin = f"http://localhost:{port}"
    try:
        for _ in range(300):
            with suppress(httpx.HTTPError):
                if httpx.get(f"{origin}/healthz", timeout=1).status_code == 200:
                    break
            assert process.poll() is None
            time.sleep(0.1)
        yield origin, port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.mark.slow
@pytest.mark.fault("A4")
@pytest.mark.attack("DOS-20")
def test_clients_that_stall_stop_nobody(bare: tuple[str, int]) -> None:
    origin, port = bare
    stalled = [socket.create_connection(("localhost", port)) for _ in range(STALLED)]
    for one in stalled:
        one.sendall(HEAD + b"g")
    answered = []
    with httpx.Client(timeout=5) as http:
        for _ in range(3):
            with suppress(httpx.HTTPError):
                answered.append(http.get(f"{origin}/healthz").status_code)
            with suppress(httpx.HTTPError):
                answered.append(http.post(f"{origin}/token", data={"a": "b"}).status_code)
    for one in stalled:
        one.close()
    assert answered == [200, 400] * 3
