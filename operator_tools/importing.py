"""`heart-uma import`: FHIR files into the database of a resource server, with progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TextIO

from sqlalchemy.exc import DatabaseError

from fhir_rs import db
from fhir_rs.importing import importer
from heart_ground.engines import BY_ANY_WAY
from heart_ground.migrations import migrate

MAX_REFUSALS_SHOWN = 50
MAX_NAMES_SHOWN = 20


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

    def clear(self) -> None:
        """Make room for a line of another kind."""
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    def done(self) -> None:
        self.clear()
        print(self._line(), file=self.stream)

    def _line(self) -> str:
        seconds = max(time.monotonic() - self.began, 0.001)
        return f"{self.count} resources, {self.count / seconds:.0f} a second  {self.file}"


def run(
    database: str, paths: Sequence[Path], link_page: str | None, base_url: str | None = None
) -> int:
    """Import; print a claim code as each new record is made, then why anything was refused."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        print(f"There is no {missing[0]}.", file=sys.stderr)
        return 1
    progress = Progress()
    told = partial(_tell_made, progress, link_page)
    try:
        engine = db.make_engine(database, BY_ANY_WAY)
        migrate(engine, "fhir_rs")
        report = importer.import_paths(
            engine, paths, progress=progress, base_url=base_url, made=told
        )
    except DatabaseError as problem:
        progress.clear()
        print(f"The database cannot be written: {problem.orig}", file=sys.stderr)
        return 1
    progress.done()
    _print_report(report)
    if not report.accepted:
        print(
            "Nothing was imported: there is no FHIR resource to keep in these files.",
            file=sys.stderr,
        )
        return 1
    return 0


def _tell_made(progress: Progress, link_page: str | None, made: importer.ImportedRecord) -> None:
    """Print a claim code as soon as its record is stored: nothing can tell it a second time."""
    if not made.claim_code:
        return
    progress.clear()
    print(f"  {made.patient_name or 'No name'}: record {made.record}, claim code {made.claim_code}")
    if link_page:
        print(f"    to link it: {link_page}?code={made.claim_code}")
    sys.stdout.flush()


def _print_report(report: importer.ImportReport) -> None:
    print(f"Accepted {report.accepted}, refused {len(report.refused)}.")
    for found in report.records:
        print(f"  {found.patient_name or 'No name'}: {_told(found)}")
    if report.older or report.deleted:
        print(f"Left out of histories: {report.older} older versions; deleted: {report.deleted}.")
    _print_passed_over(report.passed_over)
    for file, entry, reason in report.refused[:MAX_REFUSALS_SHOWN]:
        print(f"  refused: {file} {entry}: {reason}", file=sys.stderr)
    if len(report.refused) > MAX_REFUSALS_SHOWN:
        more = len(report.refused) - MAX_REFUSALS_SHOWN
        print(f"  ... and {more} more", file=sys.stderr)


def _told(found: importer.ImportedRecord) -> str:
    """What became of one record."""
    counted = f"{found.resources} resources, record {found.record}"
    if found.patient is None:
        return f"{counted}, belongs to nobody"
    if found.is_new:
        return f"{counted}, new"
    return f"{counted}, known already, no new claim code"


def _print_passed_over(files: Sequence[str]) -> None:
    if files:
        names = ", ".join(files[:MAX_NAMES_SHOWN])
        more = f" and {len(files) - MAX_NAMES_SHOWN} more" if len(files) > MAX_NAMES_SHOWN else ""
        print(
            f"Passed over, since they are not called .json, .ndjson or .jsonl: {names}{more}",
            file=sys.stderr,
        )
