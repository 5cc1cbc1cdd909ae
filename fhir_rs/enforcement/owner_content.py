"""What of a resource goes with a line of the owner's list: all that is said, no files.

A list of scanned letters would be as heavy as the letters. An attachment keeps its title, type and
size; its bytes are read from the resource itself, one at a time (FHIR R4 read).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fhir_rs.enforcement.facts import references_of
from fhir_rs.enforcement.looking_up import BELONGS
from fhir_rs.enforcement.references import is_address
from heart_uma.kinds import DIRECTORY_TYPES

LONGEST_TEXT = 64 * 1024
"""Characters of one string that still go along."""
MOST_BESIDE = 200
"""Of what one resource names."""
_REASONS = frozenset({"reasonReference", "addresses", "indication", "valueReference"})
_FILES = ("contentType", "title", "url", "creation", "hash")


def told(resource: Mapping[str, Any], *, alone: bool) -> dict[str, Any]:
    """The members of `resource` without the bytes of its files, and with its narrative and the
    text of its notes only where it is asked for `alone`."""
    kept = _object(resource, LONGEST_TEXT if alone else 0)
    if not alone:
        kept.pop("text", None)
    return kept


def beside(resource: Mapping[str, Any], bases: Sequence[str]) -> list[str]:
    """The addresses of what it cannot be understood without: the people and places it names, the
    medicine, the results of a panel, and why it was done."""
    found = ((one.name, one.key(bases)) for one in references_of(resource).references)
    keys = (key for name, key in found if is_address(key) and _is_needed(name, key))
    return list(dict.fromkeys(keys))[:MOST_BESIDE]


def _is_needed(name: str, key: str) -> bool:
    return name in BELONGS or name in _REASONS or key.partition("/")[0] in DIRECTORY_TYPES


def _object(value: Mapping[str, Any], most: int) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        if name == "data" and isinstance(inner, str) and _is_a_file(value):
            kept.setdefault("size", value.get("size") or len(inner) * 3 // 4)
            if not (str(value.get("contentType")).startswith("text/") and len(inner) <= most):
                continue
        kept[name] = _any(inner, most)
    return kept


def _any(value: Any, most: int) -> Any:
    if isinstance(value, Mapping):
        return _object(value, most)
    if isinstance(value, list):
        return [_any(each, most) for each in value]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[:LONGEST_TEXT] + "…"
    return value


def _is_a_file(value: Mapping[str, Any]) -> bool:
    # Attachment and Binary; a SampledData has `data` too, and an origin (R4 datatypes).
    return any(name in value for name in _FILES) or "origin" not in value
