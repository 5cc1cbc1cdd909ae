"""The policy API's wire model, as the portal reads and writes it (contract of policy_endpoint)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

State = Literal["draft", "on", "paused", "ended"]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Who(_Wire):
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


class NamedRecords(_Wire):
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class What(_Wire):
    everything: bool = False
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    records: NamedRecords = NamedRecords()
    since: str | None = None
    until: str | None = None
    write: bool = False


class When(_Wire):
    start: datetime | None = Field(default=None, alias="from")
    until: datetime | None = None


class Tell(_Wire):
    level: Literal["kinds", "neutral"] = "neutral"
    note: str | None = None


class Label(_Wire):
    name: str = ""
    detail: str = ""


class Policy(_Wire):
    """What the patient said about one party."""

    id: str
    version: int | None = None
    state: State = "draft"
    effect: Literal["permit", "deny"] = "permit"
    ask_me: bool = False
    who: Who = Who()
    what: What = What()
    why: tuple[str, ...] = ()
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

    @property
    def is_share(self) -> bool:
        """A permit for a party, as the home page shows it (not a block, not "ask me first")."""
        return self.effect == "permit" and not self.ask_me


class OutcomeChange(_Wire):
    """A share that gives less since an upgrade, and the rule that now comes before it."""

    policy: str
    withheld_by: str | None = None


@dataclass(frozen=True)
class Sharing:
    """All that the owner said, as the sharing service lists it."""

    policies: list[Policy]
    unreadable: list[Policy]
    changed: list[OutcomeChange]


class Person(_Wire):
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


class Registered(_Wire):
    """One registered resource: a FHIR type and kind of one record."""

    id: str = Field(alias="_id")
    type: str
    kind: str
    name: str = ""


class Record(_Wire):
    """One linked record: its base, and the clinic that holds it."""

    record: str
    rs: str
    rs_base: str
    client_id: str = ""
    resources: tuple[Registered, ...] = ()

    @property
    def token(self) -> str:
        """The last part of the base, which names the record in this portal's addresses."""
        return self.record.rpartition("/")[2]


class ServerEffect(_Wire):
    name: str = ""
    base: str = ""
    status: str = "effective"


class Effect(_Wire):
    """How far a change has come: effective at every clinic, or pending at some."""

    status: str = "effective"
    at: datetime | None = None
    resource_servers: tuple[ServerEffect, ...] = ()

    @property
    def waiting_for(self) -> list[str]:
        return [one.name or one.base for one in self.resource_servers if one.status != "effective"]


class Change(_Wire):
    """The answer to each change of a policy."""

    policy: Policy
    effect: Effect = Effect()


class HistoryVersion(_Wire):
    version: int
    state: str = ""
    at: datetime | None = None
    by: str | None = None
    policy: Policy | None = None


class GrantedRecord(_Wire):
    """What a party would get at one record: permissions exactly as introspection gives them."""

    record: str
    rs: str = ""
    permissions: tuple[dict[str, Any], ...] = ()
    tell: dict[str, Any] | None = None


class Granted(_Wire):
    """The answer of a policy preview."""

    party: dict[str, Any] = Field(default_factory=dict)
    records: tuple[GrantedRecord, ...] = ()

    @property
    def gone(self) -> bool:
        """True for a person who has no account any more."""
        return self.party.get("disabled") is True


class RequestClient(_Wire):
    client_id: str = ""
    name: str = ""
    dynamic: bool = False


class Answer(_Wire):
    """What she answered, as it was then: the share may have changed since."""

    answer: str
    at: datetime | None = None
    by: str | None = None
    policy: str | None = None
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    until: datetime | None = None
    told_reason: str | None = None


class SharingRequest(_Wire):
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
