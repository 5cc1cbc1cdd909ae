"""A request to see records, and the answer to it, as the sharing service keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import model_validator

from patient_portal.policies.person import Person
from patient_portal.policies.wire import Wire


class RequestClient(Wire):
    client_id: str = ""
    name: str = ""
    dynamic: bool = False


class Answer(Wire):
    """What she answered, as it was then: the share may have changed since."""

    answer: str
    at: datetime | None = None
    by: str | None = None
    policy: str | None = None
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    until: datetime | None = None
    told_reason: str | None = None


class SharingRequest(Wire):
    """Someone asks to see records (request_submitted), or only tried to open them.

    `kinds` are those that can be given one by one; `other` says that other records are asked for
    too, which go only with everything.
    """

    id: str
    state: str
    is_a_try: bool = False
    other: bool = False
    who: Person
    client: RequestClient = RequestClient()
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    purpose_of_use: str | None = None
    reason: str | None = None
    requested_until: datetime | None = None
    asked_at: datetime | None = None
    runs_out_at: datetime | None = None
    records: tuple[str, ...] = ()
    answer: Answer | None = None

    @model_validator(mode="before")
    @classmethod
    def _tell_other_apart(cls, wire: Any) -> Any:
        """No rule can name `other`, whoever lists it among the kinds."""
        if isinstance(wire, dict) and "other" in (wire.get("kinds") or ()):
            kinds = [kind for kind in wire["kinds"] if kind != "other"]
            return {**wire, "kinds": kinds, "other": True}
        return wire
