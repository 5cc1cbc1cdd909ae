"""Which looks a page was asked for: the choices in its address, and everything they choose from."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, request

from patient_portal.errors import LooksNotLoaded
from patient_portal.policies import looks, outcomes
from patient_portal.policies.look import Look
from patient_portal.policies.policy import Policy
from patient_portal.sharing import who_looked
from patient_portal.visit import this_visit

FILTERS = ("who", "kind", "outcome", "since", "until")


def everything() -> tuple[list[Look], list[str]]:
    """What the clinics know, and who was turned away before any clinic was asked."""
    visit = this_visit()
    found, down = who_looked.looked(
        visit.clinics, visit.service.records(), visit.local, actors=_actors()
    )
    return [*found, *who_looked.turned_away_at_the_service(visit.service, visit.zone)], down


def look_asked_about() -> Look:
    """The visit with the call that the address or the form names; of hers, or there is none.

    Raise LooksNotLoaded where a clinic that may know it does not answer.
    """
    found, down = everything()
    look = looks.with_call(looks.visits(found), request.values.get("call", ""))
    if look is None and down:
        raise LooksNotLoaded(down[0])
    return look or abort(404)


def filters() -> dict[str, Any]:
    """The choices, read; one that says nothing known chooses nothing."""
    args = request.args
    outcome = args.get("outcome", "")
    return {
        "who": args.get("who", ""),
        "kind": args.get("kind", ""),
        "outcome": outcome if outcome in outcomes.OUTCOME_NAMES else "",
        "since": _date(args.get("since", "")),
        "until": _date(args.get("until", "")),
    }


def as_written() -> dict[str, str]:
    """The choices as they stand in the address."""
    return {name: request.args.get(name, "") for name in FILTERS}


def rules() -> dict[str, Policy]:
    """Her rules by their ids, drafts too: they have allowed nothing."""
    visit = this_visit()
    return {policy.id: policy for policy in visit.service.policies()}


def _actors() -> tuple[str, ...]:
    return ("owner",) if request.args.get("outcome") == outcomes.OWN else who_looked.OTHERS


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
