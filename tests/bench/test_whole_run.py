"""`python -m bench --quick` prints every figure, from real servers, without a wrong answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import processes
from bench.report import NO_CPU

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = (
    "bare Flask, 2 KB of JSON",
    "policy assessment, p50",
    "permission alone",
    "ticket + RPT",
    "full cycle: ticket, RPT, introspection",
    "introspection alone",
    "enforced read, warm RPT, audited",
    "enforced search, 20 of 1,000, audited",
    "enforced read, audit off",
    "largest process of the authorization-server",
    "import of",
    "first start, seeding included",
    "Rate limits are raised",
    "requests are about 3 owners in turn",
    "ticket + RPT, with 300 resources",
    "introspection, with 4 rules of her own",
    "enforced search, in a record of 1,100",
)
GROWTH = ("--growth", "300", "--rules", "4", "--record", "1100")


@pytest.mark.slow
@pytest.mark.xdist_group("processes")
def test_a_quick_run_prints_every_figure() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", *GROWTH],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in LINES if line not in done.stdout] == []
    assert "WRONG" not in done.stdout
    if processes.readable():
        assert " us in the authorization-server, " in done.stdout
    else:
        assert NO_CPU in done.stdout
