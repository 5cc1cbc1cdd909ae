"""PURE: attachments of documents and notes: text to show, files to hand over (FHIR R4)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from heart_reading.words import Resource, items, text

SHOWN_TEXT = 20_000
"""Letters of a text that the chart shows; longer ones are handed over as a file."""
_SAFE_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment of an entry: its place, type and title, and its text when it is shown."""

    number: int
    content_type: str
    title: str
    shown: str
    address: str
    """Where the content is kept, when it is not inside the resource."""


_HELD_IN = {
    "DiagnosticReport": "presentedForm",
    "Consent": "sourceAttachment",
    "Media": "content",
}
HOLDERS = frozenset({*_HELD_IN, "DocumentReference", "Communication", "Binary"})
"""The types whose files are read here."""


def _found(resource: Resource) -> list[Any]:
    type_ = resource.get("resourceType")
    if type_ == "DocumentReference":
        return [content.get("attachment") for content in items(resource.get("content", []))]
    if type_ == "Communication":
        sent = (part.get("contentAttachment") for part in items(resource.get("payload", [])))
        return [each for each in sent if each is not None]
    if type_ == "Binary":
        return [dict(resource)]
    return list(items(resource.get(_HELD_IN.get(str(type_), ""), [])))


def attachments(resource: Resource) -> tuple[Attachment, ...]:
    """The attachments of a resource, in its own order."""
    found = []
    for number, given in enumerate(_found(resource)):
        if not isinstance(given, dict):
            continue
        stated = text(given.get("contentType")).lower().partition(";")[0].strip()
        content_type = stated if _SAFE_TYPE.fullmatch(stated) else "application/octet-stream"
        found.append(
            Attachment(
                number=number,
                content_type=content_type,
                title=text(given.get("title")),
                shown=_as_text(given, content_type),
                address=text(given.get("url")),
            )
        )
    return tuple(found)


def _as_text(given: Any, content_type: str) -> str:
    """Plain text is shown as text; marked-up text is handed over, never rendered."""
    if content_type != "text/plain":
        return ""
    raw = decoded(given.get("data"))
    if raw is None:
        return ""
    try:
        words = raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return words if len(words) <= SHOWN_TEXT else ""


def decoded(value: Any) -> bytes | None:
    """base64Binary as bytes; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def content(resource: Resource, number: int) -> tuple[str, bytes | None, str] | None:
    """(type, bytes inside the resource, address elsewhere) of one attachment, or None."""
    found = _found(resource)
    if not 0 <= number < len(found) or not isinstance(found[number], dict):
        return None
    kept = next(a for a in attachments(resource) if a.number == number)
    return kept.content_type, decoded(found[number].get("data")), kept.address
