"""Where a person is sent: local paths only (open redirect), and the way to sign in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse


def local(path: str, otherwise: str = "/") -> str:
    """`path` when it stays inside this app, else `otherwise`."""
    plain = path.isprintable() and "\\" not in path and len(path) <= 4000
    return path if plain and path.startswith("/") and not path.startswith("//") else otherwise


def here() -> str:
    """The page that is being asked for; for a form, the page that it stands on."""
    path = quote(request.path, safe="/")
    query = request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if request.method == "GET" and query else path


def to_sign_in() -> AnyResponse:
    """Sign in, and come back to the same page."""
    return redirect(url_for("login.start", next=here()), 303)


def see(endpoint: str, **values: Any) -> AnyResponse:
    """Post/Redirect/Get: show the page of `endpoint`."""
    return redirect(url_for(endpoint, **values), 303)
