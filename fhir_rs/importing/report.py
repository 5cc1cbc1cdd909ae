"""What came of an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class ImportedRecord(NamedTuple):
    """A record this import wrote to.

    `claim_code` is "" unless the import made the record for a patient; `patient` is her address,
    None for the record of what belongs to nobody.
    """

    record: str
    claim_code: str
    patient_name: str
    resources: int
    patient: str | None = None
    is_new: bool = False


@dataclass(slots=True)
class ImportReport:
    """`refused` holds (file, entry, reason); `passed_over` files that are none of FHIR JSON;
    `older` counts versions that a history shows as replaced, `deleted` what one took away."""

    records: list[ImportedRecord] = field(default_factory=list)
    accepted: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    older: int = 0
    deleted: int = 0
