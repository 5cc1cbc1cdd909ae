"""The browser in which a claim code was opened: its cookie, of which only the hash is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from flask import Response

COOKIE = "heart_rs"


def hash_of(cookie: str) -> str:
    """The stored form of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()


class LinkCookie:
    """The cookie of a browser; `secure` where this server is reached over HTTPS."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._name = f"__Host-{COOKIE}" if secure else COOKIE

    def hash_in(self, cookies: Mapping[str, str]) -> str:
        """The hash of this browser's cookie; of nothing that is stored when it has none."""
        return hash_of(cookies.get(self._name, ""))

    def remember(self, answer: Response, cookie: str, seconds: int) -> None:
        """Give this browser its cookie: not for scripts, not for forms of other sites."""
        answer.set_cookie(
            self._name,
            cookie,
            max_age=seconds,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def forget(self, answer: Response) -> None:
        """Take the cookie back."""
        answer.delete_cookie(
            self._name, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )
