"""`heart-uma import`: FHIR files into the database of a resource server, with progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from sqlalchemy.exc import DatabaseError

from demo.processes import LaunchError
from fhir_rs import db, importer, schema

MAX_REFUSALS_SHOWN = 50


@dataclass(frozen=True)
class Imported:
    """One patient's record at one source: its id, and the code that proves whose it is."""

    record: str
    code: str


def import_one(database: str, path: Path, *, identity_copy: bool) -> Imported:
    """A file of the demo itself: one patient, and nothing in it may be refused."""
    engine = db.make_engine(database)
    report = importer.import_paths(
        engine, [path], progress=lambda *_: None, identity_copy=identity_copy
    )
    engine.dispose()
    if report.refused or len(report.records) != 1:
        raise LaunchError(f"{path} was not imported: {report.refused or report.records}")
    record, code, *_ = report.records[0]
    return Imported(record, code)


@dataclass
class Progress:
    """One line that keeps up with the import; without a terminal, one line per file."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    began: float = field(default_factory=time.monotonic)
    drawn: float = 0.0
    count: int = 0
    file: str = ""

    def __call__(self, count: int, file: str) -> None:
        self.count = count
        changed, self.file = file != self.file, file
        now = time.monotonic()
        if self.stream.isatty():
            if now - self.drawn > 0.1:
                self.drawn = now
                self.stream.write(f"\r\x1b[K{self._line()}")
                self.stream.flush()
        elif changed:
            print(self._line(), file=self.stream)

    def done(self) -> None:
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
        print(self._line(), file=self.stream)

    def _line(self) -> str:
        seconds = max(time.monotonic() - self.began, 0.001)
        return f"{self.count} resources, {self.count / seconds:.0f} a second  {self.file}"


def run(database: str, paths: Sequence[Path], link_page: str | None) -> int:
    """Import, then print a claim code for each new patient and why anything was refused."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        print(f"There is no {missing[0]}.", file=sys.stderr)
        return 1
    progress = Progress()
    try:
        engine = db.make_engine(database)
        schema.migrate(engine)
        report = importer.import_paths(engine, paths, progress=progress)
    except DatabaseError as problem:
        print(f"The database cannot be written: {problem.orig}", file=sys.stderr)
        return 1
    progress.done()
    _print_report(report, link_page)
    return 1 if report.refused and not report.accepted else 0


def _print_report(report: importer.ImportReport, link_page: str | None) -> None:
    print(f"Accepted {report.accepted}, refused {len(report.refused)}.")
    for record, code, name, count in report.records:
        told = f"claim code {code}" if code else "known already, no new claim code"
        print(f"  {name or 'No name'}: {count} resources, record {record}, {told}")
        if code and link_page:
            print(f"    to link it: {link_page}?code={code}")
    for file, entry, reason in report.refused[:MAX_REFUSALS_SHOWN]:
        print(f"  refused: {file} {entry}: {reason}", file=sys.stderr)
    if len(report.refused) > MAX_REFUSALS_SHOWN:
        more = len(report.refused) - MAX_REFUSALS_SHOWN
        print(f"  ... and {more} more", file=sys.stderr)
