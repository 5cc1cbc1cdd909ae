"""PURE. Her rules as lines, for a file or for paper: what she shares with whom, who is blocked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal.policies import dates, past, sentences, share_states, spreadsheet
from patient_portal.policies.policy import Policy

HEAD = (
    N_("Who"), N_("Role"), N_("Rule"), N_("Status"), N_("What they see"), N_("Why"),
    N_("How long"), N_("What they are told"), N_("Since"),
)  # fmt: skip


class Line(NamedTuple):
    """One rule in words, in the order of `HEAD`."""

    who: str
    role: str
    rule: str
    state: str
    what: str
    why: str
    how_long: str
    told: str
    since: str


def lines(policies: Iterable[Policy], now: datetime, zone: ZoneInfo) -> list[Line]:
    """Every rule that counts or has counted; drafts share nothing."""
    kept = [one for one in policies if past.was_shared(one) or not one.is_share]
    kept.sort(key=lambda one: (one.state == "ended", one.label.name.casefold(), one.id))
    return [_line(one, now, zone) for one in kept]


def as_table(policies: Iterable[Policy], now: datetime, zone: ZoneInfo) -> str:
    """The same as a file for a spreadsheet."""
    return spreadsheet.as_csv([_(name) for name in HEAD], lines(policies, now, zone))


def _line(policy: Policy, now: datetime, zone: ZoneInfo) -> Line:
    shares = policy.is_share and not policy.unreadable
    return Line(
        who=policy.label.name or _("Everyone"),
        role=policy.label.detail,
        rule=_rule(policy),
        state=share_states.state_words(policy, now, zone)[0],
        what=" ".join(sentences.what_sentences(policy)) if shares else "",
        why=sentences.why_words(policy) if shares else "",
        how_long=sentences.until_sentence(policy, zone),
        told=sentences.told_sentence(policy) if shares else "",
        since=dates.day(policy.created, zone),
    )


def _rule(policy: Policy) -> str:
    if policy.unreadable:
        return _("We can not read any more what it says")
    if policy.effect == "deny":
        return _("Nothing is shown")
    return _("They may ask") if policy.ask_me else _("Share")
