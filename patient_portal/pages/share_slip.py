"""The link of a share on paper: a slip to print or to show, from whom as she chose."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal.frame import link
from patient_portal.policies import party
from patient_portal.sharing import shares
from patient_portal.visit import this_visit

LONGEST_NAME = 60

bp = Blueprint("share_slip", __name__, url_prefix="/share")


@bp.get("/<share_id>/slip")
def show(share_id: str) -> ResponseReturnValue:
    visit = this_visit()
    share = visit.service.policy(share_id)
    if share.unreadable or not party.is_live(share, visit.moment):
        return redirect(url_for("share.show", share_id=share_id), 303)
    view = shares.view_of(visit.service, visit.clinics, share, visit.moment)
    if not view.shown:
        return redirect(url_for("share.show", share_id=share_id), 303)
    name = " ".join(request.args.get("from", "").split())[:LONGEST_NAME]
    chosen, places = link(name), view.giving()
    return render_template(
        "portal/share_slip.html",
        share=share,
        name=chosen.name,
        longest=LONGEST_NAME,
        link=chosen.unnamed(places),
        code=chosen.drawn(places, share.label.name),
    )
