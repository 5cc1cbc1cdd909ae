"""PURE. What the page after a change remembers of how far the change has come."""

from __future__ import annotations

from typing import Any

from heart_ui.words import gettext as _
from patient_portal.policies.change import Effect


def told(said: str, *effects: Effect) -> dict[str, Any]:
    """What the next page says, truthfully: done, or still waiting for these clinics."""
    moments = [effect.at for effect in effects if effect.at]
    waiting = sorted({name for effect in effects for name in effect.waiting_for})
    pending = any(effect.status != "effective" for effect in effects)
    return {
        "said": said,
        "at": max(moments).isoformat() if moments else None,
        "waiting_for": waiting or ([_("your clinics")] if pending else []),
    }
