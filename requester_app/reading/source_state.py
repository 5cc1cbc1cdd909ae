"""PURE: the one state of each source, and what every page says of it (Grant 3.2.2, 3.3.6, 3.6).

A source that was not loaded is never called "not shared" or "ended": only an answer says that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from heart_ui.words import N_
from heart_ui.words import gettext as _
from requester_app.answers import Answer, Why

State = Literal[
    "open", "new", "asked", "tried", "not_shared", "facts", "ended", "gone",
    "silent", "slow", "wrong", "service", "service_wrong", "untrusted",
]  # fmt: skip
NOT_LOADED: frozenset[State] = frozenset(
    {"silent", "slow", "wrong", "service", "service_wrong", "untrusted"}
)
_UNKNOWN: frozenset[State] = NOT_LOADED | {"new"}
"""States in which nobody knows what is shared there."""
SERVICE_SILENT = N_("The sharing service does not answer. Nothing has changed.")
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
TAGS: dict[State, tuple[str, str]] = {
    "open": (N_("Open"), "ok"),
    "asked": (N_("Waiting for an answer"), "info"),
    "tried": (N_("Not shared yet"), ""),
    "new": (N_("Not opened yet"), ""),
    "ended": (N_("Ended or paused"), "warn"),
    "facts": (N_("More is needed"), "warn"),
    "not_shared": (N_("No access"), "warn"),
    "gone": (N_("Link does not work"), "warn"),
}
"""One patient on a list, as it stood when last looked at: the first of these of any source."""
_OF_WHY: dict[Why, State] = {
    "source": "silent",
    "slow": "slow",
    "answer": "wrong",
    "service": "service",
    "refused": "service_wrong",
    "untrusted": "untrusted",
}
_OF_KEY: dict[str, State] = {
    "open": "open",
    "new": "new",
    "try": "new",
    "waiting": "tried",
    "ended": "ended",
    "no_access": "not_shared",
    "facts": "facts",
    "gone": "gone",
}


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source on a page: its name, its state, and when its records were last seen."""

    name: str
    state: State
    shown: int = 0

    @property
    def sentence(self) -> str:
        """What is said of it while its records are not on the page."""
        return _(SENTENCES[self.state], source=self.name)

    @property
    def is_loaded(self) -> bool:
        """False while an outage keeps its records from the page."""
        return self.state not in NOT_LOADED


def state_of(stored: str, answer: Answer | None, *, seen: bool = False) -> State:
    """The state of a source after a look: its answer counts before what was known of it.

    `seen` is true where it was open before; a new start that failed leaves it as it was.
    """
    if answer is not None and answer.state == "open":
        return "open"
    if answer is not None and answer.state == "down":
        return _OF_WHY.get(answer.why, "silent")
    if stored == "try" and seen:
        return "open"
    return _OF_KEY.get(stored, "new")


def first_tag(states: Collection[State]) -> tuple[str, str]:
    """The tag of a patient with sources in these states."""
    return next((words for state, words in TAGS.items() if state in states), TAGS["new"])


def missing(sources: Iterable[SourceState]) -> list[SourceState]:
    """Those of which no record is on the page."""
    return [source for source in sources if source.state != "open"]


def unknown(sources: Iterable[SourceState]) -> list[SourceState]:
    """Those of which nobody knows now what is shared: no kind may be called not shared."""
    return [source for source in sources if source.state in _UNKNOWN]


def closed_as(states: Collection[State], asked: str) -> str:
    """Which page is shown where no source is open; `asked` is how the patient answered last.

    An outage comes first: while one source is not loaded, nothing is said of the whole.
    """
    if NOT_LOADED & set(states):
        return "down"
    if "ended" in states:
        return "ended"
    if asked == "waiting":
        return "asked"
    if "tried" in states:
        return "tried"
    if asked == "no":
        return "no"
    if set(states) <= {"new"}:
        return "new"
    if set(states) == {"gone"}:
        return "gone"
    return "facts" if "facts" in states else "none"
