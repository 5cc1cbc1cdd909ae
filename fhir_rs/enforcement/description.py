"""A resource as the store keeps it: its text with id and meta, its columns, its index rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fhir_rs.enforcement.clinical_date import BEFORE_ALL, clinical_text, days_of, moment_of
from fhir_rs.enforcement.contained import own_labels_of, verdicts_of
from fhir_rs.enforcement.facts import Facts, Reference, facts_of
from fhir_rs.enforcement.index_values import IndexRow
from fhir_rs.enforcement.indexing import index_rows, searched_references
from fhir_rs.enforcement.kinds import kind_of, slot_of
from fhir_rs.enforcement.labeling import hits_of, labels_of
from fhir_rs.enforcement.placing import UNREAD_HIT, is_placed, places
from fhir_rs.enforcement.redaction import may_be_cut
from fhir_rs.enforcement.references import CONTAINED, is_address, may_lead_inside
from fhir_rs.enforcement.ruleset import Hit, Rules
from fhir_rs.enforcement.security_labels import mask_for, security_of
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.enforcement.titles import title_of
from heart_uma.labels import UNREAD

DESCRIBED = 4
"""The version of describing: what is derived from a resource, beside the rules themselves."""


def described_by(rules: Rules) -> str:
    """What a row says it was described by: these rules, and this version of describing."""
    return f"{rules.version}/{DESCRIBED}"


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One reference of a resource, as its row is stored.

    `target` is `Type/id` or the key it was written as; `key` that key where it is no address.
    """

    param: str
    target: str
    carries: bool
    holds: int
    key: str | None


@dataclass(frozen=True, slots=True)
class Description:
    """Everything the store derives from one resource."""

    type: str
    id: str
    columns: dict[str, Any]
    index: frozenset[IndexRow]
    references: frozenset[ReferenceRow]
    hits: tuple[Hit, ...]

    @property
    def address(self) -> str:
        """`Type/id`."""
        return f"{self.type}/{self.id}"


