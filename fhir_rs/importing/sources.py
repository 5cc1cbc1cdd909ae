"""The values of a file -> its resources, one by one; Bundles unpacked by the rules of their type.

A Bundle is read whole; it may stand alone, in another Bundle, in an array or in a line of NDJSON.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fhir_rs.enforcement.facts import Facts, facts_of
from fhir_rs.enforcement.splicing import Parts, opened
from fhir_rs.importing.files import UNREADABLE, Problem, values_of
from fhir_rs.importing.names import Names, absolute, localized, server_of
from fhir_rs.importing.versions import Version, deleted_address, version_of
from fhir_rs.validation.r4 import ID


@dataclass(eq=False, slots=True)
class Bundle:
    """A Bundle while its resources are read; `outer` is the one that it is an entry of."""

    label: str
    type: str
    outer: Bundle | None
    names: Names = field(default_factory=Names)
    patients: set[str] = field(default_factory=set)
    kept_at: dict[str, str] = field(default_factory=dict)
    """`Type/id` -> the server that its full URL is at."""

    def chain(self) -> Iterator[Bundle]:
        """This Bundle and those around it, from the inside."""
        bundle: Bundle | None = self
        while bundle is not None:
            yield bundle
            bundle = bundle.outer


@dataclass
class Entry:
    """One resource of a file, with its text as it was sent."""

    file: Path
    label: str
    text: str
    resource: dict[str, Any]
    full_url: str | None = None
    bundle: Bundle | None = None
    version: Version | None = None
    """Which version of a resource it is, where a history says so."""

    @cached_property
    def facts(self) -> Facts:
        """What it says, for grouping and for labels; ask once its references are localised."""
        return facts_of(self.resource)

    @property
    def type(self) -> str:
        """Its resourceType."""
        return str(self.resource.get("resourceType"))

    @property
    def address(self) -> str:
        """`Type/id`."""
        return f"{self.type}/{self.resource.get('id')}"

    @property
    def bundles(self) -> Iterator[Bundle]:
        """The Bundles it came in, from the inside."""
        return iter(()) if self.bundle is None else self.bundle.chain()

    @property
    def about(self) -> str | None:
        """The one Patient of the innermost Bundle that holds any."""
        for bundle in self.bundles:
            if bundle.patients:
                return next(iter(bundle.patients)) if len(bundle.patients) == 1 else None
        return None

    def find(self, key: str) -> str | None:
        """What a name means inside the Bundles it came in; "" for two things, None for nothing."""
        for bundle in self.bundles:
            found = bundle.names.find(key)
            if found is not None:
                return found
        return None

    def localize(self, resolve: Callable[[str], str | None]) -> None:
        """Write its references as `Type/id` where `resolve` knows what they mean."""
        text = localized(self.text, resolve)
        if text != self.text:
            # The id may be one that an import gave; the text does not have it.
            given = {"id": self.resource["id"]} if "id" in self.resource else {}
            self.text, self.resource = text, json.loads(text) | given


@dataclass(frozen=True, slots=True)
class Deletion:
    """An entry of a history that says: from then on there was no such resource."""

    file: Path
    label: str
    address: str
    version: Version


Item = Entry | Deletion | Problem


def items_of(file: Path, *, strict: bool) -> Iterator[Item]:
    """The resources and deletions of one file, and what in it cannot be read."""
    for found in values_of(file, strict=strict):
        if isinstance(found, Problem):
            yield found
            continue
        try:
            yield from _Unpacking(file).unpack(found.label, found.text, found.value, None)
        except UNREADABLE:
            yield Problem(file, found.label, "it is no FHIR JSON that can be read")


class _Unpacking:
    """One value of a file taken apart."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def unpack(
        self, label: str, text: str, value: Any, outer: Bundle | None, full_url: str | None = None
    ) -> list[Item]:
        """The items of a value: those of a Bundle, or the one resource that it is.

        Parameters: `value` is `text` parsed, None where that was not done yet.
        """
        inside: list[Parts | None] | None = None
        if value is None and text.startswith("{"):
            value, inside = opened(text, "entry")
            if inside is not None and value.get("resourceType") != "Bundle":
                value = json.loads(text)  # a List has entries, too
        if not isinstance(value, dict):
            return [Problem(self.file, label, "not a JSON object")]
        if not isinstance(value.get("resourceType"), str):
            return [Problem(self.file, label, "the resource has no resourceType")]
        if value["resourceType"] == "Bundle":
            return self._bundle(text, value, inside, Bundle(label, str(value.get("type")), outer))
        entry = Entry(self.file, label or "resource", text, value, full_url, outer)
        if outer is not None:
            entry.resource.setdefault("id", _id_for(entry))
            server = server_of(full_url or "", entry.address)
            outermost = list(entry.bundles)[-1]
            if server and outermost.kept_at.setdefault(entry.address, server) != server:
                other = outermost.kept_at[entry.address]
                reason = f"{entry.address} is another resource at {other}, which comes before it"
                return [Problem(self.file, label, reason)]
            self._learn(entry)
        return [entry]

    def _learn(self, entry: Entry) -> None:
        for bundle in entry.bundles:
            bundle.names.learn(entry.address, entry.resource, entry.full_url)
            if entry.type == "Patient":
                bundle.patients.add(entry.address)

    def _bundle(
        self,
        text: str,
        value: Mapping[str, Any],
        inside: list[Parts | None] | None,
        bundle: Bundle,
    ) -> list[Item]:
        if "entry" not in value:
            return []
        if inside is None:
            inside = opened(text, "entry")[1]
        if inside is None:
            return [Problem(self.file, bundle.label, "its entry is no list")]
        prefix = f"{bundle.label}, " if bundle.label else ""
        found: list[Item] = []
        for number, parts in enumerate(inside):
            label = f"{prefix}entry {number}"
            if parts is None:
                found.append(Problem(self.file, label, "not a JSON object"))
            else:
                found += self._entry(label, text, parts, bundle, number)
        return found

    def _entry(
        self, label: str, text: str, parts: Parts, bundle: Bundle, number: int
    ) -> list[Item]:
        request, response = _object(parts, "request"), _object(parts, "response")
        given = parts["fullUrl"].value if "fullUrl" in parts else None
        full_url = given if isinstance(given, str) else None
        method = str(request.get("method", ""))
        if bundle.type == "history" and method == "DELETE":
            address = deleted_address(request, full_url)
            if address is not None:
                version = version_of({}, request, response, number)
                return [Deletion(self.file, label, address, version)]
        reason = _no_resource(parts, method, response)
        if reason is not None:
            return [Problem(self.file, label, reason)]
        resource = parts["resource"]
        part = text[resource.value_start : resource.end]
        found = self.unpack(label, part, resource.value, bundle, full_url)
        if bundle.type == "history":
            for item in found:
                if isinstance(item, Entry) and item.bundle is bundle:
                    item.version = version_of(item.resource, request, response, number)
        return found


