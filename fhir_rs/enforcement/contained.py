"""What is contained in a resource and belongs to a patient of its own right: a verdict for each.

A contained resource has no life of its own, but it has a kind: a prescription that contains a
diagnosis is shared as a prescription, and the diagnosis only where conditions are shared too. What
cannot belong to a patient (a substance, a medication, a questionnaire) is part of its holder.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fhir_rs.enforcement.clinical_date import clinical_text, days_of
from fhir_rs.enforcement.compartment import foreign_owner
from fhir_rs.enforcement.elements import is_judged_apart
from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.kinds import kind_of, slot_of
from fhir_rs.enforcement.labeling import awake, hits_of, labels_of
from fhir_rs.enforcement.lenses import Facet, Lens, in_window
from fhir_rs.enforcement.references import identifier_key
from fhir_rs.enforcement.ruleset import Hit, Rules
from fhir_rs.enforcement.security_labels import mask_for

NOBODYS = ""
"""The slot of what belongs to another patient: no permission speaks of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What decides about one contained resource.

    `keys` are its identifiers as references name them: it may be a copy of a resource of this
    record, and then goes with it.
    """

    id: str
    type: str
    slot: str
    labels: int
    low: int | None
    high: int | None
    keys: tuple[str, ...] = ()


def identifiers_of(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The (system, value) pairs of a resource's own identifiers."""
    found = resource.get("identifier")
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, Mapping) and isinstance(each.get("value"), str):
            yield str(each.get("system") or ""), each["value"]


def own_labels_of(hits: Iterable[Hit]) -> tuple[str, ...]:
    """The codes that hits ask for when nothing but their own resource is looked at."""
    found = tuple(hits)
    return labels_of(found, awake((hit.category, hit.rule, hit.strength) for hit in found))


def verdicts_of(resource: Mapping[str, Any], rules: Rules, bases: Sequence[str]) -> str | None:
    """The verdicts about what `resource` contains, as they are stored; None when there are none."""
    contained = resource.get("contained")
    each = contained if isinstance(contained, list) else []
    found = [_verdict(one, resource, rules, bases) for one in each if isinstance(one, Mapping)]
    rows = [
        [v.id, v.type, v.slot, v.labels, v.low, v.high, *v.keys] for v in found if v is not None
    ]
    return json.dumps(rows, separators=(",", ":")) if rows else None


def _verdict(
    one: Mapping[str, Any], holder: Mapping[str, Any], rules: Rules, bases: Sequence[str]
) -> Verdict | None:
    type_, kind = str(one.get("resourceType")), kind_of(one)
    if not is_judged_apart(type_):
        return None
    hits = hits_of(one, facts_of(one), rules)
    meta = one.get("meta")
    sent = meta.get("security") if isinstance(meta, Mapping) else None
    source = [c for c in sent if isinstance(c, dict)] if isinstance(sent, list) else []
    low, high = days_of(clinical_text(one) or clinical_text(holder))
    return Verdict(
        id=str(one.get("id") or ""),
        type=type_,
        slot=NOBODYS if foreign_owner(one, holder, bases) else slot_of(type_, kind),
        labels=mask_for(source, own_labels_of(hits)),
        low=low,
        high=high,
        keys=tuple(identifier_key(type_, system, value) for system, value in identifiers_of(one)),
    )


def stored_verdicts(text: str | None) -> list[Verdict]:
    """What `verdicts_of` stored."""
    rows = json.loads(text) if text else []
    return [
        Verdict(id_, type_, slot, labels, low, high, tuple(keys))
        for id_, type_, slot, labels, low, high, *keys in rows
    ]


def left_out(
    verdicts: Collection[Verdict], lenses: Collection[Lens], withheld: Collection[str]
) -> set[str]:
    """The ids of contained resources that no lens shows, or that are copies of withheld ones."""
    return {
        verdict.id
        for verdict in verdicts
        if not any(_shows(lens, verdict) for lens in lenses)
        or any(key in withheld for key in verdict.keys)
    }


def _shows(lens: Lens, verdict: Verdict) -> bool:
    if verdict.slot not in lens.slots or verdict.labels & lens.denied:
        return False
    facet = Facet("", verdict.type, verdict.slot, 0, 0, verdict.low, verdict.high)
    return verdict.type == "Patient" or in_window(lens, facet)
