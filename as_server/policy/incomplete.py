"""What a party may be told of what it is not given: kinds, by the shape of the share alone.

No IO and no data: what stands in the records is unknown here, so nothing can tell of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from as_server.policy.model import Entry, RequestedResource
from heart_uma.incomplete import Slot, leaves_out
from heart_uma.incomplete import incomplete_kinds as incomplete_of_record
from heart_uma.scopes import covers


def readable_kinds(
    entries: Iterable[Entry], resources: Sequence[RequestedResource]
) -> frozenset[str]:
    """The kinds of `resources` of which some entry lets something be read."""
    return frozenset(resource.kind for resource, _ in _readable(entries, resources))


def incomplete_kinds(
    entries: Iterable[Entry], resources: Sequence[RequestedResource]
) -> frozenset[str]:
    """The granted kinds of which the entries may leave something out.

    `resources` is all that is registered of the records which the entries are about, whether it
    was asked for or not: with a part of it, a limit on one FHIR type would show by which ticket
    is answered whole. Each record counts by itself.
    """
    slots: dict[str, set[Slot]] = {}
    for resource in resources:
        slots.setdefault(resource.record, set()).add(_slot(resource))
    granted: dict[str, dict[Slot, bool]] = {record: {} for record in slots}
    for resource, entry in _readable(entries, resources):
        here, slot = granted[resource.record], _slot(resource)
        whole = not leaves_out(entry.scopes, entry.limits, resource.registered)
        here[slot] = here.get(slot, False) or whole
    return frozenset[str]().union(
        *(incomplete_of_record(granted[record], slots[record]) for record in slots)
    )


def missing_at(
    kinds: Iterable[str], entries: Iterable[Entry], resources: Sequence[RequestedResource]
) -> frozenset[str]:
    """Those of `kinds` of which the entries give nothing in one record or another of `resources`.

    What a record is not registered with counts as not given: a server that registers a kind only
    once it has some would else tell by it.
    """
    given: dict[str, set[str]] = {resource.record: set() for resource in resources}
    for resource, _ in _readable(entries, resources):
        given[resource.record].add(resource.kind)
    return frozenset(kind for kind in kinds if any(kind not in of for of in given.values()))


def _readable(
    entries: Iterable[Entry], resources: Sequence[RequestedResource]
) -> list[tuple[RequestedResource, Entry]]:
    """Each entry that lets a resource be read, with the resource."""
    by_id = {resource.resource_id: resource for resource in resources}
    return [
        (resource, entry)
        for entry in entries
        if (resource := by_id.get(entry.resource_id)) is not None
        and covers(entry.scopes, f"patient/{resource.fhir_type}.read")
    ]


def _slot(resource: RequestedResource) -> Slot:
    return Slot(resource.fhir_type, resource.kind)
