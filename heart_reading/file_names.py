"""PURE: a name by which a download is found, and nothing else of the record."""

from __future__ import annotations

import re

from heart_reading.dates import when
from heart_reading.documents import attachments
from heart_reading.words import Resource, concept, text

_WORDS = re.compile(r"[^\W_]+")
_DAY = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)
_DATES = ("date", "dateTime", "effectiveDateTime", "effectivePeriod", "issued", "createdDateTime",
          "authoredOn", "onsetDateTime", "performedDateTime", "period", "recordedDate")  # fmt: skip
_ENDINGS = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "application/fhir+json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}


def file_name(resource: Resource, number: int, content_type: str) -> str:
    """A name to find a download by: what the page calls it, and its day; nothing else of the
    record, and nothing that a header or a disk could misread."""
    titled = next((a.title for a in attachments(resource) if a.number == number), "")
    named = text(resource.get("description")) or concept(resource.get("type"))
    words = titled or named or concept(resource.get("code")) or "document"
    parts = [_named(words, resource), *([str(number + 1)] if number else [])]
    return f"{'-'.join(parts)}.{_ENDINGS.get(content_type, 'bin')}"


def name_of_record(resource: Resource) -> str:
    """The same for a record itself, as its source keeps it."""
    titled = text(resource.get("title")) or concept(resource.get("code"))
    named = text(resource.get("description")) or concept(resource.get("type"))
    stem = _named(titled or named or str(resource.get("resourceType")), resource)
    return f"{stem}.{_ENDINGS['application/fhir+json']}"


def _named(words: str, resource: Resource) -> str:
    stem = "-".join(_WORDS.findall(words))[:60].strip("-") or "document"
    day = when(resource, *_DATES)[:10]
    return f"{stem}-{day}" if _DAY.fullmatch(day) else stem
