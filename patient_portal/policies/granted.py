"""What a party would get, as a policy preview answers it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from patient_portal.policies.wire import Wire


class GrantedRecord(Wire):
    """What a party would get at one record: permissions exactly as introspection gives them."""

    record: str
    rs: str = ""
    permissions: tuple[dict[str, Any], ...] = ()
    tell: dict[str, Any] | None = None


class Granted(Wire):
    """The answer of a policy preview."""

    party: dict[str, Any] = Field(default_factory=dict)
    records: tuple[GrantedRecord, ...] = ()

    @property
    def gone(self) -> bool:
        """True for a person who has no account any more."""
        return self.party.get("disabled") is True
