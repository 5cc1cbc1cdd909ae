"""What she hands over of an invitation: first the passcode, to be told; then the link, to be given.

Never both on one page, so that no printed page and no copied text holds them together. The passcode
is shown until she says that she has it, and not again.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui import qr
from heart_ui.words import gettext as _
from patient_portal.policies.policy import Policy
from patient_portal.visit import outcome, this_visit
from patient_portal.words import invitation_words, letter

bp = Blueprint("invitation_handover", __name__, url_prefix="/invitation")


@bp.get("/<policy_id>/passcode")
def passcode(policy_id: str) -> ResponseReturnValue:
    told = outcome()
    if not told.get("passcode"):
        return redirect(_link(policy_id), 303)
    return render_template(
        "portal/invitation_passcode.html",
        draft=_draft(policy_id),
        passcode=told["passcode"],
        form=request.args.get("form", ""),
    )


@bp.post("/<policy_id>/passcode")
def has_it(policy_id: str) -> ResponseReturnValue:
    """She wrote it down: it is forgotten here."""
    this_visit().forms.forget(request.args.get("form", ""), "passcode")
    return redirect(_link(policy_id), 303)


@bp.get("/<policy_id>/link")
def link(policy_id: str) -> ResponseReturnValue:
    return _handed_over("portal/invitation_link.html", policy_id)


@bp.get("/<policy_id>/slip")
def slip(policy_id: str) -> ResponseReturnValue:
    return _handed_over("portal/invitation_slip.html", policy_id)


def _handed_over(template: str, policy_id: str) -> ResponseReturnValue:
    visit, told = this_visit(), outcome()
    if not told.get("link"):
        return redirect(url_for("invitation.show", policy_id=policy_id), 303)
    draft, found = _draft(policy_id), visit.service.invitation(policy_id)
    if found.state != "waiting":
        return redirect(url_for("invitation.show", policy_id=policy_id), 303)
    until = invitation_words.valid_until(found, visit.zone)
    written = letter.to_guest(told["link"], visit.session.name, until)
    return render_template(
        template,
        draft=draft,
        link=told["link"],
        code=told["code"],
        typed_at=told["link"].rpartition("/")[0],
        drawn=_drawn(told["link"], draft.label.name),
        letter=written,
        mailto=written.mail_to(draft.label.detail) or written.mailto,
        until=until,
        name=visit.session.name,
        form=request.args.get("form", ""),
    )


def _drawn(link: str, who: str) -> object:
    return qr.code(
        link,
        key="code",
        title=_("A code with the link for %(who)s", who=who),
        spoken=_("A phone or a tablet with a camera reads it. It holds the link and no more."),
    )


def _draft(policy_id: str) -> Policy:
    return this_visit().service.policy(policy_id)


def _link(policy_id: str) -> str:
    return url_for(".link", policy_id=policy_id, form=request.args.get("form", ""))
