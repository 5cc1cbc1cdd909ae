"""Addresses of the wizard's steps, for its pages and the line of steps above them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for
from flask_babel import gettext as _

from patient_portal.policies import draft, wording
from patient_portal.policies.policy import Policy

NOTE_LENGTH = 280


def address_of(step: str, shown: Policy) -> str:
    endpoint = "share_check.check" if step == "check" else f"share_wizard.{step}"
    return url_for(endpoint, draft=shown.id)


def step_links(shown: Policy | None) -> list[tuple[str, str | None]]:
    """The five steps; those that can be gone to are links."""
    return [
        (_(draft.STEP_NAMES[step]), address_of(step, shown) if shown and reachable else None)
        for step, reachable in draft.steps(shown)
    ]


def problems_of_why(form: Mapping[str, str]) -> dict[str, str]:
    """What is missing in the sent step `why`, by field."""
    errors = {}
    if form.get("why") not in wording.OFFERED_PURPOSES:
        errors["why"] = _("Choose why you are sharing")
    if form.get("length", "") not in ("keep", *(key for key, _words, _last in wording.LENGTHS)):
        errors["length"] = _("Choose how long")
    if len(form.get("note", "")) > NOTE_LENGTH:
        errors["note"] = _("Make the note shorter: up to %(n)s letters.", n=NOTE_LENGTH)
    return errors
