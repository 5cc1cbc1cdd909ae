"""Her records as each clinic lists them: one question to each, all at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown
from patient_portal.policies.in_words import Told, told
from patient_portal.policies.linked import Record
from patient_portal.policies.row import Row

PAGE = 50
MOST = 500
"""What a clinic gives at once."""
Path = tuple[Record, OwnRecord | None]
"""One clinic, and the owner's own way to it, if there is one."""


@dataclass(frozen=True, slots=True)
class ClinicList:
    """One page of one clinic's list; `rows` is None where the clinic does not answer."""

    record: Record
    rows: list[Told] | None
    total: int = 0
    cursor: str = ""
    """Where the next page begins; empty on the last."""


def of_all(
    clinics: HerClinics,
    records: Sequence[Record],
    *,
    kind: str = "",
    q: str = "",
    cursor: str = "",
    count: int = PAGE,
) -> list[ClinicList]:
    """A page of each clinic's list: of one kind, or of what is found for `q`."""
    wanted = {"kind": kind, "q": q, "cursor": cursor}
    asked = {name: value for name, value in wanted.items() if value}
    asked |= {"content": "true", "_count": str(count)}

    def late(path: Path) -> ClinicList:
        return ClinicList(path[0], None)

    def page(path: Path) -> ClinicList:
        record, own = path
        if own is None:
            return late(path)
        try:
            got, following = own.resources(**asked)
        except ClinicDown:
            return late(path)
        rows = [Row.read(record.record, record.rs, one) for one in got.get("resources") or []]
        total = got.get("total")
        return ClinicList(
            record,
            told(rows, got.get("beside")),
            total if isinstance(total, int) else len(rows),
            following.get("cursor", ""),
        )

    return clinics.at_once(page, clinics.own_records(list(records)), late=late)
