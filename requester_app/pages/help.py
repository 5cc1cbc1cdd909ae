"""Help in plain words, for anybody: what this app is, how to begin and to stop, whom to ask.

`GET /help`.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from requester_app.browser import public
from requester_app.context import current_requester

bp = Blueprint("help", __name__)


@bp.get("/help")
@public
def show() -> str:
    """The same page signed in or not."""
    return render_template("requester/help.html", contact_words=current_requester.settings.contact)
