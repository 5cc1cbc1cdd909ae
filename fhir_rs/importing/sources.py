"""Files of FHIR JSON -> their resources, one by one: Bundles, single resources, NDJSON.

Bundles are read whole; NDJSON line by line, so that memory does not grow with the export.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fhir_rs.enforcement.facts import Facts, facts_of
from fhir_rs.enforcement.splicing import elements, members
from heart_uma.strict_json import StrictJsonError, loads

MAX_FILE = 512 * 1024 * 1024
MAX_LINE = 32 * 1024 * 1024
_LINES = (".ndjson", ".jsonl")
_DIRECTORY_FIRST = re.compile(
    r"0|patient|hospital|practitioner|organization|location", re.IGNORECASE
)
_REFERENCE = re.compile(
    r'("reference"\s*:\s*)"((?:urn:(?:uuid|oid):|https?://|[A-Z][A-Za-z]+\?)[^"\\]*)"'
)
_VERSIONED = re.compile(r"/_history/[^/]+$")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be imported: file, entry and reason."""

    file: str
    entry: str
    reason: str


@dataclass
class Entry:
    """One resource of a file, with its text as it was sent."""

    file: Path
    label: str
    text: str
    resource: dict[str, Any]
    about: str | None = None
    """The one Patient of the Bundle it came in."""

    @cached_property
    def facts(self) -> Facts:
        """What it says, for grouping and for labels; ask once its references are localised."""
        return facts_of(self.resource)

    @property
    def address(self) -> str:
        """`Type/id`."""
        return f"{self.resource.get('resourceType')}/{self.resource.get('id')}"


@dataclass(slots=True)
class Names:
    """What references in a folder may call a resource: fullUrl and identifier -> `Type/id`."""

    by_url: dict[str, str] = field(default_factory=dict)
    by_identifier: dict[str, str] = field(default_factory=dict)

    def learn(self, entry: Entry, full_url: str | None) -> None:
        """Remember how `entry` may be referred to."""
        if full_url:
            self.by_url[full_url] = entry.address
        identifiers = entry.resource.get("identifier")
        for identifier in identifiers if isinstance(identifiers, list) else ():
            if isinstance(identifier, Mapping) and "value" in identifier:
                token = f"{identifier.get('system', '')}|{identifier['value']}"
                type_ = entry.resource.get("resourceType")
                self.by_identifier[f"{type_}?identifier={token}"] = entry.address

    def localize(self, entry: Entry, shared: Names) -> None:
        """Write the references of `entry` as `Type/id` where the target is known."""

        def local(match: re.Match[str]) -> str:
            target = _VERSIONED.sub("", match[2])
            found = self.by_url.get(target) or self.by_identifier.get(target)
            found = found or shared.by_identifier.get(target)
            return f'{match[1]}"{found}"' if found else match[0]

        text = _REFERENCE.sub(local, entry.text)
        if text != entry.text:
            entry.text = text
            entry.resource = json.loads(text)


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files below `paths`, directories of people and places first."""
    found = []
    for path in paths:
        if path.is_dir():
            found += [
                inner
                for inner in sorted(path.rglob("*"))
                if inner.suffix in (".json", *_LINES) and inner.is_file()
            ]
        else:
            found.append(path)
    return sorted(
        dict.fromkeys(found), key=lambda p: (str(p.parent), not _DIRECTORY_FIRST.match(p.name))
    )


def entries_of(file: Path, shared: Names) -> Iterator[Entry | Problem]:
    """The resources of one file; `shared` are the names known in its folder."""
    try:
        if file.suffix in _LINES:
            yield from _lines(file)
        else:
            raw = file.read_bytes()
            loads(raw, max_bytes=MAX_FILE)
            yield from _document(file, raw.decode("utf-8"), shared)
    except OSError as error:
        yield Problem(str(file), "", error.strerror or "the file cannot be read")
    except StrictJsonError as error:
        yield Problem(str(file), "", str(error))


def _lines(file: Path) -> Iterator[Entry | Problem]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            label = f"line {number}"
            try:
                resource = loads(line.strip(), max_bytes=MAX_LINE)
            except StrictJsonError as error:
                yield Problem(str(file), label, str(error))
                continue
            yield _checked(file, label, line.strip().decode("utf-8"), resource)


def _document(file: Path, text: str, shared: Names) -> Iterator[Entry | Problem]:
    top = {member.name: member for member in members(text)}
    kind = top["resourceType"].value if "resourceType" in top else None
    if kind != "Bundle" or "entry" not in top:
        whole = {name: member.value for name, member in top.items()}
        yield _checked(file, "resource", text.strip(), whole)
        return
    yield from _bundle(file, text, top["entry"].value_start, shared)


def _bundle(file: Path, text: str, at: int, shared: Names) -> Iterator[Entry | Problem]:
    names = Names()
    found: list[Entry] = []
    for number, (start, _) in enumerate(elements(text, at)):
        label = f"entry {number}"
        parts = {member.name: member for member in members(text, start)}
        if "resource" not in parts:
            request = parts["request"].value if "request" in parts else {}
            method = request.get("method", "") if isinstance(request, dict) else ""
            yield Problem(str(file), label, f"a {method or 'bare'} entry holds no resource to keep")
            continue
        resource = parts["resource"]
        full_url = parts["fullUrl"].value if "fullUrl" in parts else None
        entry = _checked(file, label, text[resource.value_start : resource.end], resource.value)
        if isinstance(entry, Problem):
            yield entry
            continue
        if "id" not in entry.resource:
            entry.resource["id"] = _id_for(full_url, entry.text)
        names.learn(entry, full_url if isinstance(full_url, str) else None)
        found.append(entry)
    patients = {e.address for e in found if e.resource.get("resourceType") == "Patient"}
    for entry in found:
        entry.about = next(iter(patients)) if len(patients) == 1 else None
        names.localize(entry, shared)
        entry.resource.setdefault("id", _id_for(None, entry.text))
        yield entry


def _checked(file: Path, label: str, text: str, resource: Any) -> Entry | Problem:
    if not isinstance(resource, dict):
        return Problem(str(file), label, "not a JSON object")
    entry = Entry(file, label, text, resource)
    if not isinstance(resource.get("resourceType"), str):
        return Problem(str(file), label, "the resource has no resourceType")
    return entry


def _id_for(full_url: Any, text: str) -> str:
    """An id for a resource that has none: the same at every import of the same file."""
    if isinstance(full_url, str) and full_url.startswith("urn:uuid:"):
        return full_url.removeprefix("urn:uuid:")
    return hashlib.sha256(text.encode()).hexdigest()[:32]
