"""`heart-uma demo`: one clear sentence when it cannot go on, and no process left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from demo import launcher, processes, snapshot
from demo.command import main
from demo.launcher import _is_seeded
from demo.layout import Layout, default_data_dir
from demo.processes import LaunchError
from tests.demo.conftest import ROOT, Launch, free_port_base

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


def _group(pid: int) -> list[int]:
    """Every process whose group leader is `pid`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[2]) == pid:
            found.append(int(entry.parent.name))
    return found


def _children(pid: int) -> list[int]:
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(word) for word in out.stdout.split()]


def _all_gone(pids: list[int], seconds: float = 6) -> bool:
    deadline = time.monotonic() + seconds
    while any(_group(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    base = free_port_base()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 3))
        taken.listen()
        launch = Launch.start(base, tmp_path)
        assert launch.wait_end() == 1
    assert launch.lines == [
        f"Port {base + 3} is in use, and Clinic app needs it. "
        "Stop what uses it, or choose other ports, such as --port-base 9700."
    ]


def test_a_data_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    launch = Launch.start(free_port_base(), tmp_path / "file" / "demo")
    assert launch.wait_end() == 1
    assert len(launch.lines) == 1
    assert launch.said.endswith("choose another --data-dir.")


def test_a_port_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    launch = Launch.start(65533, tmp_path)
    assert launch.wait_end() == 1
    assert launch.lines == ["Port 65538 does not exist; choose a lower --port-base."]


def test_an_old_python_is_one_sentence() -> None:
    script = (
        "import sys, runpy; sys.version_info = (3, 10, 4); sys.version = '3.10.4 (main)';"
        "runpy.run_module('demo.command', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "heart-uma needs Python 3.11 or newer; this is 3.10.4.\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name in ("demo", "reset", "import", "link", "account", "audit", "serve", "keys", "test"):
        assert f"\n    {name} " in shown


def test_a_child_that_dies_is_named_with_its_last_words(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AS_")}
    child = processes.start(
        "as", "Sharing service", free_port_base(), tmp_path / "log", environment
    )
    with pytest.raises(processes.LaunchError) as problem:
        processes.wait_ready([child])
    processes.stop([child])
    assert str(problem.value).startswith("Sharing service stopped (exit code ")
    assert "secret" in str(problem.value)


def test_what_stops_at_once_again_ends_the_demo(tmp_path: Path) -> None:
    def start(service: str, *, again: bool = True) -> processes.Child:
        environment = {name: value for name, value in os.environ.items() if name[:3] != "AS_"}
        log = tmp_path / "log"
        return processes.start(service, "Sharing service", port, log, environment, again=again)

    port = free_port_base()
    children = [start("as", again=False)]
    with pytest.raises(processes.LaunchError, match="Sharing service stopped"):
        launcher._watch(children, threading.Event(), start)


@pytest.mark.fault("C17")
def test_a_service_that_stops_is_started_again(running_demo: Launch) -> None:
    """One source can be shown down without the end of the whole demo."""
    home = running_demo.address(6)
    port = home.rpartition(":")[2]
    (victim,) = [
        pid
        for pid in _children(running_demo.process.pid)
        if f"--port\0{port}\0" in Path(f"/proc/{pid}/cmdline").read_text()
    ]
    os.kill(victim, signal.SIGTERM)
    deadline = time.monotonic() + 40
    while "was started again" not in running_demo.said or not _answers(f"{home}/readyz"):
        assert running_demo.process.poll() is None, running_demo.said
        assert time.monotonic() < deadline, running_demo.said
        time.sleep(0.1)
    assert "Home devices stopped (exit code 0). It was started again." in running_demo.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_stopping_leaves_no_process_behind(running_demo: Launch, number: signal.Signals) -> None:
    """And the next start of the seeded demo is ready in ten seconds of a machine to itself."""
    children = _children(running_demo.process.pid)
    assert len(children) == 7
    assert running_demo.stop(number) == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    assert _all_gone(children)
    began = time.monotonic()
    running_demo.restart()
    crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert time.monotonic() - began < 10 * crowd
    assert "First start" not in running_demo.said


def test_other_ports_never_cost_what_is_there(tmp_path: Path) -> None:
    layout = Layout(9300, tmp_path)
    snapshot.create_empty(layout)
    snapshot.save(layout, {"port_base": 8400, "day": "2026-01-01"})
    with pytest.raises(LaunchError, match="--port-base 8400"):
        _is_seeded(layout, reset=False)
    assert _is_seeded(layout, reset=True) is False
    assert default_data_dir(8400) != default_data_dir(9400)
