"""Writes: one pipeline for create, update and the entries of a Bundle.

Order: parse, authorise by what the body says it is, validate, load, decide, then in one
transaction label, store and audit.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from sqlalchemy import Connection, Row, select

from fhir_rs.answers.bundles import disclosed
from fhir_rs.answers.entity_tags import names
from fhir_rs.answers.headers import version_headers
from fhir_rs.answers.negotiation import JSON
from fhir_rs.context import current_rs
from fhir_rs.db import session
from fhir_rs.enforcement.compartment import foreign_owner, owner_key, owners
from fhir_rs.enforcement.description import Description, describe, security_codings
from fhir_rs.enforcement.facts import references_of
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.kinds import DIRECTORY, kind_of
from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.enforcement.redaction import CUT_MARKS
from fhir_rs.enforcement.references import is_address
from fhir_rs.enforcement.required import for_write
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MultipleMatches,
    NotFound,
    TooLarge,
    Unprocessable,
    UnsupportedMedia,
    VersionMismatch,
    answer,
)
from fhir_rs.models import relabeling, search_pages, storing
from fhir_rs.models.bearers import resolve
from fhir_rs.models.record import lock, patient_of
from fhir_rs.models.search_pages import SHOWN
from fhir_rs.models.shown_resource import as_shown
from fhir_rs.models.versions import versions
from fhir_rs.models.visibility import RESOURCE
from fhir_rs.protection.guard import Access, authorize
from fhir_rs.validation import r4
from heart_ground import moments
from heart_uma.labels import TYPE_KINDS
from heart_uma.strict_json import loads

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


def json_body() -> bytes:
    """The request's body, if it is JSON and not too large."""
    limit = current_rs.settings.max_body_bytes
    if request.mimetype not in JSON or "Content-Encoding" in request.headers:
        # Nothing is unpacked here, so there is no bomb to unpack (DOS-05).
        raise UnsupportedMedia
    if (request.content_length or 0) > limit:
        raise TooLarge
    body = request.get_data()
    if len(body) > limit:
        raise TooLarge
    return body


def json_request() -> Any:
    """The request's body, parsed; raise StrictJsonError."""
    body = json_body()
    return loads(body, max_bytes=len(body))


def incoming(body: bytes, type_: str) -> Incoming:
    """Parse a body that should be a `type_`; raise Invalid or StrictJsonError."""
    resource = loads(body, max_bytes=len(body))
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


def checked(connection: Connection, access: Access, new: Incoming) -> None:
    """Validate, and refuse what is somebody else's or was cut down before (FH-73, FS-41)."""
    r4.validate(new.resource)
    meta = new.resource.get("meta")
    marks = [*meta.get("tag", ()), *meta.get("security", ())] if isinstance(meta, dict) else []
    if any(isinstance(mark, dict) and mark.get("code") in CUT_MARKS for mark in marks):
        raise Unprocessable("A resource that was cut down cannot replace the whole one.")
    if not _belongs(connection, access, new.resource):
        raise Unprocessable


def _belongs(connection: Connection, access: Access, resource: dict[str, Any]) -> bool:
    """True when a resource, with all that it contains, is about the person of this record."""
    bases = current_rs.bases(access.record)
    patient = patient_of(connection, access.record)
    contained = resource.get("contained")
    for one in contained if isinstance(contained, list) else ():
        if isinstance(one, dict) and foreign_owner(one, resource, bases):
            return False
    key = owner_key(resource, bases)
    if key is None:
        free = str(resource["resourceType"]) not in TYPE_KINDS
        return free and not owners(resource, references_of(resource), bases) - {patient}
    if is_address(key):
        return key == patient
    # By another name than an address she must be visible, or guessing names would find her.
    meant = resolve(connection, access.record, [key]).get(key, set())
    seen = select(RESOURCE.c.address).where(
        access.scope.sees(frozenset({"Patient"})), RESOURCE.c.address.in_(sorted(meant))
    )
    return list(connection.execute(seen).scalars()) == [patient]


