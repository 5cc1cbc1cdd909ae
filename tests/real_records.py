"""Every resource of the real FHIR data beside the checkout, whatever it lies in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def every_resource(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each resource of Bundles, files and lines, with the name of its collection."""
    for file in sorted(folder.rglob("*.json")):
        yield from ((file.relative_to(folder).parts[0], r) for r in inside(_read(file)))
    for file in sorted(folder.rglob("*.ndjson")):
        for line in file.read_text("utf-8").splitlines():
            if line.strip():
                name = file.relative_to(folder).parts[0]
                yield from ((name, r) for r in inside(json.loads(line)))


def inside(resource: Any) -> Iterator[dict[str, Any]]:
    """The resource itself, or what a Bundle holds."""
    if not isinstance(resource, dict) or "resourceType" not in resource:
        return
    if resource["resourceType"] != "Bundle":
        yield resource
        return
    for entry in resource.get("entry", []):
        yield from inside(entry.get("resource"))


def _read(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))
