"""The import, in a process of its own: resources a second, its CPU time, and its peak of memory.

`python -m bench.reading_in DATABASE FOLDER` prints what it measured as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.patients import write_copies

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 600.0


@dataclass(frozen=True)
class ReadIn:
    """An import: how many resources, its seconds by the clock and of CPU, its peak of memory."""

    resources: int
    seconds: float
    cpu_seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Resources a second."""
        return self.resources / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Resources for each second of CPU time (user and system)."""
        return self.resources / self.cpu_seconds

    @property
    def cpu(self) -> float:
        """Microseconds of CPU time for a resource."""
        return self.cpu_seconds * 1e6 / self.resources


def measure(database: str, folder: Path, copies: int) -> ReadIn:
    """Import `copies` patients into an empty database."""
    folder.mkdir()
    expected = write_copies(folder, copies)
    return read_in(database, folder, expected, cwd=ROOT, env=None)


def read_in(
    database: str, folder: Path, expected: int, *, cwd: Path, env: Mapping[str, str] | None
) -> ReadIn:
    """Import the files of `folder` into an empty database.

    `cwd` and `env` are where the process starts and its environment: they say whose importer it is.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading_in", database, str(folder)],
        cwd=cwd,
        env=env,
        timeout=LONGEST,
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
    from fhir_rs import db
    from fhir_rs.importing import importer
    from heart_ground.migrations import migrate

    database, folder = sys.argv[1:]
    engine = db.make_engine(database)
    migrate(engine, "fhir_rs")
    began, used = time.perf_counter(), time.process_time()
    report = importer.import_paths(engine, [Path(folder)], progress=lambda *_: None)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = ReadIn(report.accepted, seconds, cpu, peak)
    json.dump(done.__dict__, sys.stdout)


if __name__ == "__main__":
    main()
