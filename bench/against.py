"""Compare the CPU time of this checkout with that of another one, in turns, round by round.

Each sets up its own services and its own importer, on one interpreter; the load generator and the
counting are of this checkout. They take turns (A B A B ...), so that a busy machine is busy for
both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from bench import patients, processes, reading_in, side
from bench.generating import measure
from bench.plan import Plan
from bench.report import NO_CPU, Report

ROOT = Path(__file__).resolve().parent.parent
IMPORT = "import"
OPERATIONS = (*side.WALKS, IMPORT)
USUAL = ("read", side.UNAUDITED, "search", IMPORT)
MOST_ROUNDS = 25
COPIES = 20
SET_UP_SECONDS = 180.0
END_SECONDS = 20.0


class SideError(Exception):
    """A checkout cannot be measured: one sentence and, where there are any, its last words."""


@dataclass(frozen=True)
class Compared:
    """One operation: microseconds of CPU of each round, here and there."""

    here: tuple[float, ...]
    there: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Here divided by there, of the two halves of each round."""
        return [one / other for one, other in zip(self.here, self.there, strict=True)]

    @property
    def ratio(self) -> float:
        """The median here divided by the median there: above 1, this checkout needs more CPU."""
        return median(self.here) / median(self.there)


def operations(text: str) -> tuple[str, ...]:
    """What `--only` names, in the order of `OPERATIONS`."""
    asked = {name.strip() for name in text.split(",")}
    if unknown := asked - set(OPERATIONS):
        raise argparse.ArgumentTypeError(
            f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(OPERATIONS)}"
        )
    return tuple(name for name in OPERATIONS if name in asked)


def rounds(text: str) -> int:
    """How many times each side is measured."""
    found = int(text) if text.isdecimal() else 0
    if not 1 <= found <= MOST_ROUNDS:
        raise argparse.ArgumentTypeError(f"give a number of rounds from 1 to {MOST_ROUNDS}")
    return found


class Side:
    """A checkout under test and, where a service is measured, the process that holds its servers.

    Its own benchmark sets its services up, for the parts of another checkout lie elsewhere. `home`
    gets its databases.
    """

    def __init__(self, code: Path, home: Path, words: str) -> None:
        self.words, self._code, self._home = words, code.resolve(), home
        if not (self._code / "fhir_rs" / "__init__.py").is_file():
            raise SideError(f"{code} is no checkout of this project: it has no fhir_rs.")
        if not (self._code / "bench" / "side.py").is_file():
            raise SideError(f"{code} is too old to be compared: it has no bench/side.py.")
        home.mkdir(parents=True)
        self.environment = {**os.environ, "PYTHONPATH": str(self._code)}
        self._process: subprocess.Popen[str] | None = None
        self._log = home / "side.log"

    @contextmanager
    def lending(self, workers: int, threads: int) -> Iterator[None]:
        """Set up the services; `ready` waits for them, and the end of the block ends them."""
        folder = self._home / "scene"
        folder.mkdir()
        command = [sys.executable, "-m", "bench.side", str(folder), str(workers), str(threads)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._code,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            yield
        finally:
            _end(self._process)

    def ready(self) -> None:
        """Wait until the services answer; be sure that they are this side's."""
        code = self._answer()["code"]
        if code != str(self._code):
            raise SideError(f"{self._code} was to be measured, but {code} would be.")

    def plan(self, operation: str, seconds: float) -> Plan:
        """What to repeat for `operation`, and for how long."""
        assert self._process is not None and self._process.stdin is not None
        question = json.dumps({"operation": operation, "seconds": seconds})
        with suppress(BrokenPipeError):  # then there is no answer either
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
        return Plan.from_json(self._answer())

    def import_cpu(self, files: Path, expected: int, number: int) -> float:
        """Microseconds of CPU for a resource of `files`, read into an empty database."""
        database = f"sqlite:///{self._home}/import-{number}.sqlite3"
        found = reading_in.read_in(database, files, expected, cwd=self._code, env=self.environment)
        return found.cpu

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        late = threading.Timer(SET_UP_SECONDS, self._process.terminate)
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        if not line:
            words = self._log.read_text("utf-8", "replace").splitlines()[-15:]
            raise SideError(f"{self.words} does not run:\n" + "\n".join(words))
        found: dict[str, Any] = json.loads(line)
        return found


def _end(process: subprocess.Popen[str]) -> None:
    """Closing its input ends a side and its servers; a side that hangs is told to."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    for tell in (process.terminate, process.kill):
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            tell()
    process.wait()


def run(options: argparse.Namespace, report: Report, stack: ExitStack) -> None:
    """Measure each operation of `options.only` on both sides in turns, and print it."""
    if not processes.readable():
        raise SideError(NO_CPU)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heart-uma-against-")))
    pair = (
        Side(ROOT, folder / "here", "this checkout"),
        Side(options.against, folder / "there", "the other checkout"),
    )
    if walks := [name for name in options.only if name != IMPORT]:
        for one in pair:
            stack.enter_context(one.lending(options.workers, options.threads))
        for one in pair:
            one.ready()
    report.say(f"\nAgainst {options.against}: microseconds of CPU per operation,")
    report.say(f"medians of {options.rounds} rounds, in turns. Above 1.00: more CPU here.")
    report.say(f"  {'':<16}{'here':>10}{'there':>10}{'ratio':>8}{'least':>8}{'most':>8}")
    for name in walks:
        show(report, name, _in_turns(options, report, pair, name))
    if IMPORT in options.only:
        copies = 2 if options.quick else COPIES
        found = _imports(options, pair, folder / "files", copies)
        show(report, f"{IMPORT}, a resource", found)
        here, there = (1e6 / median(costs) for costs in (found.here, found.there))
        report.say(f"  resources for a second of CPU: {here:,.0f} here, {there:,.0f} there")


def show(report: Report, name: str, found: Compared) -> None:
    """A line of the comparison: both medians, their ratio, and the rounds' smallest and largest."""
    ratios = "".join(f"{r:>8.2f}" for r in (found.ratio, min(found.ratios), max(found.ratios)))
    report.say(f"  {name:<18}{median(found.here):>8,.0f}{median(found.there):>10,.0f}{ratios}")


def _in_turns(
    options: argparse.Namespace, report: Report, pair: Sequence[Side], name: str
) -> Compared:
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(options.rounds):
        for one, costs in zip(pair, found, strict=True):
            plan = replace(one.plan(name, options.seconds), clients=options.clients)
            measured = measure(plan)
            if measured.wrong or not measured.cpu_sum:
                sample = measured.sample or "nothing was answered"
                raise SideError(f"{name}, {one.words}: wrong answers, for example {sample}")
            costs.append(measured.cpu_sum)
    return Compared(*map(tuple, found))


def _imports(
    options: argparse.Namespace, pair: Sequence[Side], files: Path, copies: int
) -> Compared:
    """Both read the same files."""
    files.mkdir()
    expected = patients.write_copies(files, copies)
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(options.rounds):
        for one, costs in zip(pair, found, strict=True):
            costs.append(one.import_cpu(files, expected, number))
    return Compared(*map(tuple, found))
