"""One message as the inspector shows it: its lines, its tokens, what they say, and a command."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from demo.wire.arrows import Arrow
from demo.wire.crossing import Crossing
from demo.wire.lifelines import BY_KEY

CHIPS = 8
"""Colours; the characters beside them tell two tokens of one colour apart."""
_TIMES = ("exp", "iat", "nbf", "auth_time", "heart_uma_until")


@dataclass(frozen=True, slots=True)
class Token:
    """`shown` is what is left of it; `said` what it says, if it is a JWT."""

    shown: str
    kind: str
    colour: int
    header: str
    claims: str
    signature: str


@dataclass(frozen=True, slots=True)
class Inspected:
    arrow: Arrow
    sender: str
    receiver: str
    at: str
    request: Markup
    response: Markup
    tokens: tuple[Token, ...]
    rotated: tuple[str, str] | None
    """The ticket that was spent, and the one that took its place (Grant 3.3.6)."""
    curl: str


def inspected(arrow: Arrow) -> Inspected:
    crossing = arrow.crossing
    tokens = tuple(_token(shown, about, arrow.at) for shown, about in crossing.tokens.items())
    colours = {one.shown: one.colour for one in tokens}
    return Inspected(
        arrow=arrow,
        sender=BY_KEY[arrow.sender].name,
        receiver=BY_KEY[arrow.receiver].name,
        at=f"{datetime.fromtimestamp(arrow.at / 1e9, UTC):%H:%M:%S.%f}"[:-3],
        request=_coloured(request_lines(crossing), colours),
        response=_coloured(response_lines(crossing), colours),
        tokens=tokens,
        rotated=_rotated(crossing),
        curl=curl(crossing),
    )


def request_lines(crossing: Crossing) -> str:
    """The request as it is written (RFC 9112), with what was left out left out."""
    parts = urlsplit(crossing.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [f"{crossing.method} {target} HTTP/1.1", *_headers(crossing.seen["asked"])]
    return "\n".join([*lines, *_body(crossing.seen["question"], crossing.question)])


def response_lines(crossing: Crossing) -> str:
    if not crossing.status:
        return ""
    known = crossing.status in HTTPStatus.__members__.values()
    phrase = HTTPStatus(crossing.status).phrase if known else ""
    lines = [f"HTTP/1.1 {crossing.status} {phrase}".rstrip(), *_headers(crossing.seen["said"])]
    return "\n".join([*lines, *_body(crossing.seen["answer"], crossing.answer)])


def curl(crossing: Crossing) -> str:
    """The request as a command. Its tokens are cut, so it wants one's own."""
    words = ["curl", "-i", "-X", crossing.method, shlex.quote(crossing.url)]
    for name, value in crossing.seen["asked"]:
        if name not in ("Host", "Content-Length", "Traceparent"):
            words += ["\\\n  -H", shlex.quote(f"{name}: {value}")]
    if crossing.seen["question"]["type"].endswith("json"):
        words += ["\\\n  --data", shlex.quote(crossing.question)]
    else:
        for line in crossing.question.splitlines():
            words += ["\\\n  --data-urlencode", shlex.quote(line)]
    return " ".join(words)


def _headers(listed: list[list[str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in listed]


def _body(about: Mapping[str, Any], text: str) -> list[str]:
    if not about["size"]:
        return []
    kind = about["type"] or "a body"
    return ["", text or f"({kind}, {about['size']} bytes, left out)"]


def _token(shown: str, about: Mapping[str, Any], at: int) -> Token:
    claims = {name: _clear(name, value, at) for name, value in about.get("claims", {}).items()}
    return Token(
        shown,
        str(about["kind"]).replace("_", " "),
        int(str(about["chip"]), 16) % CHIPS,
        json.dumps(about["header"], indent=2) if "header" in about else "",
        json.dumps(claims, indent=2, ensure_ascii=False) if claims else "",
        str(about.get("signature", "")),
    )


def _clear(name: str, value: Any, at: int) -> Any:
    """A moment also as seconds from this message."""
    if name not in _TIMES or not isinstance(value, int | float):
        return value
    away = round(value - at / 1e9)
    words = f"in {away} seconds" if away >= 0 else f"{-away} seconds ago"
    return f"{value} ({words})"


def _coloured(text: str, colours: Mapping[str, int]) -> Markup:
    if not colours:
        return escape(text)
    parts = re.split("|".join(f"({re.escape(one)})" for one in colours), text)
    chip = Markup('<span class="chip chip-{}">{}</span>')
    cut = (chip.format(colours[p], p) if p in colours else escape(p) for p in parts if p)
    return Markup("").join(cut)


def _rotated(crossing: Crossing) -> tuple[str, str] | None:
    old, found = crossing.form("ticket"), re.search(r'"ticket": "([^"]+)"', crossing.answer)
    return (old, found[1]) if old and found else None
