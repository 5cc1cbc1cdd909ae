"""Which faults today's tests find in an older version: `python -m tests.before COMMIT [...]`.

The tests marked `fault(id)` run against the code of COMMIT, in a checkout of its own, and every id
is listed with what became of its tests there: `found` (an assertion failed), `absent` (the test
asks for something that was not there yet) or `missed` (it passed, so it shows nothing). The exit
code is 1 if any id is missed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REPORT = "FAULT_REPORT"
_MARK = re.compile(r"mark\.fault\(\"([^\"]+)\"\)")
_RANK = ("missed", "absent", "found")


class Reporter:
    """Writes a line for each marked test: its faults, and what became of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: dict[str, list[str]] = {}

    def _write(self, faults: list[str], outcome: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([faults, outcome]) + "\n")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.faults[item.nodeid] = [mark.args[0] for mark in item.iter_markers("fault")]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            file = ROOT / str(report.nodeid).partition("::")[0]
            if file.is_file():
                self._write(_MARK.findall(file.read_text(encoding="utf-8")), "absent")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        faults = self.faults.get(report.nodeid, [])
        if not faults or report.skipped:
            return
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            said = str(getattr(crash, "message", report.longrepr))
            by_assertion = report.when == "call" and said.startswith(("assert", "AssertionError"))
            self._write(faults, "found" if by_assertion else "absent")
        elif report.when == "call":
            self._write(faults, "missed")


def pytest_configure(config: pytest.Config) -> None:
    """As a plugin (`-p tests.before`) inside the older checkout."""
    if REPORT in os.environ:
        config.pluginmanager.register(Reporter(Path(os.environ[REPORT])))


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """The code of `commit` with the tests of today, and real data beside it as beside this one."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "checkout"
        add = ["git", "worktree", "add", "--quiet", "--detach", str(place), commit]
        subprocess.run(add, cwd=ROOT, check=True)
        try:
            shutil.rmtree(place / "tests")
            shutil.copytree(ROOT / "tests", place / "tests")
            shutil.copy(ROOT / "pyproject.toml", place / "pyproject.toml")
            if (ROOT.parent / "shared").exists():
                (Path(folder) / "shared").symlink_to((ROOT.parent / "shared").resolve())
            yield place
        finally:
            remove = ["git", "worktree", "remove", "--force", str(place)]
            subprocess.run(remove, cwd=ROOT, check=True)


def outcomes(report: Path) -> dict[str, str]:
    """Fault id -> the best that any of its tests shows."""
    best: dict[str, int] = defaultdict(int)
    for line in report.read_text(encoding="utf-8").splitlines():
        faults, outcome = json.loads(line)
        for fault in faults:
            best[fault] = max(best[fault], _RANK.index(outcome))
    return {fault: _RANK[rank] for fault, rank in sorted(best.items())}


def main(arguments: Sequence[str]) -> int:
    """Run, print the list, answer the exit code."""
    if not arguments:
        print(__doc__)
        return 2
    commit, *more = arguments
    with tempfile.TemporaryDirectory() as folder, checkout(commit) as place:
        report = Path(folder) / "report"
        report.touch()
        environment = {**os.environ, "PYTHONPATH": str(place), REPORT: str(report)}
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=line", "-m", "fault",
                   "-p", "tests.before", "--continue-on-collection-errors", *more]  # fmt: skip
        subprocess.run(command, cwd=place, env=environment, check=False, stdout=sys.stderr)
        found = outcomes(report)
    for fault, outcome in found.items():
        print(f"{fault:8} {outcome}")
    missed = [fault for fault, outcome in found.items() if outcome == "missed"]
    print(f"{len(found)} faults: {len(found) - len(missed)} shown in {commit}, missed: {missed}")
    return 1 if missed or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
