"""What one audit entry says: a FHIR R4 AuditEvent in the shape of IHE BALP."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from fhir_rs.enforcement.grant import Disclosed

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DCM = "http://dicom.nema.org/resources/ontology/DCM"
ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
REQUEST_ID = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
POLICY_URN = "urn:heart-uma:policy:"
JTI_URN = "urn:ietf:params:oauth:jti:"

# interaction -> (profile, action, type of the client agent, type of the server agent)
_SOURCE, _DESTINATION = (DCM, "110153"), (DCM, "110152")
_QUERY: Final = ("PatientQuery", "E", _SOURCE, _DESTINATION)
_SHAPES: Final[dict[str, tuple[str, str, tuple[str, str], tuple[str, str]]]] = {
    "read": ("PatientRead", "R", _DESTINATION, _SOURCE),
    "vread": ("PatientRead", "R", _DESTINATION, _SOURCE),
    "create": ("PatientCreate", "C", _SOURCE, _DESTINATION),
    "update": ("PatientUpdate", "U", _SOURCE, _DESTINATION),
    "patch": ("PatientUpdate", "U", _SOURCE, _DESTINATION),
    "delete": (
        "PatientDelete",
        "D",
        (DCM, "110150"),
        ("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian"),
    ),
}
_RESTFUL: Final = frozenset(
    {"read", "vread", "update", "patch", "delete", "create", "history-instance", "history-type",
     "history-system", "search-type", "search-system", "capabilities", "transaction", "batch"}
)  # fmt: skip


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who looked, as introspection named them.

    `kind` is `person`, `system` or `owner`; `policies` are the rules that let it; `jti` names the
    token (never the token itself).
    """

    kind: str
    name: str = ""
    role: str = ""
    organization: str = ""
    client_id: str = ""
    client_name: str = ""
    issuer: str = ""
    jti: str = ""
    purpose: str = ""
    reason: str = ""
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """What was asked and what came of it.

    `outcome` is `shown`; `nothing` (let in, and nothing of what they may see was there);
    `counted` (only told how many, `counted` by kind); `confirmed` (what they have is still so);
    `turned_away` (the token does not reach it); `refused` with an HTTP `status`. `total` is the
    number of matches that was told.
    """

    record_base: str
    interaction: str
    outcome: str
    request: str
    entries: Sequence[Disclosed] = ()
    request_id: str = ""
    total: int | None = None
    counted: Mapping[str, int] | None = None
    status: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """This server: its FHIR base and its name."""

    base: str
    name: str


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


def _agent(type_: tuple[str, str], who: dict[str, Any]) -> dict[str, Any]:
    return {"type": {"coding": [_coding(*type_)]}, "who": who, "requestor": False}


def _user(actor: Actor, patient: str) -> dict[str, Any]:
    agent: dict[str, Any] = {
        "type": {
            "coding": [
                _coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")
            ]
        },
        "requestor": True,
    }
    if actor.kind == "owner":
        agent["who"] = {"reference": patient}
    else:
        agent["who"] = {"display": actor.name or actor.client_name or actor.client_id}
    if actor.role:
        agent["role"] = [{"text": actor.role}]
    policy = [POLICY_URN + policy for policy in actor.policies]
    if actor.jti:
        policy.append(JTI_URN + actor.jti)
    if policy:
        agent["policy"] = policy
    if actor.purpose or actor.reason:
        purpose: dict[str, Any] = {}
        if actor.purpose:
            system = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
            purpose["coding"] = [_coding(system, actor.purpose)]
        if actor.reason:
            purpose["text"] = actor.reason
        agent["purposeOfUse"] = [purpose]
    return agent


def is_query(interaction: str) -> bool:
    """True where the event quotes the request; else it names one resource."""
    return interaction not in _SHAPES


def kinds_of(happened: Happened) -> dict[str, int]:
    """How many of each kind were shown or counted."""
    kinds = dict(happened.counted or {})
    for entry in happened.entries:
        kinds[entry.kind] = kinds.get(entry.kind, 0) + 1
    return kinds


