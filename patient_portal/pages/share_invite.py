"""A new share, step 1, for a person without an account: what she calls them, and their e-mail."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import gettext as _
from patient_portal.policies import draft, draft_ids
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts
from patient_portal.visit import once, this_visit
from patient_portal.words.wizard_steps import address_of, step_links

LONGEST_NAME, LONGEST_EMAIL = 60, 120
_EMAIL = re.compile(r"[^\s@<>\"',;?&]+@[^\s@<>\"',;?&]+\.[^\s@<>\"',;?&]+")

bp = Blueprint("share_invite", __name__, url_prefix="/share/new/who/invite")


@bp.get("")
def show() -> ResponseReturnValue:
    return _page({})


@bp.post("")
def choose() -> ResponseReturnValue:
    name = " ".join(request.form.get("name", "").split())
    email = request.form.get("email", "").strip()
    errors = {}
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        errors["name"] = _("Enter a name that you know them by")
    if email and (len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email)):
        errors["email"] = _("Check the email address, or leave it out")
    if errors:
        return _page(errors)

    def begin() -> tuple[str, dict[str, Any]]:
        begun = _begun()
        new = draft.for_guest(begun, name, email)
        this_visit().service.save(new)
        return address_of("what", new), {}

    return once(begin)


def _page(errors: dict[str, str]) -> str:
    begun = _begun()
    known = begun.label if begun is not None and not begun.who.key else None
    return render_template(
        "portal/wizard_invite.html",
        draft=begun,
        name=request.form.get("name", known.name if known else ""),
        email=request.form.get("email", known.detail if known else ""),
        errors=errors,
        back_to=url_for("share_who.show", draft=begun.id if begun else None),
        steps=step_links(begun),
    )


def _begun() -> Policy | None:
    """The draft whose person is to be another one; None for a new share."""
    named = request.values.get("draft", "")
    begun = drafts.current(this_visit().service, named) if named else None
    if begun is not None and draft_ids.stays_with_its_person(begun.id):
        abort(404)
    return begun
