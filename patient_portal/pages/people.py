"""Everyone there is a rule for: sharing, ended, blocked; and who may ask at all."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal.policies import draft_ids, party, past
from patient_portal.policies.granted import Granted
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import Label, What, Who
from patient_portal.sharing import opening
from patient_portal.visit import this_visit
from patient_portal.words import invitation_words
from patient_portal.words.party_words import PartyWords

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    everything, now = visit.service.everything(), visit.moment
    policies = everything.policies
    parties = party.parties(policies, now)
    by_id = {policy.id: policy for policy in policies}
    says = PartyWords({one.share for one in visit.stops.unanswered()}, now, visit.zone)
    return render_template(
        "portal/people.html",
        parties=[(p, *says.of(p, Granted())) for p in parties],
        ended=past.ended(policies, now),
        blocked=[p for p in policies if p.effect == "deny" and party.is_live(p, now)],
        asking=_asking_rule(policies),
        invited=[
            (by_id[one.policy], *invitation_words.tag_of(one))
            for one in everything.invitations
            if one.policy in by_id
        ],
        said=request.args.get("said", ""),
    )


@bp.post("/unblock")
def unblock() -> ResponseReturnValue:
    """Lift a block. Where that lets them see something at once, show it first."""
    visit = this_visit()
    found = visit.service.policy(request.form.get("rule", ""))
    if found.effect != "deny":
        abort(404)
    if not party.is_live(found, visit.moment):
        return redirect(url_for(".show", said="before"), 303)
    return _lift(found, said="unblocked")


@bp.get("/lift/<rule_id>")
def ask_to_lift(rule_id: str) -> ResponseReturnValue:
    """What ending a rule that holds back would open, before it does."""
    rule = _holding_back(rule_id)
    return render_template("portal/lift.html", rule=rule, opened=_opened_by(rule))


@bp.post("/lift/<rule_id>")
def lift(rule_id: str) -> ResponseReturnValue:
    visit = this_visit()
    rule = _holding_back(rule_id)
    if not party.is_live(rule, visit.moment):
        return redirect(url_for(".show", said="before"), 303)
    visit.service.end(rule.id)
    visit.session.changed_something()
    return redirect(url_for(".show", said="lifted"), 303)


def _holding_back(rule_id: str) -> Policy:
    visit = this_visit()
    rule = visit.service.policy(rule_id)
    if rule.effect != "deny" and not rule.ask_me:
        abort(404)
    return rule


def _lift(rule: Policy, *, said: str) -> ResponseReturnValue:
    """End a rule that holds back: at once if that opens nothing, else she looks at it first."""
    visit = this_visit()
    if _opened_by(rule):
        return redirect(url_for(".ask_to_lift", rule_id=rule.id), 303)
    visit.service.end(rule.id)
    visit.session.changed_something()
    return redirect(url_for(".show", said=said), 303)


def _opened_by(rule: Policy) -> list[opening.Opened]:
    visit = this_visit()
    return opening.opened_by_ending(visit.service, visit.clinics, rule, visit.moment)


@bp.post("/asking")
def set_asking() -> ResponseReturnValue:
    """Whether people without a share may send her a request."""
    visit = this_visit()
    rule = _asking_rule(visit.service.policies())
    wanted = request.form.get("asking") == "on"
    if wanted and rule is None:
        visit.service.save(
            Policy(
                id=draft_ids.new_id(),
                state="on",
                ask_me=True,
                who=Who(anyone=True),
                what=What(everything=True),
                label=Label(name="Anyone"),
            )
        )
    elif not wanted and rule is not None:
        return _lift(rule, said="asking")
    return redirect(url_for(".show", said="asking"), 303)


def _asking_rule(policies: list[Policy]) -> Policy | None:
    visit = this_visit()
    now = visit.moment
    return next((p for p in policies if p.ask_me and p.who.anyone and party.is_live(p, now)), None)
