"""Stop sharing, with proof; and while the sharing service is silent, without a promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from patient_portal.context import current_portal
from patient_portal.policies import look, outcomes
from patient_portal.policies.effect_words import told
from patient_portal.policies.policy import Policy
from patient_portal.sharing import who_looked
from patient_portal.visit import once, outcome, this_visit

JUST_ASKED = timedelta(seconds=10)
"""The page after a stop without an answer does not wait for the same service once more."""

bp = Blueprint("share_stop", __name__, url_prefix="/share")


@bp.get("/<share_id>/stop")
def ask_to_stop(share_id: str) -> ResponseReturnValue:
    visit = this_visit()
    return render_template("portal/share_stop.html", share=visit.service.policy(share_id))


@bp.post("/<share_id>/stop")
def stop(share_id: str) -> ResponseReturnValue:
    """End every share with this person, and remember how far it has come at each clinic."""

    def carry_out() -> tuple[str, dict[str, Any]]:
        return url_for(".stopped", share_id=share_id), _stop(share_id)

    return once(carry_out)


@bp.get("/<share_id>/stopped")
def stopped(share_id: str) -> ResponseReturnValue:
    visit = this_visit()
    told = outcome()
    unanswered = visit.stops.unanswered() if _just_asked(told) else visit.stops.ask_again()
    waiting = [one for one in unanswered if one.share == share_id]
    if waiting:
        return render_template("portal/stop_unanswered.html", share_id=share_id, stop=waiting[0])
    share = visit.service.policy(share_id)
    if share.state != "ended":
        return redirect(url_for("share.show", share_id=share_id), 303)
    done = datetime.fromisoformat(told["at"]) if told.get("at") else None
    ended = told.get("ended") or [share.id]
    found, down = who_looked.looked(
        visit.clinics, visit.service.records(), visit.local, weeks=2, actors=("person",)
    )
    asked = share.updated
    after = [one for one in found if asked and one.at >= asked and _is_theirs(one, share, ended)]
    return render_template(
        "portal/share_stopped.html",
        share=share,
        asked=asked,
        done=None if told.get("waiting_for") else done,
        waiting_for=told.get("waiting_for", []),
        turned_away=[
            *((one.at, one.clinic) for one in after if one.outcome == outcomes.DENIED),
            *(who_looked.turned_away(visit.service, share.who, asked) if asked else ()),
        ],
        down=down,
    )


@bp.post("/<share_id>/stopped")
def check_again(share_id: str) -> ResponseReturnValue:
    """Ask how far the stop has come: ending what has ended changes nothing else."""

    def carry_out() -> tuple[str, dict[str, Any]]:
        return url_for(".stopped", share_id=share_id), _stop(share_id)

    return once(carry_out)


def _just_asked(told: dict[str, Any]) -> bool:
    visit = this_visit()
    asked = told.get("unanswered")
    if not asked:
        return False
    return visit.moment - datetime.fromisoformat(asked) < JUST_ASKED


def _stop(share_id: str) -> dict[str, Any]:
    """What the next page needs to know of a stop; nothing of one that has no answer yet."""
    visit = this_visit()
    stopped = visit.stops.stop(share_id)
    if stopped is None:
        # The moment after the wait: the page that follows tells how long ago that was.
        return {"unanswered": current_portal.clock().isoformat()}
    return {**told("stopped", *stopped.effects), "ended": stopped.ids}


def _is_theirs(look: look.Look, share: Policy, ended: list[str]) -> bool:
    return look.policy in ended or (bool(look.who) and look.who == share.label.name)
