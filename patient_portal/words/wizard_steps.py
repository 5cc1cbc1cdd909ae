"""Addresses of the wizard's steps, for its pages and the line of steps above them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from heart_ui.words import gettext as _
from heart_uma.topics import SENSITIVE_TOPICS
from patient_portal.policies import days, draft_ids, draft_steps, lasting, lengths, offers
from patient_portal.policies.policy import Policy
from patient_portal.policies.view import View

NOTE_LENGTH = 280


def address_of(step: str, shown: Policy) -> str:
    page = "check" if step == "check" else "show"
    return url_for(f"share_{step}.{page}", draft=shown.id)


def step_links(shown: Policy | None) -> list[tuple[str, str | None]]:
    """The five steps; those that can be gone to are links."""
    return [
        (_(draft_steps.STEP_NAMES[step]), address_of(step, shown) if shown and reachable else None)
        for step, reachable in draft_steps.steps(shown)
    ]


def way_back(step: str, shown: Policy) -> str:
    """The page before a step, with the answers that were given there."""
    if draft_ids.is_invitation(shown.id) and step == "what":
        return url_for("invitation.show", policy_id=shown.id)
    edit = draft_ids.edit_of(shown.id)
    if edit and step == "what":
        return url_for("share.show", share_id=edit.share)
    return address_of(draft_steps.STEPS[draft_steps.STEPS.index(step) - 1], shown)


def choices_of_topics(shown: Policy, everything: View) -> dict[str, Any]:
    """What step `topics` offers: those she has records of, the others, and what hints at one."""
    with_records, chosen = everything.topics(), shown.what.topics
    known = [code for code, _rows in with_records]
    return {
        "topics": with_records,
        "rest": [c for c in dict.fromkeys((*SENSITIVE_TOPICS, *chosen)) if c not in known],
        "hidden": everything.hidden,
        "hinting": [row for row in everything.hinting() if not set(row.topics) & set(chosen)],
    }


def answers_of_why(
    shown: Policy, sent: Mapping[str, str], moment: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """What step `why` offers, and what is chosen: what was just sent, else what the draft says."""
    time = lasting.shown(shown, moment, zone)
    return {
        **{name: sent.get(name, kept) for name, kept in time.items()},
        "why": sent.get("why") or (shown.why[0] if shown.why else ""),
        "say_why": sent.get("say_why") == "yes" if sent else shown.say_why,
        "can_keep": time["length"] == lasting.AS_IT_IS,
        "ahead": days.ahead(moment.astimezone(zone).date()),
        "tell": sent.get("tell") or shown.tell.level,
        "note": sent.get("note") or shown.tell.note or "",
        "lengths": lengths.LENGTHS,
        "purposes": offers.OFFERED_PURPOSES,
        "hints": offers.PURPOSE_HINTS,
    }


def problems_of_why(form: Mapping[str, str]) -> dict[str, str]:
    """What is missing in the sent step `why`, by field."""
    errors = {}
    if form.get("why") not in offers.OFFERED_PURPOSES:
        errors["why"] = _("Choose why you are sharing")
    if len(form.get("note", "")) > NOTE_LENGTH:
        errors["note"] = _("Make the note shorter: up to %(n)s characters.", n=NOTE_LENGTH)
    return errors
