"""Importing FHIR R4 files: grouped by patient, labelled, indexed; a second time without effect.

Everything that belongs to a patient goes into her record. What belongs to nobody (practitioners,
questionnaires) goes into the records of the same folder that refer to it, else into one record of
the folder itself; nothing is lost, so that shown and held back add up to what was imported.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.importing.batch import BatchWriter, Making, Target
from fhir_rs.importing.files import Found, files_of
from fhir_rs.importing.folder import Folder, Progress
from fhir_rs.importing.report import ImportedRecord, ImportReport
from fhir_rs.importing.survey import Survey
from heart_ground.migrations import migrate

__all__ = ["ImportReport", "ImportedRecord", "import_paths"]


def import_paths(
    engine: Engine,
    paths: Iterable[Path],
    *,
    progress: Progress,
    identity_copy: bool = False,
    base_url: str | None = None,
    made: Callable[[ImportedRecord], None] | None = None,
) -> ImportReport:
    """Import every FHIR file below `paths`.

    Parameters: `progress(done, file)` is told as files are read; `identity_copy` marks the records
    made here as knowing the patient only to say whose record it is; `base_url` is the FHIR base of
    the server, so that absolute references to it are known for what they are; `made` is told of
    each new record once it is stored, with its claim code, which nothing tells a second time.
    """
    migrate(engine, "fhir_rs")
    making = Making(identity_copy, base_url, lambda target: made and made(_imported(target)))
    with _fewer_collections():
        return _import(engine, files_of(Path(path) for path in paths), making, progress)


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """An import makes many small objects and no circles; to look for some took a tenth of it."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _import(engine: Engine, found: Found, making: Making, progress: Progress) -> ImportReport:
    folders: dict[Path, list[Path]] = {}
    for file in found.files:
        folders.setdefault(file.parent, []).append(file)
    report = ImportReport(passed_over=[str(file) for file in found.passed_over])
    targets: dict[str, Target] = {}
    for parent, files in folders.items():
        survey = Survey()
        survey.read(files)
        writer = BatchWriter(engine, labeling_rules(), parent.name, survey.people, making)
        Folder(survey, writer, report, progress).run(files)
        report.refused += [(str(file), label, reason) for file, label, reason in survey.problems]
        report.older += survey.older
        report.unchanged += writer.unchanged
        for target in writer.targets.values():
            first = targets.setdefault(target.id, target)
            first.addresses |= target.addresses
    report.records = [_imported(target) for target in targets.values()]
    return report


def _imported(target: Target) -> ImportedRecord:
    return ImportedRecord(
        target.id,
        target.claim_code,
        target.name,
        len(target.addresses),
        target.patient,
        target.is_new,
    )