def create(
    access: Access, new: Incoming, id_: str | None = None, unless: SearchQuery | None = None
) -> Response:
    """Store a new resource under an id of the server's own (R4 http 3.1.0.8, FH-43).

    `id_` is one this server has already chosen, for entries that refer to each other. `unless`
    are the criteria of a conditional create, looked for in the same turn that writes, so that two
    of them at once make one resource (R4 http 3.1.0.8.1).
    """
    connection = session().connection()
    lock(connection, access.record)
    if unless is not None:
        found = existing(connection, access, unless)
        if found is not None:
            return found
    checked(connection, access, new)
    id_ = id_ or str(uuid.uuid4())
    made = _described(connection, access, new, id_, version=1)
    storing.add(connection, access.record, [made])
    return _finish(connection, access, made, "create", 201)


def existing(connection: Connection, access: Access, query: SearchQuery) -> Response | None:
    """200 for the one match that the caller sees, 412 for several, None for none."""
    page = search_pages.page_of(search_pages.matches(access.scope, query), limit=1)
    rows = connection.execute(page).all()
    if len(rows) > 1:
        raise MultipleMatches
    if not rows:
        return None
    address = rows[0].address
    current = versions(connection, access.scope, address)[0]
    access.disclose(disclosed(rows), "create")
    location = f"{current_rs.record_base(access.record)}/{address}/_history/{current.version}"
    headers = {**version_headers(current.version, current.updated), "Location": location}
    return answer(b"", 200, headers)


def update(access: Access, new: Incoming, id_: str, if_match: str | None) -> Response:
    """Replace a resource that the caller may change; never create one (FH-43, FH-44)."""
    if new.resource.get("id") != id_:
        raise Invalid("The id is not the one in the address.", expression=f"{new.type}.id")
    connection = session().connection()
    address = f"{new.type}/{id_}"
    lock(connection, access.record)
    writable = access.scope.sees(frozenset({new.type}), action="write")
    shown = select(RESOURCE.c.pk).where(RESOURCE.c.address == address, writable)
    if connection.execute(shown).first() is None:
        session().rollback()
        access.disclose((), "update")
        raise NotFound
    old = storing.find(connection, access.record, address)
    assert old is not None  # noqa: S101
    if if_match is not None and not names(if_match, str(old.version)):
        raise VersionMismatch
    bases = current_rs.bases(access.record)
    if as_shown(connection, access.scope, [old], bases)[0].cut:
        # Whoever was shown a part would put that part over the whole.
        raise Unprocessable("This resource is shown to you in part, so you cannot replace it.")
    checked(connection, access, new)
    made = _described(connection, access, new, id_, version=old.version + 1, old=old)
    if not storing.replace(connection, access.record, old, made):
        raise Conflict
    return _finish(connection, access, made, "update", 200)


def _described(
    connection: Connection,
    access: Access,
    new: Incoming,
    id_: str,
    *,
    version: int,
    old: Row[Any] | None = None,
) -> Description:
    before: list[dict[str, Any]] = []
    own_before: list[dict[str, Any]] = []
    own_at_least = 0
    if old is not None:
        before = security_codings(loads(old.body))
        mine = old.writer == access.writer
        own_before = loads(old.own_security.encode()) if mine else before
        own_at_least = old.own_labels if mine else old.labels
    return describe(
        new.text,
        new.resource,
        labeling_rules(),
        id_=id_,
        version=version,
        updated=moments.microseconds(current_rs.clock()),
        awake=relabeling.awake_in(connection, access.record),
        # A client can raise labels, never lower them: what was there stays (DESIGN 9).
        source=[*security_codings(new.resource), *before],
        at_least=0 if old is None else old.labels,
        bases=current_rs.bases(access.record),
        writer=access.writer,
        own_source=own_before,
        own_at_least=own_at_least,
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
        seen = access.scope.sees(frozenset({made.type}))
        statement = select(*SHOWN).where(RESOURCE.c.address == made.address, seen)
        rows = connection.execute(statement).all()
        bases = current_rs.bases(access.record)
        body = b"".join(each.body for each in as_shown(connection, access.scope, rows, bases))
    return answer(body, status, headers)
