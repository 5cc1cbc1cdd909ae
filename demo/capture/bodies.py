"""What is shown of a body: JSON and protocol forms, cut; of anything else its kind and size."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any
from urllib.parse import parse_qsl

from demo.capture.exchange import Body
from demo.capture.fields import LEFT_OUT, SECRET, TOKENS, cut_pairs
from demo.capture.tokens import Tokens

FORM = "application/x-www-form-urlencoded"
EVENT = "application/secevent+jwt"
ENTRIES = 2
"""Entries of a Bundle that are shown; the rest is counted."""
LINES = 160
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}", re.ASCII)
_MORE_KEYS = {"valueString"}
"""The challenge in an OperationOutcome repeats the ticket as an extension's value."""


def shown_body(kind: str, coding: str, body: Body, tokens: Tokens) -> str | None:
    """Its text, or None where nothing of it is shown."""
    raw = _unpacked(bytes(body.start), coding)
    if not raw or not body.whole:
        return None
    try:
        text = raw.decode("utf-8")
        if kind == FORM:
            pairs = parse_qsl(text, keep_blank_values=True)
            return "\n".join(f"{name}={value}" for name, value in cut_pairs(pairs, tokens))
        if kind == EVENT:
            return tokens.cut(text.strip(), "security event")
        if kind == "application/json" or kind.endswith("+json"):
            # In FHIR a `code` is a word; elsewhere it opens something.
            names = TOKENS - {"code"} if "fhir" in kind else TOKENS
            return _json(json.loads(text), names, tokens)
    except ValueError:
        return None
    return None


def _unpacked(raw: bytes, coding: str) -> bytes:
    if coding.strip().lower() != "gzip":
        return raw
    try:
        return zlib.decompressobj(31).decompress(raw, 1024 * 1024)
    except zlib.error:
        return b""


def _json(document: Any, names: frozenset[str], tokens: Tokens) -> str:
    text = json.dumps(_cut(document, "", names, tokens), indent=2, ensure_ascii=False)
    lines = text.splitlines()
    if len(lines) > LINES:
        lines = [*lines[:LINES], f"… {len(lines) - LINES} more lines"]
    return "\n".join(lines)


def _cut(value: Any, name: str, names: frozenset[str], tokens: Tokens) -> Any:
    if isinstance(value, dict):
        ticket = value.get("url") == "ticket"
        return {
            key: _cut(inner, "ticket" if ticket and key in _MORE_KEYS else key, names, tokens)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        shown = value[:ENTRIES] if name == "entry" else value
        more = len(value) - len(shown)
        cut = [_cut(inner, name, names, tokens) for inner in shown]
        return [*cut, f"… {more} more entries"] if more else cut
    if SECRET.fullmatch(name):
        return LEFT_OUT
    if not isinstance(value, str):
        return value
    if name in names and value:
        return tokens.cut(value, name)
    return _JWT.sub(lambda found: tokens.cut(found[0], "token"), value)