def _object(parts: Parts, name: str) -> Mapping[str, Any]:
    value = parts[name].value if name in parts else None
    return value if isinstance(value, dict) else {}


def _no_resource(parts: Parts, method: str, response: Mapping[str, Any]) -> str | None:
    """Why an entry holds nothing to keep (R4 Bundle, its types), or None where it does."""
    if "resource" not in parts or method == "DELETE":
        return f"a {method or 'bare'} entry holds no resource to keep"
    if method == "PATCH":
        return "a PATCH entry holds no resource to keep, only what to change in one"
    failed = str(response.get("status", "")).startswith(("4", "5"))
    if failed or _object(parts, "search").get("mode") == "outcome":
        return "an entry that says how a request went holds no resource to keep"
    return None


_URN = re.compile(r"urn:(?:uuid|oid):", re.IGNORECASE)


def _id_for(entry: Entry) -> str:
    """An id for a resource that has none: the same at every import of the same file."""
    url = entry.full_url or ""
    parts = absolute(url)
    if parts is not None and parts[1].startswith(f"{entry.type}/"):
        return parts[1].partition("/")[2]
    own = _URN.sub("", url, count=1)
    if own != url and ID.fullmatch(own):
        return own
    return hashlib.sha256(entry.text.encode()).hexdigest()[:32]
