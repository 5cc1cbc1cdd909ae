"""PURE. The steps in which a share is written, and which of them is missing."""

from __future__ import annotations

import hashlib

from heart_ui.words import N_
from patient_portal.policies.draft_ids import stays_with_its_person
from patient_portal.policies.policy import Policy

STEPS = ("who", "what", "topics", "why", "check")
STEP_NAMES = {
    "who": N_("Who"),
    "what": N_("What"),
    "topics": N_("Private topics"),
    "why": N_("Why and how long"),
    "check": N_("Check"),
}


def mark(policy: Policy, step: str) -> str:
    """What one step says, as a short text: a page bears it, so that a change in between shows."""
    what = policy.what
    parts = {
        "what": (what.everything, what.kinds, what.since, what.until, sorted(what.places)),
        "topics": (what.topics,),
        "why": (
            *(policy.why, policy.say_why, str(policy.when)),
            *(policy.tell.level, policy.tell.note),
        ),
    }
    return hashlib.sha256(repr(parts[step]).encode()).hexdigest()[:16]


def steps(shown: Policy | None) -> list[tuple[str, bool]]:
    """The steps in order, and whether each can be gone to now; an edit stays with its person."""
    if shown is None:
        return [(step, False) for step in STEPS]
    last = STEPS.index(missing_step(shown))
    fixed = stays_with_its_person(shown.id)
    return [(s, STEPS.index(s) <= last and not (fixed and s == "who")) for s in STEPS]


def missing_step(draft: Policy) -> str:
    """The first step whose answer is still missing, or `check`."""
    if not (draft.what.everything or draft.what.kinds or draft.what.records.include):
        return "what"
    return "check" if draft.why else "why"
