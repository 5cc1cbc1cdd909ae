"""What a person's row says of the state of the sharing, on every page that lists people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from heart_ui.words import gettext as _
from patient_portal.policies import share_states
from patient_portal.policies.granted import Granted
from patient_portal.policies.party import Party


@dataclass(frozen=True)
class PartyWords:
    """For rows shown at `moment`, while some shares are being stopped."""

    being_stopped: set[str]
    moment: datetime
    zone: ZoneInfo

    def of(self, party: Party, granted: Granted | None) -> tuple[str, str]:
        """The words and their tone: before the share's own state comes what is in its way."""
        if any(one.id in self.being_stopped for one in party.policies):
            return _("Being stopped"), "warn"
        if lost := share_states.lost_words(granted):
            return _(lost), "warn"
        return share_states.state_words(party.first, self.moment, self.zone)
