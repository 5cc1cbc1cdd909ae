"""Form tokens and origin checks: a state changes only by a form of ours."""

import base64
import hmac

from flask import Request

from as_server.errors import PageError
from as_server.signing_in.browser import Browser
from heart_ui.words import N_

TOO_OLD = N_("This form is too old or came from another place. Go back and try again.")


def csrf_token(browser: Browser, form_name: str) -> str:
    """The token for one form of this browser; good until the session id changes."""
    row = browser.ensure()
    message = f"form\x1f{row.key}\x1f{row.cookie_hash}\x1f{form_name}".encode()
    digest = hmac.digest(browser.settings.secret_bytes, message, "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def require(request: Request, browser: Browser, form_name: str) -> None:
    """Refuse a POST that is not this browser's own form, with a 403 page."""
    if request.args.get("csrf_token") or not _same_origin(request, browser.settings.origin):
        raise PageError(TOO_OLD, status=403)
    if request.mimetype != "application/x-www-form-urlencoded" or browser.current() is None:
        raise PageError(TOO_OLD, status=403)
    sent = request.form.getlist("csrf_token")
    expected = csrf_token(browser, form_name).encode()
    if len(sent) != 1 or not hmac.compare_digest(sent[0].encode("utf-8", "replace"), expected):
        raise PageError(TOO_OLD, status=403)


def _same_origin(request: Request, own: str) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # Without Sec-Fetch-Site, `Origin: null` may be a sandboxed frame anywhere.
    return origin is None or origin == own
