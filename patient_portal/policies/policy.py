"""One policy of hers, as the portal reads and writes it (contract of policy_endpoint)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from patient_portal.policies.terms import Label, Tell, What, When, Who
from patient_portal.policies.wire import Wire

State = Literal["draft", "on", "paused", "ended"]


class Policy(Wire):
    """What the patient said about one party."""

    id: str
    version: int | None = None
    state: State = "draft"
    effect: Literal["permit", "deny"] = "permit"
    ask_me: bool = False
    who: Who = Who()
    what: What = What()
    why: tuple[str, ...] = ()
    say_why: bool = False
    when: When = When()
    paused_until: datetime | None = None
    tell: Tell = Tell()
    label: Label = Label()
    created: datetime | None = None
    updated: datetime | None = None
    unreadable: bool = False
    """True where nobody can read any more what it says: it can be ended, and nothing else."""

    def changed(self, **changes: Any) -> Policy:
        return self.model_copy(update=changes)

    def to_wire(self) -> dict[str, Any]:
        """The JSON body; the server's own stamps are left out."""
        body = self.model_dump(
            mode="json", by_alias=True, exclude={"created", "updated", "unreadable"}
        )
        body["who"] = self.who.to_wire()
        if self.version is None:
            del body["version"]
        return body

    def begins_after(self, now: datetime) -> bool:
        """True for one whose first day is still to come: until then it gives nothing."""
        return self.when.start is not None and self.when.start > now

    @property
    def is_share(self) -> bool:
        """A permit for a party, as the home page shows it (not a block, not "ask me first")."""
        return self.effect == "permit" and not self.ask_me
