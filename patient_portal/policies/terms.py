"""The terms of a policy: for whom, what, when, and what is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from patient_portal.policies.wire import Wire


class Who(Wire):
    """Exactly one of: a person's key, an organization, a role, anyone."""

    person: str | None = None
    organization: str | None = None
    role: str | None = None
    anyone: bool = False

    def to_wire(self) -> dict[str, Any]:
        """The one member that is said."""
        return {name: value for name, value in self.model_dump().items() if value}

    @property
    def key(self) -> str:
        """One text that tells two parties apart."""
        for name in ("person", "organization", "role"):
            if value := getattr(self, name):
                return f"{name}:{value}"
        return "anyone" if self.anyone else ""


class NamedRecords(Wire):
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class What(Wire):
    everything: bool = False
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    records: NamedRecords = NamedRecords()
    since: str | None = None
    until: str | None = None
    write: bool = False
    places: tuple[str, ...] = ()
    """Record bases: kinds are meant there alone. Empty stands for all of them."""


class When(Wire):
    start: datetime | None = Field(default=None, alias="from")
    until: datetime | None = None


class Tell(Wire):
    level: Literal["kinds", "neutral"] = "neutral"
    note: str | None = None


class Label(Wire):
    name: str = ""
    detail: str = ""
