"""Addresses of single records, `{record base}/Type/id`: taken apart, and put together by place."""

from __future__ import annotations

from collections.abc import Mapping


def split_record_url(url: str) -> tuple[str, str, str] | None:
    """`{record base}/Type/id` as (base, Type, `Type/id`); None when it has no such shape."""
    parts = url.rsplit("/", 2)
    if len(parts) != 3 or not all(parts):
        return None
    record, fhir_type, record_id = parts
    return record, fhir_type, f"{fhir_type}/{record_id}"


def by_place(urls: tuple[str, ...]) -> Mapping[tuple[str, str], frozenset[str]]:
    places: dict[tuple[str, str], set[str]] = {}
    for url in urls:
        if found := split_record_url(url):
            places.setdefault(found[:2], set()).add(found[2])
    return {place: frozenset(ids) for place, ids in places.items()}
