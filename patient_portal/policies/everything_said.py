"""All that the owner said, as the sharing service lists it."""

from __future__ import annotations

from dataclasses import dataclass, field

from patient_portal.policies.invitation import Invitation
from patient_portal.policies.policy import Policy
from patient_portal.policies.wire import Wire


class OutcomeChange(Wire):
    """A share that gives less since an upgrade, and the rule that now comes before it."""

    policy: str
    withheld_by: str | None = None


@dataclass(frozen=True)
class Sharing:
    """All that the owner said, as the sharing service lists it."""

    policies: list[Policy]
    unreadable: list[Policy]
    changed: list[OutcomeChange]
    invitations: list[Invitation] = field(default_factory=list)
