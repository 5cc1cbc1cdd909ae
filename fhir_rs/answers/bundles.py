"""Bundles joined from stored bytes; no resource is parsed or dumped on a read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from fhir_rs.enforcement.grant import Disclosed
from heart_uma.label_systems import CONFIDENTIALITY_SYSTEM
from heart_uma.topics import VERY_RESTRICTED

_SECRET_BIT = 1 << VERY_RESTRICTED.bit
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
Rows = Sequence[Row[Any]]


def compact(value: Any) -> bytes:
    """JSON without spaces."""
    return _ENCODER.encode(value).encode()


def high_water_mark(labels: Iterable[int]) -> str:
    """The confidentiality of a Bundle: the highest in it, no topic (R4 security labels)."""
    mask = 0
    for each in labels:
        mask |= each
    return "V" if mask & _SECRET_BIT else "R" if mask else "N"


def _entry(base: str, row: Row[Any], body: bytes, mode: bytes) -> bytes:
    full_url = compact(f"{base}/{row.address}")
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":"%b"}}' % (full_url, body, mode)


def searchset(
    base: str,
    *,
    total: int | None,
    links: Sequence[tuple[str, str]],
    matches: Rows = (),
    included: Rows = (),
    bodies: Sequence[bytes] = (),
    labels: Sequence[int] = (),
    outcome: dict[str, Any] | None = None,
) -> bytes:
    """A searchset: matches, then what comes along with them, then what the owner lets be known.

    `bodies` and `labels` (masks) are those of the matches and of the included, as this caller
    gets them.
    """
    modes = [b"match"] * len(matches) + [b"include"] * len(included)
    found = zip([*matches, *included], bodies, modes, strict=True)
    entries = [_entry(base, *each) for each in found]
    if outcome is not None:
        entries.append(compact({"resource": outcome, "search": {"mode": "outcome"}}))
    mark = high_water_mark(labels)
    head: dict[str, Any] = {
        "resourceType": "Bundle",
        "meta": {"security": [{"system": CONFIDENTIALITY_SYSTEM, "code": mark}]},
        "type": "searchset",
    }
    if total is not None:
        head["total"] = total
    head["link"] = [{"relation": relation, "url": url} for relation, url in links]
    body = compact(head)
    if not entries:
        return body
    return body[:-1] + b',"entry":[' + b",".join(entries) + b"]}"


def disclosed(rows: Iterable[Row[Any]]) -> list[Disclosed]:
    """The rows as the audit entry names them."""
    return [Disclosed(row.type, row.id, row.kind) for row in rows]
