"""Where a person is sent: local paths only (open redirect), and the way to sign in."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

DRAFTED = re.compile(r"/ask/[A-Za-z0-9_-]{1,32}", re.ASCII)
"""Forms whose answers are kept when the sign-in ran out."""


def local(path: str, otherwise: str = "/") -> str:
    """`path` when it stays inside this app, else `otherwise`."""
    plain = path.isprintable() and "\\" not in path and len(path) <= 4000
    return path if plain and path.startswith("/") and not path.startswith("//") else otherwise


def here() -> str:
    """The page that is being asked for; for a form whose answers are kept the page that it stands
    on, for any other the first page, which says that it was not sent."""
    path = quote(request.path, safe="/")
    if request.method == "POST" and not DRAFTED.fullmatch(request.path):
        return "/?undone=1"
    query = request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if request.method == "GET" and query else path


def to_sign_in() -> AnyResponse:
    """Sign in, and come back to the same page.

    A form is answered by a page that moves on by itself. Browsers would hold a redirect, and all
    that follow at the sharing service, to the form-action of the page that sent it.
    """
    address = url_for("login.start", next=here())
    if request.method != "POST":
        return redirect(address, 303)
    return make_response(render_template("requester/moving_on.html", address=address))


def see(endpoint: str, **values: Any) -> AnyResponse:
    """Post/Redirect/Get: show the page of `endpoint`."""
    return redirect(url_for(endpoint, **values), 303)
