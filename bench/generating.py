"""Carrying out a plan: the generator is started as a process of its own, so it shares no lock."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.plan import MOST_SECONDS, Plan

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """What a plan came to: walks a second, times in milliseconds, and what went wrong.

    `longest` is the longest wait for one answer, in milliseconds, also for one that did not come.
    `cpu` is the CPU time that each watched server used for one walk, in microseconds; it is empty
    where nothing was watched or there is no /proc.
    """

    rate: float
    count: int
    walk: dict[str, float]
    steps: dict[str, dict[str, float]]
    wrong: int
    sample: str
    size: int
    generator_cpu: float
    cpu: dict[str, float] = field(default_factory=dict)
    longest: float = 0.0

    @property
    def cpu_sum(self) -> float:
        """Microseconds of CPU for one walk in all watched servers; 0 where none was measured."""
        return sum(self.cpu.values())


def measure(plan: Plan) -> Measured:
    """Run `plan` in a fresh generator."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(plan.to_json()).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=2 * MOST_SECONDS + 30,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr.decode()[-800:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    found.pop("seconds")
    return Measured(**found)