def instant(microseconds: int) -> str:
    """A FHIR instant in UTC with milliseconds."""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{microseconds // 1000 % 1000:03d}Z"


def security_codings(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The codings of `meta.security`."""
    meta = resource.get("meta")
    codings = meta.get("security") if isinstance(meta, Mapping) else None
    return [c for c in codings if isinstance(c, dict)] if isinstance(codings, list) else []


def with_meta(
    text: str,
    resource: Mapping[str, Any],
    *,
    id_: str,
    version: int,
    updated: int,
    security: list[dict[str, Any]],
) -> str:
    """The text to serve: as sent, but for `id` and `meta`."""
    sent = resource.get("meta")
    kept = dict(sent) if isinstance(sent, Mapping) else {}
    for name in ("versionId", "lastUpdated", "security"):
        kept.pop(name, None)
    own = {"versionId": str(version), "lastUpdated": instant(updated)}
    return with_members(text, {"id": id_, "meta": {**own, **kept, "security": security}})


def describe(
    text: str,
    resource: Mapping[str, Any],
    rules: Rules,
    *,
    id_: str,
    version: int,
    updated: int,
    awake: frozenset[str] = frozenset(),
    source: list[dict[str, Any]] | None = None,
    at_least: int = 0,
    facts: Facts | None = None,
    bases: Sequence[str] = (),
    writer: str | None = None,
    own_source: Sequence[Mapping[str, Any]] = (),
    own_at_least: int = 0,
) -> Description:
    """Derive what is stored of a resource.

    Parameters: `text` is the JSON as sent and `resource` the same, parsed; `awake` are
    those in which this patient's contextual hits count; `source` the security codings known from
    elsewhere (those sent, and those of the version before); `at_least` a mask it never loses;
    `facts` those of the resource, when known; `bases` the addresses its record answers at;
    `writer` who wrote this version, when it was a requester; `own_source` and `own_at_least` the
    codings and the mask that she saw on the version before.
    """
    facts = facts_of(resource) if facts is None else facts
    links = [(found, found.key(bases)) for found in facts.references]
    hits = (*hits_of(resource, facts, rules), *((UNREAD_HIT,) if facts.unread else ()))
    unplaced = (UNREAD,) if facts.unread and not is_placed(resource) else ()
    sensitivity = (*labels_of(hits, awake), *unplaced)
    codings = security_codings(resource) if source is None else source
    security = security_of(codings, sensitivity)
    served = with_meta(text, resource, id_=id_, version=version, updated=updated, security=security)
    columns = {
        **_columns(resource, id_, rules, bases),
        "labels": mask_for(codings, sensitivity) | at_least,
        "version": version,
        "updated": updated,
        "sensitivity": " ".join(sensitivity),
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "body": served.encode(),
        "cuts": may_be_cut(links, narrative=facts.narrative),
        **_writer_columns(writer, resource, hits, unplaced, own_source),
    }
    if writer is not None:
        columns["own_labels"] |= own_at_least
    references = _references(resource, links, unread=bool(facts.unread))
    index = index_rows(resource)
    return Description(columns["type"], id_, columns, index, references, hits)


def _columns(
    resource: Mapping[str, Any], id_: str, rules: Rules, bases: Sequence[str]
) -> dict[str, Any]:
    """What the resource itself says, for its columns."""
    kind, type_ = kind_of(resource), str(resource["resourceType"])
    written, moment = clinical_text(resource), moment_of(resource)
    low, high = days_of(written)
    return {
        "address": f"{type_}/{id_}",
        "type": type_,
        "id": id_,
        "kind": kind,
        "slot": slot_of(type_, kind),
        "date": None if written is None else written[:10],
        "moment": BEFORE_ALL if moment is None else moment,
        "day_low": low,
        "day_high": high,
        "title": title_of(resource),
        "rules": described_by(rules),
        "contained": verdicts_of(resource, rules, bases),
    }


def _writer_columns(
    writer: str | None,
    resource: Mapping[str, Any],
    hits: tuple[Hit, ...],
    unplaced: tuple[str, ...],
    own_source: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What the writer of a version reads it under: the labels that its own content gives.

    Nothing else of the record is looked at, so that what she reads back tells her of nothing else.
    """
    if writer is None:
        return {"writer": None, "own_labels": None, "own_security": None}
    sensitivity = (*own_labels_of(hits), *unplaced)
    source = [*security_codings(resource), *own_source]
    return {
        "writer": writer,
        "own_labels": mask_for(source, sensitivity),
        "own_security": json.dumps(security_of(source, sensitivity), ensure_ascii=False),
    }


def _references(
    resource: Mapping[str, Any], links: Sequence[tuple[Reference, str]], *, unread: bool
) -> frozenset[ReferenceRow]:
    """Every reference once for each parameter that searches it, or once without."""
    params = searched_references(resource)
    rows: set[ReferenceRow] = set()
    for found, key in links:
        if not (key and may_lead_inside(key)):
            continue
        # What could not be read is judged by its encounter.
        carries = found.carries or (unread and found.name in ("encounter", "context"))
        holds = (1 if places(resource) else 2) if found.holds else 0
        for param in params.get(id(found.value), [CONTAINED if found.inside else ""]):
            rows.add(ReferenceRow(param, key, carries, holds, None if is_address(key) else key))
    return _united(rows)


def _united(rows: set[ReferenceRow]) -> frozenset[ReferenceRow]:
    """One row for each parameter and target: it carries, or holds, if any of them does."""
    carrying = {row.target for row in rows if row.carries}
    holding = {row.target: row.holds for row in rows if row.holds}
    named = {row.target for row in rows if row.param not in ("", CONTAINED)}
    return frozenset(
        ReferenceRow(r.param, r.target, r.target in carrying, holding.get(r.target, 0), r.key)
        for r in rows
        if r.param or r.target not in named
    )
