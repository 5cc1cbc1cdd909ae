"""PURE. Why a record stays private, and why one gives a private topic away."""

from __future__ import annotations

from collections.abc import Collection

from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal.policies.names import topic_name
from patient_portal.policies.row import Because

WHY_HELD = {
    "kind": N_("Kind not shared"),
    "place": N_("Clinic not shared"),
    "hidden": N_("Hidden by you"),
    "pick": N_("Only people you pick"),
    "named": N_("Held back by you"),
    "dates": N_("Outside the dates"),
}


def held_words(why: str, topics: Collection[str]) -> str:
    """Why one record stays private, as a tag."""
    if why == "topic" and topics:
        return ", ".join(_(topic_name(code)) for code in topics)
    return _(WHY_HELD.get(why, "Not shared"))


def because_words(because: Because) -> str:
    """Why a record gives a topic away, as a sentence; empty where its clinic gives no reason."""
    if not because.use:
        return ""
    use = _(because.use)
    if because.word and because.name:
        return _("%(word)s is %(name)s, %(use)s.", word=because.word, name=because.name, use=use)
    subject = because.word or because.name
    return _("%(word)s is %(use)s.", word=subject[:1].upper() + subject[1:], use=use)
