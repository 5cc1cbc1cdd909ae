"""A new share, step 1: who it is with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import gettext as _
from patient_portal.context import current_portal
from patient_portal.policies import draft, draft_ids, party
from patient_portal.policies.person import Person
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts
from patient_portal.visit import once, this_visit
from patient_portal.words.wizard_steps import address_of, step_links

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
        begun = _begun()
        policies = visit.service.policies()
        # What a session longer ago than any can live has left has no page open any more.
        longest = timedelta(seconds=current_portal.settings.session_absolute)
        drafts.forget(visit.service, policies, visit.moment - longest)
        kept = next((p for p in drafts.saved(policies) if p.who.person == person.key), None)
        if kept and not (begun and begun.id == kept.id):
            return url_for("share_wizard.resume", draft=kept.id), {}
        new = draft.for_another(begun, person) if begun else draft.start(person)
        if not (begun and begun.who == new.who):
            visit.service.save(new)
        return address_of("what", new), {}

    return once(begin)


def _who_page(errors: dict[str, str]) -> str:
    visit = this_visit()
    search = request.values.get("q", "").strip()
    found = _found(search)
    policies, begun = visit.service.policies(), _begun()
    live = party.parties(policies, visit.moment)
    return render_template(
        "portal/wizard_who.html",
        draft=begun,
        kept={one.who.person: one for one in drafts.saved(policies)},
        q=search,
        found=found,
        already={party.first.who.person: party.first for party in live},
        errors=errors,
        steps=step_links(begun),
    )


def _begun() -> Policy | None:
    """The draft whose person is to be another one; None for a new share."""
    named = request.values.get("draft", "")
    begun = drafts.current(this_visit().service, named) if named else None
    if begun is not None and draft_ids.stays_with_its_person(begun.id):
        abort(404)
    return begun


def _found(search: str) -> list[Person]:
    return this_visit().service.people(search) if len(search) >= 2 else []
