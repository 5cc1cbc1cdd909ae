"""One invitation: where it stands, whether it is really them, a new link, or its end."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal.frame import link
from patient_portal.policies.invitation import Invitation
from patient_portal.policies.policy import Policy
from patient_portal.policies.view import View
from patient_portal.sharing import inviting, shares
from patient_portal.visit import once, this_visit
from patient_portal.words import invitation_words
from patient_portal.words.preview_words import preview_words

bp = Blueprint("invitation", __name__, url_prefix="/invitation")


@bp.get("/<policy_id>")
def show(policy_id: str) -> ResponseReturnValue:
    """Of one that was used: who came, and what they would see."""
    visit = this_visit()
    draft, found = _of(policy_id)
    if found.state in ("on", "ended"):
        return redirect(url_for("share.show", share_id=policy_id), 303)
    view = _view(draft, found)
    state, tone = invitation_words.tag_of(found)
    return render_template(
        "portal/invitation.html",
        draft=draft,
        invitation=found,
        state=state,
        tone=tone,
        until=invitation_words.valid_until(found, visit.zone),
        lasts=invitation_words.length_sentence(found.lasts, draft, visit.zone),
        over=_is_over(draft, found),
        changed="changed" in request.args,
        **preview_words(view, request.args),
    )


@bp.post("/<policy_id>/yes")
def say_yes(policy_id: str) -> ResponseReturnValue:
    """It is really them: the share begins."""
    visit = this_visit()

    def begin() -> tuple[str, dict[str, Any]]:
        draft, found = _of(policy_id)
        form = request.form
        seen = (str(draft.version), found.who.key if found.who else "")
        if found.state != "used" or (form.get("version"), form.get("who")) != seen:
            return url_for(".show", policy_id=policy_id, changed=1), {}
        view = _view(draft, found)
        opens_at = link().unnamed(view.giving())
        told = inviting.yes(visit.service, found, found.version, opens_at)
        visit.session.changed_something()
        remembered = {
            "shown": len(view.shown),
            "total": view.total,
            "giving": view.giving(),
            **told,
        }
        return url_for("share_check.done", share=policy_id), remembered

    return once(begin)


@bp.post("/<policy_id>/renew")
def renew(policy_id: str) -> ResponseReturnValue:
    """Another link and passcode for the same draft: those of before are dead."""
    visit = this_visit()

    def make() -> tuple[str, dict[str, Any]]:
        found = visit.service.invitation(policy_id)
        if found.state in ("on", "ended"):
            return url_for(".show", policy_id=policy_id), {}
        made = visit.service.invite(policy_id, found.lasts)
        handed = {"link": made.link, "code": made.code, "passcode": made.passcode}
        return url_for("invitation_handover.passcode", policy_id=policy_id), handed

    return once(make)


@bp.post("/<policy_id>/stop")
def stop(policy_id: str) -> ResponseReturnValue:
    """Nobody can come by it any more; a share that it became is stopped as a share."""
    visit = this_visit()
    draft, _found = _of(policy_id)
    inviting.stop(visit.service, draft)
    visit.session.changed_something()
    return redirect(url_for("people.show", said="invitation"), 303)


def _of(policy_id: str) -> tuple[Policy, Invitation]:
    service = this_visit().service
    return service.policy(policy_id), service.invitation(policy_id)


def _view(draft: Policy, found: Invitation) -> View:
    visit = this_visit()
    draft = inviting.with_guest(draft, found)
    return shares.preview(visit.service, visit.clinics, draft, None)


def _is_over(draft: Policy, found: Invitation) -> bool:
    """True where the last day that she chose has passed meanwhile."""
    until = draft.when.until
    return found.lasts is None and until is not None and until <= this_visit().moment
