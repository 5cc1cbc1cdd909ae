"""Errors as pages: one plain sentence, what was not shared, and a code for support."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, g, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from heart_ground.durable.unavailable import is_outage, words_of
from heart_ui.words import N_
from heart_ui.words import gettext as _
from requester_app.errors import WORDS, PlainError
from requester_app.identity import SignInNeeded
from requester_app.locations import to_sign_in

_log = logging.getLogger("requester_app")

RETRY_AFTER = "60"
NO_DATABASE = N_(
    "This app has no access to its data right now. Look at My patients before you send anything "
    "twice. Try again in a minute."
)


def register(app: Flask) -> None:
    """Every way a request can fail ends in one page."""
    app.register_error_handler(PlainError, _plain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SignInNeeded, _sign_in_again)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, words: str, title: str = "", code: str = "") -> tuple[str, int]:
    heading = title or (N_("Page not found") if status == 404 else N_("Something went wrong"))
    told = {"title": _(heading), "words": _(words), "code": code}
    return render_template("requester/error.html", **told), status


def _plain(error: PlainError) -> tuple[str, int]:
    return _page(error.status, error.words, error.title)


def _http(error: HTTPException) -> tuple[str, int] | AnyResponse:
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return _unexpected(error.original_exception)
    status = error.code or 500
    if status < 400:
        return error.get_response()
    return _page(status, WORDS.get(status, WORDS[400] if status < 500 else WORDS[500]))


def _sign_in_again(_error: SignInNeeded) -> AnyResponse:
    return to_sign_in()


def _unexpected(error: BaseException) -> tuple[str, int] | AnyResponse:
    code = secrets.token_hex(4)
    if is_outage(error):
        _log.error("the database does not serve this now (%s): %s", code, words_of(error))
        # The page must not look for the session that just could not be found.
        g.browser = None
        body, status = _page(503, NO_DATABASE, code=code)
        return AnyResponse(body, status, {"Retry-After": RETRY_AFTER}, mimetype="text/html")
    # The path may name a pointer but never a token; queries and bodies stay out of the log.
    _log.error("%s %s failed (%s)", request.method, request.path, code, exc_info=error)
    return _page(500, WORDS[500], code=code)
