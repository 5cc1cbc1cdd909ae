"""A new share, step 1: who it is with."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import gettext as _
from patient_portal.policies import (
    draft,
    party,
)
from patient_portal.policies.person import Person
from patient_portal.visit import once, this_visit
from patient_portal.words.wizard_steps import (
    step_links,
)

bp = Blueprint("share_who", __name__, url_prefix="/share/new/who")


@bp.get("")
def show() -> ResponseReturnValue:
    return _who_page({})


@bp.post("")
def choose() -> ResponseReturnValue:
    visit = this_visit()
    search, key = request.form.get("q", "").strip(), request.form.get("person", "")
    person = next((one for one in _found(search) if one.key == key), None)
    if person is None:
        return _who_page({"person": _("Choose who you want to share with")})

    def begin() -> tuple[str, dict[str, Any]]:
        begun = draft.start(person)
        visit.service.save(begun)
        return url_for("share_what.show", draft=begun.id), {}

    return once(begin)


def _who_page(errors: dict[str, str]) -> str:
    visit = this_visit()
    search = request.values.get("q", "").strip()
    found = _found(search)
    live = party.parties(visit.service.policies(), visit.moment)
    return render_template(
        "portal/wizard_who.html",
        q=search,
        found=found,
        already={party.first.who.person: party.first for party in live},
        errors=errors,
        steps=step_links(None),
    )


def _found(search: str) -> list[Person]:
    return this_visit().service.people(search) if len(search) >= 2 else []
