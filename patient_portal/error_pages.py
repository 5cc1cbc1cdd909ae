"""The page that says in plain words what went wrong: what happened, what is known."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from heart_ground.durable.unavailable import is_outage, words_of
from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal import way_in
from patient_portal.clinics.files import TooMany
from patient_portal.errors import (
    ClinicDown,
    FirstPressUnknown,
    LooksNotLoaded,
    NotLoaded,
    Refused,
    SharingServiceDown,
    SignInAgain,
)
from patient_portal.frame import plain_page
from patient_portal.policies.draft import AlreadyStarted, Outdated
from patient_portal.policies.draft_ids import edit_of
from patient_portal.sharing import what_happened
from patient_portal.visit import changes, if_signed_in, nobody

RETRY_AFTER = "60"
log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    app.register_error_handler(SignInAgain, _sign_in_again)
    app.register_error_handler(SharingServiceDown, _service_down)
    app.register_error_handler(NotLoaded, _not_loaded)
    app.register_error_handler(TooMany, _too_many_files)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(AlreadyStarted, _already_started)
    app.register_error_handler(Outdated, _outdated)
    app.register_error_handler(FirstPressUnknown, _first_press_unknown)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _broken)


def _known() -> str:
    return changes().words(request.method)


def _after_known(words: str) -> str:
    return f"{_known()} {words}"


def _sign_in_again(_error: SignInAgain) -> Response:
    return way_in.send()


def _already_started(error: AlreadyStarted) -> ResponseReturnValue:
    """To the share the draft became; what was sent for the draft is lost, and that is said."""
    begun, dropped = error.policy, request.method == "POST"
    edit = edit_of(begun.id)
    if edit is None and begun.state == "ended" and not error.was_live:
        return plain_page(410, _("This draft was deleted"), _("Nothing is shared by it."))
    if edit is None and not dropped:
        return redirect(url_for("share.show", share_id=begun.id), 303)
    share_id = edit.share if edit else begun.id
    lost = 1 if dropped else None
    return redirect(url_for("share.show", share_id=share_id, draft=begun.id, dropped=lost), 303)


def _outdated(error: Outdated) -> tuple[str, int]:
    share = error.share
    return render_template("portal/outdated.html", share=share), 409


def _first_press_unknown(_error: FirstPressUnknown) -> tuple[str, int]:
    words = _("We do not know whether it worked. Check Who can see what before you try again.")
    return plain_page(409, _("You pressed this twice"), words)


def _service_down(error: SharingServiceDown) -> Response:
    code = secrets.token_hex(4)
    log.warning("sharing service unreachable code=%s reason=%s", code, error)
    if isinstance(error.__cause__, ClinicDown):
        changes().note(what_happened.UNKNOWN)
    words = _after_known(_("Your rules still hold. Try again in a minute."))
    visit = if_signed_in()
    if visit and visit.stops.unanswered():
        words = _(
            "You asked to stop a share, and there is no answer yet: it may not count. We do not "
            "know whether it worked. We will check again with every page you open. Call your "
            "clinic if it can not wait."
        )
    body, status = plain_page(503, _("We can not reach your sharing service"), words, code)
    return Response(body, status, {"Retry-After": RETRY_AFTER}, mimetype="text/html")


def _not_loaded(error: NotLoaded) -> Response:
    title = _("We can not reach %(clinic)s right now", clinic=error.clinic)
    if isinstance(error, LooksNotLoaded):
        words = _("Its looks are not loaded. Your rules still hold. Try again in a minute.")
    else:
        words = _("This record is not loaded. Your rules still hold. Try again in a minute.")
    body, status = plain_page(503, title, words)
    return Response(body, status, {"Retry-After": RETRY_AFTER}, mimetype="text/html")


def _too_many_files(_error: TooMany) -> tuple[str, int]:
    words = _("Many files are being opened at this moment. Try again in a minute.")
    return plain_page(503, _("This file can not be shown right now"), words)


def _refused(error: Refused) -> tuple[str, int] | Response:
    if error.status == 404:
        return plain_page(404, _("We can not find that page."), _("It may belong to someone else."))
    if error.status == 429:
        words = _after_known(_("Wait a minute, then try again."))
        return plain_page(429, _("That was too fast"), words)
    if error.code == "version_conflict":
        words = _after_known(_("Go back, look again, and then choose."))
        return plain_page(409, _("This changed in another window"), words)
    code = secrets.token_hex(4)
    log.warning("refused code=%s error=%s status=%s", code, error.code, error.status)
    return plain_page(400, _("That did not work"), _known(), code)


_PLAIN = {
    400: N_("We could not read that. Go back and try again."),
    403: N_("You can not open this page. It may belong to someone else."),
    404: N_("We can not find that page."),
    405: N_("You can not open this page that way."),
    413: N_("That was too long. Go back and make it shorter."),
}


def _http_error(error: HTTPException) -> tuple[str, int] | Response:
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return _broken(error.original_exception)
    status = error.code or 500
    if error.response is not None:
        return redirect(url_for("home.show"))
    sent = status in (400, 413) and request.method == "POST"
    words = _known() if sent else ""
    return plain_page(status, _(_PLAIN.get(status, "That did not work")), words)


def _broken(error: BaseException) -> Response | tuple[str, int]:
    code = secrets.token_hex(4)
    if is_outage(error):
        return _no_database(error, code)
    log.exception("unexpected error code=%s path=%s", code, request.endpoint, exc_info=error)
    words = " ".join((_("Something went wrong on our side."), _known()))
    return plain_page(500, _("Something went wrong"), words, code)


def _no_database(error: BaseException, code: str) -> Response:
    log.error("the database does not serve this now code=%s: %s", code, words_of(error))
    # The page must not look for the session that just could not be found.
    nobody()
    words = _after_known(_("Your rules still hold. Try again in a minute."))
    body, status = plain_page(503, _("This page can not be shown right now"), words, code)
    return Response(body, status, {"Retry-After": RETRY_AFTER}, mimetype="text/html")
