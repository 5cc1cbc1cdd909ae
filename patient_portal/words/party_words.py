"""What a person's row says of the state of the sharing, on every page that lists people."""

from __future__ import annotations

from flask_babel import gettext as _

from patient_portal.context import current_portal
from patient_portal.policies import share_states
from patient_portal.policies.grid import Party
from patient_portal.policies.policy import Granted


def state(party: Party, granted: Granted | None, being_stopped: set[str]) -> tuple[str, str]:
    """The words and their tone: before the share's own state comes what is in its way."""
    if any(one.id in being_stopped for one in party.policies):
        return _("Being stopped"), "warn"
    if lost := share_states.lost_words(granted):
        return _(lost), "warn"
    return share_states.state_words(party.first, current_portal.clock(), current_portal.zone, _)
