"""Writes: one pipeline for create, update and the entries of a Bundle.

Order: parse, authorise by what the body says it is, validate, load, decide, then in one
transaction label, store and audit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from sqlalchemy import Connection, Row, select

from fhir_rs import r4
from fhir_rs.answers import version_headers
from fhir_rs.context import current_rs
from fhir_rs.db import session
from fhir_rs.enforcement.compartment import owner_reference, owners, patient_address
from fhir_rs.enforcement.description import Description, describe, security_codings
from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.kinds import DIRECTORY, kind_of
from fhir_rs.enforcement.required import for_write
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unprocessable,
    UnsupportedMedia,
    VersionMismatch,
    answer,
)
from fhir_rs.models import relabeling, storing
from fhir_rs.models.criteria import Scope
from fhir_rs.models.naming import without_withheld
from fhir_rs.models.record import patient_of
from fhir_rs.models.visibility import RESOURCE, visible
from fhir_rs.protection.guard import Access, authorize
from fhir_rs.rules import labeling_rules
from heart_uma.labels import TYPE_KINDS
from heart_uma.strict_json import loads

MAX_RESOURCE = 2 * 1024 * 1024
_JSON = frozenset({"application/fhir+json", "application/json", "text/json"})
_CUT = frozenset({"SUBSETTED", "REDACTED"})
_NOT_WRITTEN = frozenset({"Patient", "AuditEvent", "Bundle", "Consent", "Subscription"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A resource to write: its text as sent, and the same parsed."""

    text: str
    resource: dict[str, Any]

    @property
    def type(self) -> str:
        """Its resourceType."""
        return str(self.resource["resourceType"])


def json_body(limit: int) -> bytes:
    """The request's body, if it is JSON and not too large."""
    if request.mimetype not in _JSON or "Content-Encoding" in request.headers:
        # Nothing is unpacked here, so there is no bomb to unpack (DOS-05).
        raise UnsupportedMedia
    if (request.content_length or 0) > limit:
        raise TooLarge
    body = request.get_data()
    if len(body) > limit:
        raise TooLarge
    return body


def incoming(body: bytes, type_: str) -> Incoming:
    """Parse a body that should be a `type_`; raise Invalid or StrictJsonError."""
    resource = loads(body, max_bytes=MAX_RESOURCE)
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise Invalid("The resource has no resourceType.", expression=type_)
    if resource["resourceType"] != type_:
        raise Invalid("The resourceType is not the one in the address.", expression=type_)
    return Incoming(body.decode("utf-8").strip(), resource)


def permitted(record: str, interaction: str, new: Incoming) -> Access:
    """Authorise a write by the kind that the body says it is."""
    kind = kind_of(new.resource)
    if new.type not in RESOURCE_TYPES:
        raise NotFound
    if kind == DIRECTORY or new.type in _NOT_WRITTEN:
        # People, places, the Patient and the record of who looked are not written by requesters.
        raise Forbidden("Resources of that type are not written here.")
    return authorize(record, for_write(interaction, new.type, kind))


def checked(connection: Connection, record: str, new: Incoming) -> None:
    """Validate, and refuse what is somebody else's or was cut down before (FH-73, FS-41)."""
    r4.validate(new.resource)
    meta = new.resource.get("meta")
    marks = [*meta.get("tag", ()), *meta.get("security", ())] if isinstance(meta, dict) else []
    if any(isinstance(mark, dict) and mark.get("code") in _CUT for mark in marks):
        raise Unprocessable("A resource that was cut down cannot replace the whole one.")
    patient = patient_of(connection, record)
    reference = owner_reference(new.resource)
    base = f"{current_rs.record_base(record)}/"
    if reference is not None:
        local = reference.removeprefix(base)
        if "://" in local or patient_address(local) != patient:
            raise Unprocessable
    elif new.type in TYPE_KINDS or owners(new.resource, facts_of(new.resource)) - {patient}:
        raise Unprocessable


def create(access: Access, new: Incoming, id_: str | None = None) -> Response:
    """Store a new resource under an id of the server's own (R4 http 3.1.0.8, FH-43).

    `id_` is one this server has already chosen, for entries that refer to each other.
    """
    connection = session().connection()
    checked(connection, access.record, new)
    id_ = id_ or str(uuid.uuid4())
    made = _described(connection, access.record, new, id_, version=1)
    storing.add(connection, access.record, [made])
    return _finish(connection, access, made, "create", 201)


def update(access: Access, new: Incoming, id_: str, if_match: str | None) -> Response:
    """Replace a resource that the caller may change; never create one (FH-43, FH-44)."""
    if new.resource.get("id") != id_:
        raise Invalid("The id is not the one in the address.", expression=f"{new.type}.id")
    connection = session().connection()
    address = f"{new.type}/{id_}"
    writable = visible(
        access.grant, access.record, "write", types=frozenset({new.type}), table=RESOURCE
    )
    shown = select(RESOURCE.c.pk).where(
        RESOURCE.c.record == access.record, RESOURCE.c.address == address, writable
    )
    if connection.execute(shown).first() is None:
        session().rollback()
        access.disclose((), "update")
        raise NotFound
    old = storing.find(connection, access.record, address)
    assert old is not None  # noqa: S101
    if if_match is not None and not _is_version(if_match, old.version):
        raise VersionMismatch
    checked(connection, access.record, new)
    made = _described(connection, access.record, new, id_, version=old.version + 1, old=old)
    if not storing.replace(connection, access.record, old, made):
        raise Conflict
    return _finish(connection, access, made, "update", 200)


def _is_version(if_match: str, version: int) -> bool:
    tags: Iterable[str] = (tag.strip() for tag in if_match.split(","))
    return any(tag in (f'W/"{version}"', f'"{version}"', str(version), "*") for tag in tags)


def _described(
    connection: Connection,
    record: str,
    new: Incoming,
    id_: str,
    *,
    version: int,
    old: Row[Any] | None = None,
) -> Description:
    before: list[dict[str, Any]] = []
    if old is not None:
        before = security_codings(loads(old.body))
    return describe(
        new.text,
        new.resource,
        labeling_rules(),
        id_=id_,
        version=version,
        updated=int(current_rs.clock().timestamp() * 1_000_000),
        awake=relabeling.awake_in(connection, record),
        # A client can raise labels, never lower them: what was there stays (DESIGN 9).
        source=[*security_codings(new.resource), *before],
        at_least=0 if old is None else old.labels,
    )


def _finish(
    connection: Connection, access: Access, made: Description, interaction: str, status: int
) -> Response:
    relabeling.settle(connection, access.record)
    entry = Disclosed(made.type, made.id, str(made.columns["kind"]))
    access.disclose((entry,), interaction)
    version, updated = made.columns["version"], made.columns["updated"]
    location = f"{current_rs.record_base(access.record)}/{made.address}/_history/{version}"
    headers = {**version_headers(version, updated), "Location": location}
    body = b""
    if "return=representation" in request.headers.get("Prefer", "").replace(" ", ""):
        # What the writer may not read does not come back either (FH-76).
        shown = visible(access.grant, access.record, types=frozenset({made.type}))
        statement = select(RESOURCE.c.body).where(
            RESOURCE.c.record == access.record, RESOURCE.c.address == made.address, shown
        )
        sent = list(connection.execute(statement).scalars())
        shown_to = Scope(access.record, access.grant)
        body = b"".join(without_withheld(connection, shown_to, sent))
    return answer(body, status, headers)
