"""Typed client of the owner's own path to one record: preview, list, level, activity.

Takes the way out and the token as arguments, so that several clinics can be asked at once. A clinic
is a stranger to everybody but its own patients: what it may cost of time and memory is bounded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from heart_ground.outbound import Outbound
from heart_ground.reach import Unreachable
from heart_uma.strict_json import StrictJsonError, loads
from patient_portal.errors import ClinicDown, NotThere
from patient_portal.policies.overview import in_numbers

NOT_OFFERED = frozenset({400, 403, 405})
MOST_SETS = 200
MAX_BYTES = 4 * 1024 * 1024
MAX_FILE_BYTES = 24 * 1024 * 1024
"""Of an answer with a file in it: what a clinic of this family accepts, as base64 (16 MiB)."""
RESTS_FOR = 20.0
"""Seconds that a record is not asked after it let a page wait to the end, or had no end."""


class NotOffered(ClinicDown):
    """It answers, but not to this."""


class Asked(Protocol):
    """A set of permissions that is asked about."""

    @property
    def permissions(self) -> tuple[dict[str, Any], ...]: ...
    @property
    def tell(self) -> dict[str, Any] | None: ...


class Clinics:
    """The way to all clinics, and the records that are left alone for a moment."""

    def __init__(self, outbound: Outbound) -> None:
        self.outbound = outbound
        self._lock = threading.Lock()
        self._resting: dict[str, float] = {}

    def own(self, record: str, token: str) -> OwnRecord:
        """The owner's path to `record` for one page: its time for all calls begins now."""
        return OwnRecord(self, record, token, time.monotonic() + self.outbound.deadline)

    def rests(self, record: str) -> bool:
        """True while `record` is not asked."""
        with self._lock:
            now = time.monotonic()
            self._resting = {one: end for one, end in self._resting.items() if end > now}
            return record in self._resting

    def too_much(self, record: str) -> None:
        """It used all the time there was, or all the room: pages to come leave it alone."""
        with self._lock:
            self._resting[record] = time.monotonic() + RESTS_FOR


@dataclass(frozen=True)
class OwnRecord:
    """One record as its owner reaches it."""

    clinics: Clinics
    base: str
    token: str
    until: float
    """Moment (monotonic) after which nothing more is asked."""

    def preview(
        self,
        permissions: Sequence[Mapping[str, Any]],
        tell: Mapping[str, Any] | None,
        search: str = "",
    ) -> dict[str, Any]:
        """What these permissions would show, by the clinic's own enforcing query.

        Parameters: `search` is looked for in all that the clinic knows of each record, its codes,
        parts and ingredients too; the rows that it finds say so in `found`.
        """
        body: dict[str, Any] = {"permissions": list(permissions)}
        body["tell"] = tell or {"level": "neutral"}
        if search:
            body["search"] = search
        return self._call("POST", "$preview", json=body)

    def previews(self, asked: Sequence[Asked]) -> list[dict[str, Any]]:
        """How much each of these sets of permissions would show, in numbers.

        A clinic of an older version knows one set at a time, row by row: it is asked so.
        """
        sets = [{"permissions": list(one.permissions)} for one in asked]
        found: list[Any] = []
        try:
            for start in range(0, len(sets), MOST_SETS):
                body = {"previews": sets[start : start + MOST_SETS]}
                told = self._call("POST", "$previews", json=body).get("previews")
                found += told if isinstance(told, list) else []
        except (NotOffered, NotThere):
            return [in_numbers(self.preview(one.permissions, one.tell)) for one in asked]
        if len(found) != len(sets) or not all(isinstance(one, dict) for one in found):
            raise ClinicDown(self.base)
        return found

    def resources(self, **filters: str) -> tuple[dict[str, Any], dict[str, str]]:
        """One page of the owner's list, and the parameters of the next one (none: the last)."""
        page = self._call("GET", "$records", params=filters)
        return page, _parameters_of(page.get("next"))

    def one(self, record_id: str) -> dict[str, Any]:
        """The list with one record in it, whole but for the bytes of files; empty without it."""
        return self._call("GET", "$records", params={"id": record_id, "content": "true"})

    def shown_to(
        self, record_id: str, parties: Sequence[Sequence[Mapping[str, Any]]]
    ) -> dict[str, Any]:
        """Which of these permissions show one record, now and at each level of hers."""
        body = {"id": record_id, "parties": [list(one) for one in parties]}
        return self._call("POST", "$shown-to", json=body)

    def report_label(self, said: Mapping[str, str]) -> dict[str, Any]:
        """A topic of a record is missing (it counts at once) or wrong (the clinic is asked)."""
        return self._call("POST", "$labels", json=dict(said))

    def read(self, address: str) -> dict[str, Any]:
        """One resource as it is kept, with its files (FHIR R4 read)."""
        return self._call("GET", address, most=MAX_FILE_BYTES)

    def set_level(self, level: str, ids: Sequence[str]) -> None:
        self._call("POST", "$level", json={"level": level, "ids": list(ids)})

    def activity(self, **filters: str) -> tuple[dict[str, Any], dict[str, str]]:
        """One page of who looked, newest first, and the parameters of the next one."""
        page = self._call("GET", "$activity", params=filters)
        return page, _parameters_of(page.get("next"))

    def _call(
        self, method: str, operation: str, *, most: int = MAX_BYTES, **options: Any
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        left = self.until - time.monotonic()
        if left <= 0 or self.clinics.rests(self.base):
            raise ClinicDown(self.base)
        try:
            got = self.clinics.outbound.request(
                method,
                f"{self.base}/{operation}",
                headers=headers,
                deadline=left,
                max_bytes=most,
                **options,
            )
            body = loads(got.content, max_bytes=most) if got.content else {}
        except Unreachable as error:
            if error.why in ("slow", "large"):
                self.clinics.too_much(self.base)
            raise ClinicDown(self.base) from error
        except StrictJsonError as error:
            raise ClinicDown(self.base) from error
        if got.status in (404, 410):
            raise NotThere(self.base)
        if got.status in NOT_OFFERED:
            raise NotOffered(self.base)
        if got.status >= 400 or not isinstance(body, dict):
            raise ClinicDown(self.base)
        return body


def _parameters_of(address: object) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query)) if isinstance(address, str) else {}
