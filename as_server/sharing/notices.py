"""An owner's notices: what her history and her shares have to tell, as she chose, read or not."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from as_server.models import account as accounts
from as_server.models import notice, notice_choice
from as_server.models import policy as policies
from as_server.models.client import Client
from as_server.models.notice import Told
from as_server.models.notice_choice import NoticeChoice
from as_server.policy.model import SharingPolicy
from as_server.sharing import share_ends
from as_server.sharing.share_ends import End
from heart_uma.rfc3339 import print_seconds

MOST_UNREAD = 100
"""Unread notices are counted up to here."""


def page(
    db: Session, owner: str, now: int, *, before: tuple[int, int] | None, count: int
) -> dict[str, Any]:
    """Some notices, newest first; `before` is the `next` of the page before."""
    chosen = notice_choice.of_owner(db, owner)
    line, newest = before if before is not None else (None, now)
    lines = notice.of_owner(
        db, owner, wanted(chosen), looks=chosen.looks, before=line, most=count + 1
    )
    more, lines = len(lines) > count, lines[:count]
    oldest = lines[-1].at if more else -1
    found = shares(db, owner)
    ends = [end for end in _ends(chosen, found, now) if oldest < end.at <= newest]
    known = {share.id: share for share, _changed in found}
    entries = [_line(db, told, known.get(told.policy or ""), chosen) for told in lines]
    entries += [_end(end, chosen) for end in ends]
    entries.sort(key=lambda entry: entry["at"], reverse=True)
    return {
        "entries": entries,
        "next": f"{lines[-1].line}.{oldest}" if more else None,
        "unread": _unread(db, owner, chosen, found, now),
        "read_up_to": {"line": lines[0].line if lines else 0, "at": print_seconds(now)},
    }


def unread(db: Session, owner: str, now: int) -> int:
    """How many notices she has not read, up to `MOST_UNREAD`."""
    chosen = notice_choice.of_owner(db, owner)
    return _unread(db, owner, chosen, shares(db, owner), now)


def wanted(chosen: NoticeChoice) -> list[str]:
    """The events that she is told of."""
    return [
        event
        for about, events in notice.EVENTS.items()
        if getattr(chosen, about) != "off"
        for event in events
    ]


def _unread(
    db: Session,
    owner: str,
    chosen: NoticeChoice,
    found: list[tuple[SharingPolicy, int]],
    now: int,
) -> int:
    ends = sum(end.at > chosen.read_at for end in _ends(chosen, found, now))
    lines = notice.count_after(
        db,
        owner,
        wanted(chosen),
        looks=chosen.looks,
        line=chosen.read_line,
        most=MOST_UNREAD,
    )
    return min(lines + ends, MOST_UNREAD)


def shares(db: Session, owner: str) -> list[tuple[SharingPolicy, int]]:
    """Her rules that can be read, each with the moment it was last changed."""
    rows = ((policies.read(row.body), row.updated_at) for row in policies.of_owner(db, owner))
    return [(share, changed) for share, changed in rows if share is not None]


def _ends(chosen: NoticeChoice, shares: list[tuple[SharingPolicy, int]], now: int) -> list[End]:
    return [] if chosen.decisions == "off" else share_ends.of_shares(shares, now)


def _line(
    db: Session, told: Told, share: SharingPolicy | None, chosen: NoticeChoice
) -> dict[str, Any]:
    person = accounts.known(db, told.party) if told.party else None
    return {
        "about": told.about,
        "event": told.event,
        "at": print_seconds(told.at),
        "first_at": print_seconds(told.first_at),
        "times": told.times,
        "who": None if person is None else {"key": person.key, "name": person.name},
        "client": _name(db, told.client_id),
        "rs": _name(db, told.rs_client_id),
        "policy": told.policy,
        "label": "" if share is None else share.label.name,
        "gives": share is None or (share.effect == "permit" and not share.ask_me),
        "reason": told.reason if told.times == 1 else None,
        "until": None,
        "unread": told.line > chosen.read_line,
    }


def _end(end: End, chosen: NoticeChoice) -> dict[str, Any]:
    return {
        "about": "decisions",
        "event": end.event,
        "at": print_seconds(end.at),
        "first_at": print_seconds(end.at),
        "times": 1,
        "who": None,
        "client": None,
        "rs": None,
        "policy": end.policy.id,
        "label": end.policy.label.name,
        "gives": True,
        "reason": None,
        "until": print_seconds(end.until),
        "unread": end.at > chosen.read_at,
    }


def _name(db: Session, client_id: str | None) -> str | None:
    client = db.get(Client, client_id) if client_id else None
    return None if client is None else client.name
