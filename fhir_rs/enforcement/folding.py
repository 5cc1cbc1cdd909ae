"""Text as a search compares it: without case and accents, cut to what the index keeps."""

from __future__ import annotations

import unicodedata

from fhir_rs.enforcement.references import MAX_PART

MAX_VALUE = MAX_PART


def folded(text: str) -> str:
    """Text as strings are compared: without case and accents (R4 search, string)."""
    if text.isascii():
        return text.lower()[:MAX_VALUE]
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()[:MAX_VALUE]
