"""What says where an unread file belongs: its encounter, or the type of the document it is.

A file that cannot be read (a scan, a sealed PDF) can hold anything. Its encounter's labels or its
document type's stand for it; where there is neither, its label is unknown, which nobody is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_rs.enforcement.ruleset import Hit

UNREAD_CATEGORY = "UNREAD"
UNREAD_HIT = Hit(UNREAD_CATEGORY, "attachment", "U", ())
"""The fact that something of a resource could not be read; a fact, and by itself no label."""


def is_placed(resource: Mapping[str, Any]) -> bool:
    """True when the unread content of `resource` needs no label of its own.

    A Binary never does: what points at it decides (see `models/binaries.py`).
    """
    return resource.get("resourceType") == "Binary" or places(resource)


def places(resource: Mapping[str, Any]) -> bool:
    """True when `resource` names an encounter or a coded type that can stand for its files."""
    context = resource.get("context")
    inner = context.get("encounter") if isinstance(context, Mapping) else None
    if _refers(resource.get("encounter")) or _refers(inner) or _refers(context):
        return True
    return any(_coded(resource.get(name)) for name in ("type", "code"))


def _refers(value: Any) -> bool:
    each = value if isinstance(value, list) else [value]
    return any(isinstance(v, Mapping) and ("reference" in v or "identifier" in v) for v in each)


def _coded(value: Any) -> bool:
    each = value if isinstance(value, list) else [value]
    return any(isinstance(v, Mapping) and bool(v.get("coding")) for v in each)
