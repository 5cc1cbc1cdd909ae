"""The import, in a process of its own: resources a second, and how much memory it came to need.

`python -m bench.reading_in DATABASE FOLDER` prints what it measured as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.patients import write_copies

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class ReadIn:
    """An import: how many resources, how many a second, and the peak of resident memory."""

    resources: int
    rate: float
    peak_mb: float


def measure(database: str, folder: Path, copies: int) -> ReadIn:
    """Import `copies` patients into an empty database."""
    folder.mkdir()
    expected = write_copies(folder, copies)
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading_in", database, str(folder)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the import failed: {done.stderr.decode()[-800:]}")
    found = ReadIn(**json.loads(done.stdout))
    if found.resources != expected:
        raise RuntimeError(f"{found.resources} of {expected} resources were imported")
    return found


def main() -> None:
    from fhir_rs import db, importer, schema

    database, folder = sys.argv[1:]
    engine = db.make_engine(database)
    schema.migrate(engine)
    began = time.perf_counter()
    report = importer.import_paths(engine, [Path(folder)], progress=lambda *_: None)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = ReadIn(report.accepted, report.accepted / seconds, peak)
    json.dump(done.__dict__, sys.stdout)


if __name__ == "__main__":
    main()
