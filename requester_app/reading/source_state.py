"""PURE: the one state of each source, and what every page says of it (Grant 3.2.2, 3.3.6, 3.6).

A source that was not loaded is never called "not shared" or "ended": only an answer says that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from heart_ui.words import N_
from heart_ui.words import gettext as _

State = Literal[
    "open", "new", "asked", "tried", "not_shared", "facts", "ended", "gone",
    "silent", "slow", "wrong", "service", "service_wrong", "untrusted",
]  # fmt: skip
NOT_LOADED: frozenset[State] = frozenset(
    {"silent", "slow", "wrong", "service", "service_wrong", "untrusted"}
)
SERVICE_SILENT = N_("The sharing service does not answer. Nothing has changed.")
TO_TELL = N_("%(source)s: say who you are and why you ask first.")
SENTENCES: dict[State, str] = {
    "silent": N_("Not loaded: %(source)s does not answer."),
    "slow": N_("Not loaded: %(source)s took too long to answer."),
    "wrong": N_("Not loaded: %(source)s sent an answer that this app can not read."),
    "service": N_(
        "Not loaded: the sharing service of %(source)s does not answer. Nothing has changed."
    ),
    "service_wrong": N_(
        "Not loaded: the sharing service of %(source)s sent an answer that this app can "
        "not read. Nothing has changed."
    ),
    "untrusted": N_("Not loaded: %(source)s names a sharing service that this app does not trust."),
    "new": N_("%(source)s has not been opened yet."),
    "asked": N_("%(source)s: the patient was asked, and has not answered yet."),
    "tried": N_("%(source)s: nothing is shared with you yet. The patient will see that you tried."),
    "not_shared": N_("%(source)s: nothing is shared with you."),
    "facts": N_("%(source)s: the sharing service must know more about you than this app can tell."),
    "ended": N_("%(source)s: your access ended or is paused."),
    "gone": N_("%(source)s does not know this record. The link may be old."),
}
"""What is said of a source of which no record is on the page."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source on a page: its name, its state, and when its records were last seen."""

    name: str
    state: State
    shown: int = 0
    can_tell: bool = False
    """The person can tell what is wanted herself, at the sharing service."""

    @property
    def sentence(self) -> str:
        """What is said of it while its records are not on the page."""
        if self.can_tell:
            return _(TO_TELL, source=self.name)
        return _(SENTENCES[self.state], source=self.name)

    @property
    def is_loaded(self) -> bool:
        """False while an outage keeps its records from the page."""
        return self.state not in NOT_LOADED
