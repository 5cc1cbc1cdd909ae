"""One question to one clinic: what would these permissions show? And what its answer depends on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Protocol

from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.policies.granted import Granted
from patient_portal.policies.linked import Record


class Owner(Protocol):
    """Whose records are asked for, and her way to them."""

    @property
    def subject(self) -> str: ...
    @property
    def lasting(self) -> str:
        """Names her session and her last change in it: what was known before is not shown again."""

    def own(self, record: Record) -> OwnRecord | None: ...


@dataclass(frozen=True)
class Ask:
    """One question to one clinic: what would these permissions show?"""

    record: Record
    own: OwnRecord | None
    permissions: tuple[dict[str, Any], ...]
    tell: dict[str, Any] | None
    search: str
    fresh_key: str
    last_key: str


def question(
    owner: Owner,
    record: Record,
    own: OwnRecord | None,
    party: str,
    answer: Granted,
    search: str = "",
) -> Ask:
    """What `party` would see of a record, of what it is granted; `own` is her way to it."""
    got = next((one for one in answer.records if one.record == record.record), None)
    permissions = got.permissions if got else ()
    tell = got.tell if got else None
    # The end of a permission moves with the clock; the question stays the same.
    lasting = [{k: v for k, v in p.items() if k != "exp"} for p in permissions]
    said = json.dumps([lasting, tell, search], sort_keys=True)
    fresh = hashlib.sha256(f"{owner.lasting} {record.record} {said}".encode()).hexdigest()
    last = f"last {owner.subject} {record.record} {party}"
    return Ask(record, own, permissions, tell, search, fresh, last)
