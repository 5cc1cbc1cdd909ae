"""How an error is answered: JSON for programs, a page for people, and nothing of what is inside."""

import logging
import secrets

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Flask, Response, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from as_server.context import is_for_a_person
from as_server.errors import PageError
from heart_ground.durable.unavailable import is_outage, words_of
from heart_ui.words import N_

RETRY_AFTER = "5"
JSON_CODES = {404: "not_found", 405: "invalid_request", 413: "invalid_request"}

log = logging.getLogger("as_server")


def register(app: Flask) -> None:
    app.register_error_handler(OAuth2Error, _on_wire_error)
    app.register_error_handler(PageError, _on_page_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_unknown)


def _on_wire_error(error: OAuth2Error) -> Response:
    response = jsonify(dict(error.get_body()))
    response.status_code = error.status_code
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "cache-control", "pragma"):
            response.headers[name] = value
    return response


def _on_page_error(error: PageError) -> Response:
    return _page(error.sentence, error.status, error.client_name)


def _on_http_error(error: HTTPException) -> Response:
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        # Something failed after the endpoint had answered: the commit, most likely.
        return _on_unknown(error.original_exception)
    status = error.code or 500
    if is_for_a_person() or _is_lost_person():
        response = _page(N_("This page does not exist or cannot be used like this."), status)
    else:
        code = JSON_CODES.get(status, "invalid_request" if status < 500 else "server_error")
        response = jsonify(error=code, error_description=error.name)
        response.status_code = status
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _is_lost_person() -> bool:
    """A browser at an address that nothing answers; programs get JSON."""
    offers = ("application/json", "text/html")
    return request.blueprint is None and request.accept_mimetypes.best_match(offers) == offers[1]


def _on_unknown(error: BaseException) -> Response:
    if is_outage(error):
        return _on_outage(error)
    support_code = secrets.token_hex(4)
    # The traceback goes to the log; the answer carries only the code to find it by.
    log.error("unhandled error %s", support_code, exc_info=error)
    if is_for_a_person():
        return _page(N_("Something broke on our side."), 500, support_code=support_code)
    response = jsonify(error="server_error", error_description=f"Support code {support_code}")
    response.status_code = 500
    return response


def _on_outage(error: BaseException) -> Response:
    """The database is gone, full or overtaxed: the same request may be sent again (RFC 9110
    15.6.4)."""
    g.outage = error
    log.error("the database does not serve this now: %s", words_of(error))
    if is_for_a_person():
        response = _page(
            N_("This service has no access to its data right now. Wait a minute."), 503
        )
    else:
        response = jsonify(
            error="temporarily_unavailable", error_description="The database does not answer now."
        )
        response.status_code = 503
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _page(
    sentence: str, status: int, client_name: str | None = None, support_code: str | None = None
) -> Response:
    html = render_template(
        "error.html",
        sentence=sentence,
        client_name=client_name,
        # What broke while a form was carried out may have been done: the commit can fail last.
        unknown=status >= 500 and request.method == "POST",
        support_code=support_code or secrets.token_hex(4),
    )
    return Response(html, status=status, mimetype="text/html")
