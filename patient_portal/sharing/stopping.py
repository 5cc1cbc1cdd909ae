"""Stopping a share, also while the sharing service does not answer.

Whether a stop without an answer counts nobody here can know. It is kept, shown as under way, and
asked for again with every page she opens until there is an answer: ending twice ends once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.context import current_portal
from patient_portal.db import reading, transaction
from patient_portal.errors import Refused, SharingServiceDown
from patient_portal.models.unanswered_stop import UnansweredStop
from patient_portal.policies import grid
from patient_portal.policies.policy import Effect, Policy
from patient_portal.sharing import as_api
from patient_portal.signing_in import sessions


@dataclass(frozen=True)
class Stopped:
    """The shares that were ended, and how far each has come."""

    ids: list[str]
    effects: list[Effect]


@dataclass(frozen=True)
class Unanswered:
    """A stop without an answer: the share, and when she asked."""

    share: str
    asked: datetime


def stop(share_id: str) -> Stopped | None:
    """End every share with the person of this one; None if there is no answer yet."""
    try:
        stopped = _end_all(share_id)
    except SharingServiceDown:
        _keep(share_id)
        return None
    _forget(share_id)
    sessions.changed_something()
    return stopped


def unanswered() -> list[Unanswered]:
    """What she asked to stop and nobody has answered, oldest first. Asks nobody."""
    live = sessions.current()
    if live is None:
        return []
    mine = select(UnansweredStop).where(col(UnansweredStop.subject) == live.subject)
    with reading() as db:
        rows = list(db.scalars(mine.order_by(col(UnansweredStop.created))))
    found = []
    for row in rows:
        try:
            share = str(open_sealed(current_portal.settings.seal_secret, row.sealed)["share"])
        except SealError:
            continue  # the secret was changed meanwhile
        found.append(Unanswered(share, datetime.fromtimestamp(row.created, UTC)))
    return found


def ask_again() -> list[Unanswered]:
    """Ask for every unanswered stop once more; those that still have no answer."""
    for one in unanswered():
        try:
            if stop(one.share) is None:
                break
        except Refused:
            _forget(one.share)  # the service answers: there is no such share to stop
    return unanswered()


def live_of(share: Policy) -> list[Policy]:
    """Every live share with the same person."""
    now = current_portal.clock()
    return [
        one
        for one in as_api.policies()
        if one.is_share and one.who.key == share.who.key and grid.is_live(one, now)
    ]


def _end_all(share_id: str) -> Stopped:
    share = as_api.policy(share_id)
    same = [] if share.unreadable else live_of(share)
    ids = [one.id for one in same] or [share.id]
    return Stopped(ids, [as_api.end(one).effect for one in ids])


def _keep(share_id: str) -> None:
    subject = sessions.required().subject
    row = UnansweredStop(
        id_hash=_hash(share_id),
        subject=subject,
        created=current_portal.now(),
        sealed=seal(current_portal.settings.seal_secret, {"share": share_id}),
    )
    try:
        with transaction() as db:
            db.add(row)
    except IntegrityError:
        return  # kept before


def _forget(share_id: str) -> None:
    with transaction() as db:
        db.execute(delete(UnansweredStop).where(_is(share_id)))


def _is(share_id: str) -> Any:
    return col(UnansweredStop.id_hash) == _hash(share_id)


def _hash(share_id: str) -> str:
    return sessions.hash_of(f"stop {sessions.required().subject} {share_id}")
