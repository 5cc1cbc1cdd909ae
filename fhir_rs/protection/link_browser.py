"""The browser in which a claim code was opened: its cookie, of which only the hash is stored."""

from __future__ import annotations

import hashlib

from flask import Response, request

from fhir_rs.context import current_rs

COOKIE = "heart_rs"


def hash_of(cookie: str) -> str:
    """The stored form of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def current() -> str:
    """The hash of this browser's cookie; of nothing that is stored when it has none."""
    return hash_of(request.cookies.get(_name(), ""))


def remember(answer: Response, cookie: str, seconds: int) -> None:
    """Give this browser its cookie: not for scripts, not for forms of other sites."""
    answer.set_cookie(
        _name(),
        cookie,
        max_age=seconds,
        path="/",
        secure=_is_https(),
        httponly=True,
        samesite="Lax",
    )


def forget(answer: Response) -> None:
    """Take the cookie back."""
    answer.delete_cookie(_name(), path="/", secure=_is_https(), httponly=True, samesite="Lax")


def _is_https() -> bool:
    return current_rs.settings.base_url.startswith("https:")


def _name() -> str:
    return f"__Host-{COOKIE}" if _is_https() else COOKIE
