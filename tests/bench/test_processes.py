"""CPU time and memory are read as the kernel writes them, of a server and of all its workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench import processes

TICK = os.sysconf("SC_CLK_TCK")


def put(proc: Path, pid: int, parent: int, times: tuple[int, int, int, int], name: str) -> None:
    """A stat line of proc(5): pid, name, state, parent, 9 more, then the four CPU times."""
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    tail = " ".join(map(str, (parent, *range(9), *times, 20, 0, 1)))
    (folder / "stat").write_text(f"{pid} ({name}) S {tail}\n")
    (folder / "status").write_text(f"Name:\t{name}\nVmRSS:\t{pid * 1024} kB\n")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A granian (10) with two workers (12, 11), one of which has a child (20); and a stranger."""
    put(tmp_path, 10, 1, (1 * TICK, 0, 0, 0), "python")
    put(tmp_path, 12, 10, (2 * TICK, 1 * TICK, 0, 0), "a (worker) 7 8")
    put(tmp_path, 11, 10, (4 * TICK, 0, 0, 0), "worker")
    put(tmp_path, 20, 11, (0, 8 * TICK, 0, 0), ") R 1 1")
    put(tmp_path, 99, 1, (1000 * TICK, 0, 0, 0), "python")
    (tmp_path / "self").symlink_to(tmp_path / "10")
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB\n")
    return tmp_path


def test_a_family_is_all_that_descends_from_a_process(proc: Path) -> None:
    assert processes.family(10, proc) == [10, 11, 12, 20]
    assert processes.family(12, proc) == [12]


def test_user_and_system_time_of_all_of_them_is_added(proc: Path) -> None:
    assert processes.cpu_seconds([10, 11, 12, 20], proc) == 16.0
    found = processes.cpu_times({"one": [10], "workers": [11, 12]}, proc)
    assert found == {"one": 1.0, "workers": 7.0}


def test_the_time_of_a_child_that_ended_is_its_parents(proc: Path) -> None:
    before = processes.cpu_seconds([10, 12], proc)
    (proc / "12" / "stat").unlink()
    put(proc, 10, 1, (1 * TICK, 0, 2 * TICK, 1 * TICK), "python")
    assert processes.cpu_seconds([10, 12], proc) == before


def test_microseconds_for_an_operation() -> None:
    first, last = {"as": 1.0, "rs": 2.0}, {"as": 1.5, "rs": 2.1}
    found = processes.per_operation(first, last, 1000)
    assert found == {"as": pytest.approx(500), "rs": pytest.approx(100)}
    assert processes.per_operation(first, last, 0) == {}


def test_memory_is_read_in_mb(proc: Path) -> None:
    assert processes.resident_mb(11, proc) == 11.0
    assert processes.resident_mb(13, proc) == 0.0


def test_without_proc_nothing_is_measured(tmp_path: Path) -> None:
    assert not processes.readable(tmp_path / "none")
    assert processes.cpu_times({"one": [10]}, tmp_path / "none") == {}


def test_a_proc_that_tells_something_else_is_none(tmp_path: Path) -> None:
    put(tmp_path, 10, 1, (1, 1, 1, 1), "python")
    (tmp_path / "self").symlink_to(tmp_path / "10")
    assert processes.readable(tmp_path)
    (tmp_path / "10" / "stat").write_text("10 (python) S 1\n")
    assert not processes.readable(tmp_path)
