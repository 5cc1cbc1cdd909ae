"""A resource as the store keeps it: its text with id and meta, its columns, its index rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fhir_rs.enforcement.dating import clinical_date, days_of
from fhir_rs.enforcement.facts import Facts, facts_of, local_targets
from fhir_rs.enforcement.indexing import IndexRow, index_rows, reference_rows
from fhir_rs.enforcement.kinds import kind_of, slot_of
from fhir_rs.enforcement.labeling import (
    Hit,
    Rules,
    hits_of,
    labels_of,
    mask_for,
    security_of,
)
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.enforcement.titles import title_of


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One reference of a resource, as its row is stored."""

    param: str
    target: str
    carries: bool


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
    """The text to serve: as sent, but for `id` and `meta` (DESIGN 20)."""
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
) -> Description:
    """Derive what is stored of a resource.

    Parameters: `text` is the JSON as sent and `resource` the same, parsed; `awake` are the
    categories in which this patient's contextual hits count; `source` the security codings known
    from elsewhere (those sent, and those of the version before); `at_least` a mask it never
    loses; `facts` those of the resource, when known.
    """
    facts = facts_of(resource) if facts is None else facts
    hits = hits_of(resource, facts, rules)
    sensitivity = labels_of(hits, awake)
    codings = security_codings(resource) if source is None else source
    security = security_of(codings, sensitivity)
    served = with_meta(text, resource, id_=id_, version=version, updated=updated, security=security)
    columns = {
        **_columns(resource, id_),
        "labels": mask_for(codings, sensitivity) | at_least,
        "version": version,
        "updated": updated,
        "sensitivity": " ".join(sensitivity),
        "rules": rules.version,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "body": served.encode(),
    }
    index = frozenset(index_rows(resource))
    return Description(columns["type"], id_, columns, index, _references(resource, facts), hits)


def _columns(resource: Mapping[str, Any], id_: str) -> dict[str, Any]:
    """What the resource itself says, for its columns."""
    kind, type_ = kind_of(resource), str(resource["resourceType"])
    day = clinical_date(resource)
    low, high = days_of(day)
    return {
        "address": f"{type_}/{id_}",
        "type": type_,
        "id": id_,
        "kind": kind,
        "slot": slot_of(type_, kind),
        "date": day,
        "day_low": low,
        "day_high": high,
        "title": title_of(resource),
    }


def _references(resource: Mapping[str, Any], facts: Facts) -> frozenset[ReferenceRow]:
    """Every reference once for each parameter that searches it, or once without."""
    named = set(reference_rows(resource))
    targets = {(r.target, r.carries) for r in local_targets(facts)}
    carrying = {target for target, carries in targets if carries}
    # A reference to one version is a reference to the resource, labels and all (FS-48).
    plain = {(param, t.partition("/_history/")[0].partition("#")[0]) for param, t in named}
    rows = {ReferenceRow(param, target, target in carrying) for param, target in plain}
    found = {row.target for row in rows}
    rows |= {
        ReferenceRow("", target, carries) for target, carries in targets if target not in found
    }
    return frozenset(rows)
