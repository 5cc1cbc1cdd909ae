"""What the kernel says of a server: its processes, the CPU time they used, the memory they hold.

All of it is read from `/proc` (proc(5)); where there is none, nothing is measured and the report
says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

PROC = Path("/proc")
# Places in /proc/PID/stat, counted from the state, which follows the name in parentheses.
_PARENT = 1
_TIMES = slice(11, 15)

CpuTimes = Mapping[str, float]
"""A name for each group of processes, and the seconds of user and system time it used so far."""


def readable(proc: Path = PROC) -> bool:
    """Is there a /proc here that tells CPU times?"""
    return _fields(proc, "self") is not None


def family(root: int, proc: Path = PROC) -> list[int]:
    """The process `root`, its children, theirs, and so on.

    The list `task/TID/children` is an option that kernels are built without, so the parent that
    every process names is what counts.
    """
    children: dict[int, list[int]] = {}
    for folder in proc.glob("[0-9]*"):
        fields = _fields(proc, folder.name)
        if fields is not None:
            children.setdefault(int(fields[_PARENT]), []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += sorted(children.get(pid, ()))
    return found


def cpu_seconds(pids: Iterable[int], proc: Path = PROC) -> float:
    """User and system time of these processes, all their threads, and the children they outlived.

    A process that ended counts nothing of its own: its time is its parent's now.
    """
    ticks = 0
    for pid in pids:
        fields = _fields(proc, str(pid))
        ticks += sum(map(int, fields[_TIMES])) if fields is not None else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def cpu_times(watched: Mapping[str, Iterable[int]], proc: Path = PROC) -> dict[str, float]:
    """`cpu_seconds` of each group of processes; empty where there is no /proc."""
    if not readable(proc):
        return {}
    return {name: cpu_seconds(pids, proc) for name, pids in watched.items()}


def per_operation(first: CpuTimes, last: CpuTimes, operations: int) -> dict[str, float]:
    """Microseconds of CPU that each group used for one operation; empty if there was none."""
    if operations <= 0:
        return {}
    return {name: (last[name] - first[name]) * 1e6 / operations for name in first}


def resident_mb(pid: int, proc: Path = PROC) -> float:
    """Resident memory of one process, in MB."""
    try:
        lines = (proc / str(pid) / "status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0.0
    kib = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), "0")
    return int(kib) / 1024


def _fields(proc: Path, pid: str) -> list[str] | None:
    """What follows the name in `stat`; the name itself may hold spaces and parentheses."""
    try:
        text = (proc / pid / "stat").read_text("ascii", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields if len(fields) >= _TIMES.stop else None
