"""Wire models of the protection API (FedAuthz 3.1, 4.1, 5.1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

STRUCTURE_DEFINITION = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class ResourceDescription:
    """What a resource server registers: one FHIR type and kind of one record (FedAuthz 3.1).

    `record` is the per-record FHIR base; `fhir_type` and `kind` name the slice; scopes are the
    fixed list of the type. Nothing in it depends on the data.
    """

    fhir_type: str
    kind: str
    record: str
    resource_scopes: tuple[str, ...]
    name: str
    description: str = ""

    def to_wire(self) -> dict[str, Any]:
        """The JSON body of a registration (FedAuthz 3.2.1)."""
        body: dict[str, Any] = {
            "resource_scopes": list(self.resource_scopes),
            "name": self.name,
            "type": STRUCTURE_DEFINITION + self.fhir_type,
            "heart_uma_kind": self.kind,
            "heart_uma_record": self.record,
        }
        if self.description:
            body["description"] = self.description
        return body


def _ids(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("a limit on records must be an array of strings")
    return frozenset(value)


def _day(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a limit on dates must be a string")
    return date.fromisoformat(value).isoformat()


@dataclass(frozen=True, slots=True)
class Limits:
    """Named records and record dates of one permission (extension `heart_uma_limits`).

    `only`: nothing but these ids; `also`: these ids too, whatever their kind, topic or "only
    people I pick"; `except_`: never these; ids are `Type/id`, opaque to the AS. `since` and
    `until` are inclusive days (YYYY-MM-DD) of the record's clinical date.
    """

    only: frozenset[str] | None = None
    also: frozenset[str] = frozenset()
    except_: frozenset[str] = frozenset()
    since: str | None = None
    until: str | None = None

    def __bool__(self) -> bool:
        return self.only is not None or bool(self.also or self.except_ or self.since or self.until)

    def to_wire(self) -> dict[str, Any]:
        """The JSON form: only the members that say something, ids sorted."""
        wire: dict[str, Any] = {}
        if self.only is not None:
            wire["only"] = sorted(self.only)
        if self.also:
            wire["also"] = sorted(self.also)
        if self.except_:
            wire["except"] = sorted(self.except_)
        if self.since:
            wire["since"] = self.since
        if self.until:
            wire["until"] = self.until
        return wire

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Limits:
        """Read limits; raise ValueError for an unknown member or a bad value (fail closed)."""
        unknown = set(wire) - {"only", "also", "except", "since", "until"}
        if unknown:
            raise ValueError(f"unknown limit {sorted(unknown)[0]!r}")
        return cls(
            only=_ids(wire["only"]) if "only" in wire else None,
            also=_ids(wire.get("also", [])),
            except_=_ids(wire.get("except", [])),
            since=_day(wire["since"]) if wire.get("since") is not None else None,
            until=_day(wire["until"]) if wire.get("until") is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission as asked for (FedAuthz 4.1) or as introspected (5.1.1, with our extensions).

    Several introspected permissions may share a `resource_id`: they are alternatives, one per
    granting `policy`, and are never merged. `exp` is in seconds since 1970.
    """

    resource_id: str
    resource_scopes: frozenset[str]
    exp: int | None = None
    limits: Limits = field(default_factory=Limits)
    policy: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """The JSON form with sorted scopes; extensions only where they say something."""
        wire: dict[str, Any] = {
            "resource_id": self.resource_id,
            "resource_scopes": sorted(self.resource_scopes),
        }
        if self.exp is not None:
            wire["exp"] = self.exp
        if self.limits:
            wire["heart_uma_limits"] = self.limits.to_wire()
        if self.policy is not None:
            wire["heart_uma_policy"] = self.policy
        return wire

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Permission:
        """Read one permission object; raise ValueError when it is malformed."""
        resource_id, scopes = wire.get("resource_id"), wire.get("resource_scopes")
        exp, policy = wire.get("exp"), wire.get("heart_uma_policy")
        if not isinstance(resource_id, str) or not resource_id:
            raise ValueError("resource_id must be a string")
        if not isinstance(scopes, list) or not all(isinstance(s, str) for s in scopes):
            raise ValueError("resource_scopes must be an array of strings")
        if exp is not None and (not isinstance(exp, int) or isinstance(exp, bool)):
            raise ValueError("exp must be a number of seconds")
        limits = wire.get("heart_uma_limits", {})
        if not isinstance(limits, Mapping):
            raise ValueError("heart_uma_limits must be an object")
        return cls(
            resource_id=resource_id,
            resource_scopes=frozenset(scopes),
            exp=exp,
            limits=Limits.from_wire(limits),
            policy=policy if isinstance(policy, str) else None,
        )