def _details(happened: Happened) -> list[dict[str, str]]:
    kinds = kinds_of(happened)
    said = {"count": sum(kinds.values()), **{f"kind:{kind}": kinds[kind] for kind in sorted(kinds)}}
    if happened.total is not None:
        said["total"] = happened.total
    if happened.status:
        said["status"] = happened.status
    return [{"type": name, "valueString": str(number)} for name, number in said.items()]


def _entities(happened: Happened, patient: str, query: bool) -> list[dict[str, Any]]:
    detail = _details(happened)
    if query:
        data: dict[str, Any] = {
            "type": _coding(ENTITY_TYPE, "2"),
            "role": _coding(OBJECT_ROLE, "24"),
            "query": base64.b64encode(happened.request.encode()).decode(),
        }
    else:
        data = {"type": _coding(ENTITY_TYPE, "2"), "role": _coding(OBJECT_ROLE, "4")}
        # A refused or empty read names what was asked for, not whether it exists.
        named = happened.entries[0] if happened.entries else None
        reference = f"{named.type}/{named.id}" if named else happened.request
        data["what"] = {"reference": f"{happened.record_base}/{reference}" if named else reference}
    data["detail"] = detail
    entities = [
        data,
        {
            "type": _coding(ENTITY_TYPE, "1"),
            "role": _coding(OBJECT_ROLE, "1"),
            "what": {"reference": patient},
        },
    ]
    if happened.request_id:
        entities.append(
            {
                "type": _coding(REQUEST_ID, "XrequestId"),
                "what": {"identifier": {"value": happened.request_id}},
            }
        )
    return entities


def build(actor: Actor, happened: Happened, site: Site, at: datetime) -> str:
    """The AuditEvent of one disclosure or refusal, as JSON text; it never holds content."""
    patient = f"{happened.record_base}/Patient"
    entities = _entities(happened, patient, is_query(happened.interaction))
    code, said = _outcome(happened)
    desc = f',"outcomeDesc":{_json(said)}' if said else ""
    return (
        f'{_opening(happened.interaction)},"recorded":"{at.isoformat(timespec="milliseconds")}",'
        f'"outcome":"{code}",{_agents(actor, happened.interaction, patient, site)},'
        f'"entity":{_json(entities)}{desc}}}'
    )


def _outcome(happened: Happened) -> tuple[int, str]:
    """The code of audit-event-outcome, and words where something was refused."""
    if happened.outcome == "turned_away":
        return 4, "The token does not reach this interaction."
    if happened.outcome == "refused":
        return 4 if happened.status < 500 else 8, f"Answered with status {happened.status}."
    return 0, ""


def _json(value: Any) -> str:
    return _ENCODER.encode(value)


@lru_cache(maxsize=64)
def _opening(interaction: str) -> str:
    """The members that every entry of an interaction begins with, without the closing brace."""
    profile, action, *_ = _SHAPES.get(interaction, _QUERY)
    code = interaction if interaction in _RESTFUL else "operation"
    members = {
        "resourceType": "AuditEvent",
        "meta": {"profile": [BALP + profile]},
        "type": _coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest"),
        "subtype": [
            _coding("http://hl7.org/fhir/restful-interaction", code),
            # Operations say which one; the plain code system has one word for all of them.
            *([{"display": interaction}] if code == "operation" else []),
        ],
        "action": action,
    }
    return _json(members)[:-1]


@lru_cache(maxsize=1024)
def _agents(actor: Actor, interaction: str, patient: str, site: Site) -> str:
    """`agent` and `source` as members: the same for all that one token does in one record."""
    _, _, client_type, server_type = _SHAPES.get(interaction, _QUERY)
    client: dict[str, Any] = {"identifier": {"system": actor.issuer, "value": actor.client_id}}
    if actor.client_name:
        client["display"] = actor.client_name
    server = {"identifier": {"value": site.base}, "display": site.name}
    agents = [_agent(client_type, client), _agent(server_type, server), _user(actor, patient)]
    if actor.organization:
        role_class = ("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV")
        agents.append(_agent(role_class, {"display": actor.organization}))
    members = {"agent": agents, "source": {"observer": server}}
    return _json(members)[1:-1]
