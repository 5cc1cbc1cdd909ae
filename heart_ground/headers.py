"""The headers that every answer carries: what a browser may do with it, one table a face.

Pages load from their own origin alone and run no inline code (CSP 3, Trusted Types); programs'
answers load nothing at all. Nothing is stored unless the endpoint says otherwise.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from flask import Response, g


class Face(Enum):
    """Who an answer is for."""

    PAGE = "page"
    """A person; its forms end at this service."""
    LEAVING = "page whose form leaves"
    """A person; its form ends, by redirects, at another service (see `leads_away`)."""
    API = "API"
    """A program that called this service."""
    PUBLIC = "public document"
    """Any program, and any page of any origin."""


Row = tuple[str, str]
_OF_A_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'"
)
_POLICIES = {
    Face.PAGE: f"{_OF_A_PAGE}; form-action 'self'",
    Face.LEAVING: _OF_A_PAGE,
    Face.API: "default-src 'none'; frame-ancestors 'none'; sandbox",
    Face.PUBLIC: "default-src 'none'; frame-ancestors 'none'; sandbox",
}
_EVERYWHERE: tuple[Row, ...] = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_WHERE_SCRIPTS_RUN: Row = (
    "Permissions-Policy",
    "camera=(), microphone=(), geolocation=(), payment=(), publickey-credentials-get=(self)",
)
_FOR_ALL_ORIGINS: tuple[Row, ...] = (
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
)
_FOR_THIS_ORIGIN: Row = ("Cross-Origin-Resource-Policy", "same-origin")
_OVER_TLS: Row = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
_AWAY = "form_leads_away"


def leads_away() -> None:
    """The form of this one page ends, by redirects, at another service: no form-action for it.

    Browsers hold the whole chain of redirects after a form post to that directive. The other
    service may redirect once more, to any place, and a source cannot name an IPv6 address (CSP 3);
    what was asked for would have been done, and the browser stuck here.
    """
    setattr(g, _AWAY, True)


def complete(response: Response, *, secure: bool, public: bool = False) -> Response:
    """Add what `response` does not say itself; `secure` where the service is served over TLS.

    `public`: pages of other origins may read it, if it is not a page.
    """
    headers = response.headers
    said = {name.lower() for name, _ in headers}
    face = _face(response, public)
    headers.extend([row for row in _rows(face, secure) if row[0].lower() not in said])
    return response


def _face(response: Response, public: bool) -> Face:
    if response.mimetype == "text/html":
        return Face.LEAVING if g.get(_AWAY) else Face.PAGE
    return Face.PUBLIC if public else Face.API


@cache
def _rows(face: Face, secure: bool) -> tuple[Row, ...]:
    rows: tuple[Row, ...] = (("Content-Security-Policy", _POLICIES[face]), *_EVERYWHERE)
    if face in (Face.PAGE, Face.LEAVING):
        rows += (_WHERE_SCRIPTS_RUN,)
    rows += _FOR_ALL_ORIGINS if face is Face.PUBLIC else (_FOR_THIS_ORIGIN,)
    return (*rows, _OVER_TLS) if secure else rows
