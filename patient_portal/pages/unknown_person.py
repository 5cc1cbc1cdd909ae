"""A visitor whom she does not know: pause what lets them in, and say what was done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal import look_filters
from patient_portal.errors import SharingServiceDown
from patient_portal.policies import alarm
from patient_portal.policies.effect_words import told
from patient_portal.policies.look import Look
from patient_portal.policies.policy import Policy
from patient_portal.sharing import pausing
from patient_portal.visit import once, outcome, this_visit

bp = Blueprint("unknown_person", __name__, url_prefix="/looked/unknown")


@bp.get("")
def ask() -> ResponseReturnValue:
    """What pausing would do, before it is done."""
    look = look_filters.look_asked_about()
    shares = _shares(look)
    return render_template(
        "portal/unknown_person.html",
        look=look,
        shares=shares,
        wide=[one for one in shares if one.who.person is None],
        on=any(one.state == "on" or one.paused_until for one in shares),
    )


@bp.post("")
def pause() -> ResponseReturnValue:
    visit = this_visit()

    def carry_out() -> tuple[str, dict[str, Any]]:
        try:
            look = look_filters.look_asked_about()
            shares = _shares(look)
        except SharingServiceDown:
            # It was not even asked to pause anything: what lets them in lets them in still.
            return url_for(".done", call=request.form.get("call", "")), {"silent": True}
        became = pausing.pause(visit.service, shares)
        if became.done:
            visit.session.changed_something()
        names = {one.id: one.label.name or look.who for one in shares}
        said = {
            "who": look.who,
            "done": [(one, names[one]) for one in became.done],
            "not_done": [(one, names[one]) for one in became.not_done],
            "unsure": [(one, names[one]) for one in became.unsure],
        }
        done = url_for(".done", call=look.key)
        return done, {**told("paused", *became.effects), **said}

    return once(carry_out)


@bp.get("/done")
def done() -> ResponseReturnValue:
    """What was done; asked of nobody again, so that it can be read while a service is silent."""
    said = outcome()
    if not said:
        return redirect(url_for("activity.show"), 303)
    return render_template(
        "portal/unknown_person_done.html", said=said, call=request.args.get("call", "")
    )


def _shares(look: Look) -> list[Policy]:
    visit = this_visit()
    return alarm.shares_of(look, visit.service.policies(), visit.moment)
