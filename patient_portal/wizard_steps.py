"""Addresses of the wizard's steps, for its pages and the line of steps above them."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from patient_portal import draft
from patient_portal.policy import Policy


def address_of(step: str, shown: Policy) -> str:
    endpoint = "share_check.check" if step == "check" else f"share_wizard.{step}"
    return url_for(endpoint, draft=shown.id)


def step_links(shown: Policy | None) -> list[tuple[str, str | None]]:
    """The five steps; those that can be gone to are links."""
    return [
        (_(draft.STEP_NAMES[step]), address_of(step, shown) if shown and reachable else None)
        for step, reachable in draft.steps(shown)
    ]
