"""The clinics of a signed-in person, each reached by the key that it alone takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from heart_uma.scopes import resource_scope
from patient_portal.clinics.gathering import Gatherer
from patient_portal.clinics.rs_api import Clinics, OwnRecord
from patient_portal.errors import BadAnswer, SharingServiceDown
from patient_portal.policies.granted import Granted
from patient_portal.policies.linked import Record
from patient_portal.policies.overview import Overview
from patient_portal.policies.view import View
from patient_portal.signing_in.sessions import SignedIn
from patient_portal.signing_in.tokens import Tokens

BASELINE = "baseline"
"""In the place of a party: all that there is."""
T = TypeVar("T")
R = TypeVar("R")


class HerClinics:
    """What she may ask of them, with the keys of her session."""

    def __init__(
        self, gatherer: Gatherer, clinics: Clinics, session: SignedIn, tokens: Tokens
    ) -> None:
        self._gatherer, self._clinics = gatherer, clinics
        self._session, self._tokens = session, tokens

    @property
    def subject(self) -> str:
        return self._session.subject

    @property
    def lasting(self) -> str:
        """Names her session and her last change in it."""
        return f"{self.subject} {self._session.id_hash} {self._session.generation}"

    def own(self, record: Record) -> OwnRecord | None:
        """Her path to a record; None where no key can be had."""
        try:
            return self._clinics.own(record.record, self._tokens.owner(record.rs_base))
        except BadAnswer:
            raise
        except SharingServiceDown:
            return None

    def own_records(self, records: list[Record]) -> list[tuple[Record, OwnRecord | None]]:
        """Her path to each record."""
        return [(record, self.own(record)) for record in records]

    def at_once(
        self, work: Callable[[T], R], items: Iterable[T], *, late: Callable[[T], R]
    ) -> list[R]:
        """`work` for each item at the same time; `late` for those that are not ready in time."""
        return self._gatherer.at_once.run(self.subject, work, items, late=late)

    def views(
        self, granted: dict[str, Granted], records: Sequence[Record], search: str = ""
    ) -> dict[str, View]:
        """For each party, what it would see."""
        return self._gatherer.views(self, granted, records, search)

    def view(
        self, granted: Granted, records: Sequence[Record], party: str = "draft", search: str = ""
    ) -> View:
        return self.views({party: granted}, records, search)[party]

    def overviews(
        self, granted: dict[str, Granted], records: Sequence[Record]
    ) -> tuple[dict[str, Overview], Overview]:
        """For each party how much it would see, and all there is; one question to each clinic."""
        found = self._gatherer.overviews(self, {**granted, BASELINE: _all_of(records)}, records)
        return found, found.pop(BASELINE)

    def baseline(self, records: Sequence[Record], search: str = "") -> View:
        """Every record; held back are those with a private topic or a level of their own."""
        return self.view(_all_of(records), records, BASELINE, search)


def _all_of(records: Sequence[Record]) -> Granted:
    """Permission to read each kind, and no private topic."""
    return Granted.model_validate(
        {
            "records": [
                {
                    "record": record.record,
                    "permissions": [
                        {"resource_id": r.id, "resource_scopes": [resource_scope(r.type, "read")]}
                        for r in record.resources
                    ],
                }
                for record in records
            ]
        }
    )
