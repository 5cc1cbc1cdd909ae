"""What came of a change: how far it has come, and the versions of a policy before it."""

from __future__ import annotations

from datetime import datetime

from patient_portal.policies.policy import Policy
from patient_portal.policies.wire import Wire


class ServerEffect(Wire):
    name: str = ""
    base: str = ""
    status: str = "effective"


class Effect(Wire):
    """How far a change has come: effective at every clinic, or pending at some."""

    status: str = "effective"
    at: datetime | None = None
    resource_servers: tuple[ServerEffect, ...] = ()

    @property
    def waiting_for(self) -> list[str]:
        return [one.name or one.base for one in self.resource_servers if one.status != "effective"]


class Change(Wire):
    """The answer to each change of a policy."""

    policy: Policy
    effect: Effect = Effect()


class HistoryVersion(Wire):
    version: int
    state: str = ""
    at: datetime | None = None
    by: str | None = None
    policy: Policy | None = None
