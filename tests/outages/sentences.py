"""The true sentence for each page when something it needs is away; and what no page may say then.

A page that is not in the table needs nothing of what is away, and must read as ever.
"""

from __future__ import annotations

import re

SHARING_SERVICE = "the sharing service"
CLINIC = "a clinic"
SERVICE_OF_CLINIC = "the sharing service, for a clinic"

_FIRST_PAGE = r"(\?(by|show|by&show))?"
_FILE = r"chart/KIND/file/.*"
_CHART = r"chart/KIND(/KIND)?"
_CHART_IS_OLD = "The chart has been open for a while."
"""A key has ended meanwhile; the chart gets the next one, a file does not."""
_AWAY = "We can not reach {clinic} right now"
_OWNER_WITHOUT_CLINIC = {
    rf"{_FIRST_PAGE}|records(/timeline(\?year)?)?|requests/KIND|share/KIND(\?kind)?"
    r"|export(/print)?": _AWAY,
    r"looked/(question|unknown)\?call": f"{_AWAY} Its looks are not loaded.",
    r"records/kind/KIND": "Not loaded: {clinic} does not answer right now.",
    r"looked(/list\.csv)?": f"{_AWAY}, so its looks are missing here",
    r"records/one/.*": f"{_AWAY} This record is not loaded.",
}

NO_ANSWER = {
    "stopped": "does not answer.",
    "refusing": "does not answer.",
    "hanging": "took too long to answer.",
}

TABLE: dict[tuple[str, str], dict[str, str]] = {
    ("owner", SHARING_SERVICE): {
        "(?!help|share/new/who/invite).*": "We can not reach your sharing service"
    },
    ("owner", CLINIC): _OWNER_WITHOUT_CLINIC,
    ("owner", SERVICE_OF_CLINIC): _OWNER_WITHOUT_CLINIC,
    ("reader", SHARING_SERVICE): {
        _CHART: "The sharing service does not answer. Nothing has changed.",
        _FILE: _CHART_IS_OLD,
    },
    ("reader", CLINIC): {f"{_CHART}|{_FILE}": "Not loaded: {clinic} {away}"},
    ("asker", SHARING_SERVICE): {_CHART: "The sharing service does not answer."},
    ("asker", CLINIC): {},
    ("asker", SERVICE_OF_CLINIC): {},
    ("reader", SERVICE_OF_CLINIC): {
        _CHART: "Not loaded: the sharing service of {clinic} does not answer. Nothing has changed.",
        _FILE: "The sharing service does not answer. Nothing has changed.",
    },
}
"""(whose pages, what is away) -> the shape of a page -> what it has to say."""

NEVER = re.compile(
    r"Nothing (?:is )?shared(?! or changed)|[Nn]ot shared with you|access (?:has )?ended"
    r"|[Ee]nded (?:on|or paused)|No one is waiting|There are no records|None of your records"
    r"|They see none|No one looked|Ask for this kind|said no|No one shares with you yet"
    r"|deleted|does not exist|can not find|We found none"
)
"""What an outage never means; a page that says it when all is well says it of something else."""


def sentence(whose: str, away: str, how: str, shape: str, clinic: str) -> str | None:
    """What the page has to say, or nothing."""
    for pattern, words in TABLE[whose, away].items():
        if re.fullmatch(pattern, shape):
            return words.format(clinic=clinic, away=NO_ANSWER[how])
    return None


def untrue(now: str, when_well: str) -> set[str]:
    """What the page says now, and did not say when all was well, that an outage never means."""
    return set(NEVER.findall(now)) - set(NEVER.findall(when_well))
