"""Security headers on every answer: strict for pages, stricter for APIs (no inline code at all)."""

from flask import Response, g, request

from as_server.clients import cross_origin
from as_server.context import current_as

PUBLIC_DOCUMENTS = frozenset({"discovery", "jwks", "openapi"})
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'"
)
FORMS_STAY = "; form-action 'self'"
API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
PERMISSIONS = (
    "camera=(), microphone=(), geolocation=(), payment=(), publickey-credentials-get=(self)"
)


def leads_away() -> None:
    """The forms of this one page end, by redirects, at a client: no form-action for it.

    Browsers hold the whole chain of redirects after a form post to that directive. The client may
    redirect once more, to any place, and a source cannot name an IPv6 address (CSP 3); the code
    would have been issued, and the browser stuck here. Where the chain starts is checked already.
    """
    g.leads_away = True


def set_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if response.mimetype == "text/html":
        stays = "" if g.get("leads_away") else FORMS_STAY
        headers["Content-Security-Policy"] = PAGE_POLICY + stays
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    else:
        headers["Content-Security-Policy"] = API_POLICY
        headers["Cross-Origin-Resource-Policy"] = "same-site"
    if current_as.settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    cross_origin.allow(response)
    _set_caching(response)
    return response


def _set_caching(response: Response) -> None:
    if request.blueprint in PUBLIC_DOCUMENTS and response.status_code == 200:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return
    if request.blueprint == "heart_ui":
        return
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
