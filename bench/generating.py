"""Carrying out a plan: the generator is started as a process of its own, so it shares no lock."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.plan import MOST_SECONDS, Plan

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """What a plan came to: walks a second, times in milliseconds, and what went wrong."""

    rate: float
    count: int
    walk: dict[str, float]
    steps: dict[str, dict[str, float]]
    wrong: int
    sample: str
    size: int
    generator_cpu: float


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
