"""What every step of the wizard does: find its draft, what was typed before, where to go next."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts
from patient_portal.visit import this_place, this_visit
from patient_portal.words.wizard_steps import address_of


def its_draft() -> Policy:
    return drafts.current(this_visit().service, request.values.get("draft", ""))


def typed_before() -> MultiDict[str, str]:
    """What she had typed into this step when her session ended."""
    return MultiDict(this_visit().session.kept_form(this_place()))


def later() -> bool:
    return "later" in request.form


def leave(changed: Policy) -> ResponseReturnValue:
    """Save it for later: only now is it listed."""
    drafts.keep(this_visit().service, changed)
    return redirect(url_for("home.show"), 303)


def go_on(step: str, now: Policy) -> ResponseReturnValue:
    return redirect(address_of(step, now), 303)
