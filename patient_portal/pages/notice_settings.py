"""Which notices she wants, and how she is told."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from patient_portal.policies.notice import NoticeChoices
from patient_portal.visit import this_visit

NOTICES = ("requests", "decisions", "looks", "refused")

bp = Blueprint("notice_settings", __name__, url_prefix="/settings/notices")


@bp.get("")
def show() -> ResponseReturnValue:
    chosen = this_visit().service.notice_choices()
    return render_template(
        "portal/notice_settings.html", chosen=chosen, saved="saved" in request.args
    )


@bp.post("")
def save() -> ResponseReturnValue:
    """Store her choices; saving the same twice changes nothing."""
    sent: dict[str, Any] = {name: request.form.get(name, "") for name in NOTICES}
    sent["by_mail"] = request.form.get("by_mail") == "on"
    try:
        chosen = NoticeChoices.model_validate(sent)
    except ValidationError:
        abort(400)
    this_visit().service.choose_notices(chosen)
    return redirect(url_for(".show", saved=1), 303)
