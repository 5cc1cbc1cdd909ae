"""PURE. What happened, in a line: a step in a share's history, an event at the sharing service."""

from __future__ import annotations

from heart_ui.words import N_
from patient_portal.policies.change import HistoryVersion


def change_words(version: HistoryVersion, before: HistoryVersion | None) -> str:
    """What one step in a share's history was."""
    now, then = version.state, before.state if before else ""
    if now == "ended":
        return N_("You stopped it")
    if now == "draft" and before is None:
        return N_("You wrote it, but did not start it")
    if now == "draft":
        return N_("You changed the draft")
    if now == "paused":
        return N_("You paused it")
    if then == "paused":
        return N_("You turned it on again")
    return N_("You changed it") if then == "on" else N_("You started it")


SERVICE_WORDS = {
    "issued": N_("A key was given to %(who)s"),
    "denied": N_("%(who)s tried. Turned away."),
    "turned_away": N_("%(who)s tried after you stopped. Turned away."),
    "asked": N_("%(who)s sent you a request"),
    "tried": N_("%(who)s tried to open your records, without giving a reason"),
    "withdrawn": N_("%(who)s took a request back"),
    "told": N_("%(who)s was told what became of a request"),
    "answered": N_("You answered the request of %(who)s"),
    "shared": N_("You started sharing with %(who)s"),
    "changed": N_("You changed your share with %(who)s"),
    "paused": N_("You paused your share with %(who)s"),
    "stopped": N_("You stopped sharing with %(who)s"),
    "linked": N_("%(who)s was linked"),
    "unlinked": N_("%(who)s was unlinked"),
    "invited": N_("You invited %(who)s"),
    "accepted": N_("%(who)s came by your invitation"),
}
TRIED_IN_VAIN = N_("%(who)s tried while nothing was shared. Turned away.")
"""An old key, where it is not known that she had stopped: a pause or a change counts too."""
RULE_WORDS = {
    "shared": N_("You made a rule about %(who)s"),
    "changed": N_("You changed a rule about %(who)s"),
    "paused": N_("You paused a rule about %(who)s"),
    "stopped": N_("You ended a rule about %(who)s"),
}
"""The same of a rule that shares nothing: a block, or "ask me first"."""


def service_words(event: str, *, of_a_rule: bool = False) -> str:
    """What the sharing service did, in words; empty for an event this portal does not know."""
    words = SERVICE_WORDS.get(event, "")
    return RULE_WORDS.get(event, words) if of_a_rule else words
