"""Someone in the directory of the sharing service, as the portal reads it."""

from __future__ import annotations

from patient_portal.policies.wire import Wire


class Person(Wire):
    """Someone in the directory."""

    key: str
    name: str
    role: str | None = None
    role_code: str | None = None
    organization: str | None = None
    place: str | None = None
    checked_by: str | None = None
    disabled: bool = False

    @property
    def detail(self) -> str:
        return ", ".join(part for part in (self.role, self.organization) if part)
