"""PURE. From which days the records are that a share gives, as the form says: open by default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from heart_ui.words import gettext as _
from patient_portal.policies import days
from patient_portal.policies.terms import What

FIELDS = ("since", "until")


def chosen(form: Mapping[str, str], before: What, today: date) -> tuple[What, dict[str, str]]:
    """The records that a sent form means, and what is wrong with its days by field.

    A day that was there before is none of her typing: it may lie where a calendar would not let
    her go.
    """
    # A form without the field says nothing of it: that must not open older or newer records.
    said = {name: form.get(name, getattr(before, name) or "").strip() for name in FIELDS}
    errors = {}
    for name in FIELDS:
        text = said[name]
        if text and text != getattr(before, name) and (wrong := days.past(today).problem(text)):
            errors[name] = wrong
    if not errors and all(said.values()) and said["until"] < said["since"]:
        errors["until"] = _("The last day is before the first. Choose another day.")
    return before.model_copy(update={n: said[n] or None for n in FIELDS}), errors


def shown(what: What, sent: Mapping[str, str]) -> dict[str, str]:
    """What the form shows: what was just sent, else what the draft says."""
    return {name: sent.get(name, getattr(what, name) or "") for name in FIELDS}
