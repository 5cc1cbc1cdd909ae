"""Which pages of other origins may read an answer (Fetch 3.2, SMART App Launch 2.2, RFC 9700 2.6).

Browser apps call the token, revocation, userinfo and registration endpoints themselves. No cookie
is read there, so nothing is ever allowed with credentials, and `*` shows a page no more than its
own server could fetch. Where a request names a client that is known here, only the origins of a
public client's redirect URIs may read: no page holds the key of any other client.
The authorization endpoint is for navigation and allows no origin at all.
"""

from urllib.parse import urlsplit

from flask import Request, Response

from as_server.models import client as clients
from as_server.models.client import Client
from as_server.redirect_uris import is_registered
from as_server.work import Work

UNDERSTOOD = "Authorization, Content-Type, Accept"
EXPOSED = "WWW-Authenticate, Retry-After"
PREFLIGHT_SECONDS = "600"


def allow(work: Work, request: Request, response: Response, proven: str | None) -> None:
    """Set the headers of one answer for apps, errors and preflights included.

    `proven` is the client that the request proved to come from.
    """
    headers = response.headers
    headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    allowed = None
    if origin is not None:
        allowed = _allowed(work, request, origin, response.status_code, proven)
    if allowed is None:
        return
    headers["Access-Control-Allow-Origin"] = allowed
    headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "")
        headers["Access-Control-Allow-Headers"] = UNDERSTOOD
        headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS


def _allowed(
    work: Work, request: Request, origin: str, status: int, proven: str | None
) -> str | None:
    # A preflight and a registration come before any client; a server that is broken asks nobody.
    if request.method == "OPTIONS" or request.blueprint == "registration" or status >= 500:
        return "*"
    client = _client(work, request, proven)
    if client is None:
        return "*"
    return origin if may_read(client, origin) else None


def _client(work: Work, request: Request, proven: str | None) -> Client | None:
    sent = request.form.getlist("client_id")
    client_id = proven or (sent[0] if len(sent) == 1 else "")
    if not client_id:
        return None
    with work.reading() as connection:
        return clients.by_id(connection, client_id)


def may_read(client: Client, origin: str) -> bool:
    """Whether `origin` is one of a public client's own: where its redirect URIs are.

    As there, the port of a literal loopback address may vary (RFC 8252 7.3).
    """
    own = ["{0.scheme}://{0.netloc}".format(urlsplit(uri)) for uri in client.redirect_uris]
    return client.is_public and is_registered(origin, own, any_port=True)
