"""An invitation of hers, as the sharing service tells of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from patient_portal.policies.person import Person
from patient_portal.policies.wire import Wire

State = Literal["waiting", "locked", "ran_out", "used", "on", "ended"]


class Guest(Person):
    """Who came by an invitation."""

    login: str = ""


class Invitation(Wire):
    """An invitation to a draft that names nobody yet; `policy` is the draft's id."""

    policy: str
    version: int
    state: State
    made_at: datetime
    expires_at: datetime
    lasts: int | None = None
    who: Guest | None = None
    used_at: datetime | None = None


class HandedOver(Wire):
    """What she gives to the person, once: nobody can read it out again."""

    invitation: Invitation
    link: str
    code: str
    passcode: str
