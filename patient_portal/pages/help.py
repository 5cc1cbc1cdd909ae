"""Help in plain words, for anybody: what this is, how to stop sharing, whom to ask."""

from __future__ import annotations

from flask import Blueprint, render_template

from patient_portal.context import current_portal

bp = Blueprint("help", __name__)


@bp.get("/help")
def show() -> str:
    return render_template("portal/help.html", contact_words=current_portal.settings.contact)
