"""Stopping a share, also while the sharing service does not answer.

Whether a stop without an answer counts nobody here can know. It is kept, shown as under way, and
asked for again with every page she opens until there is an answer: ending twice ends once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from heart_ground import moments
from heart_ground.browser import hash_of
from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.db import reading, writing
from patient_portal.errors import Refused, SharingServiceDown
from patient_portal.models.unanswered_stop import UnansweredStop
from patient_portal.policies import party
from patient_portal.policies.change import Effect
from patient_portal.policies.policy import Policy
from patient_portal.sharing.as_api import SharingService
from patient_portal.signing_in.sessions import SignedIn


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


class Stops:
    """The stops of one person; what waits for an answer is kept sealed."""

    def __init__(
        self,
        engine: Engine,
        secret: str,
        session: SignedIn,
        service: SharingService,
        moment: datetime,
    ) -> None:
        self._engine, self._secret, self._session = engine, secret, session
        self._service, self._moment = service, moment

    def stop(self, share_id: str) -> Stopped | None:
        """End every share with the person of this one; None if there is no answer yet."""
        try:
            stopped = self._end_all(share_id)
        except SharingServiceDown:
            self._keep(share_id)
            return None
        self._forget(share_id)
        self._session.changed_something()
        return stopped

    def unanswered(self) -> list[Unanswered]:
        """What she asked to stop and nobody has answered, oldest first. Asks nobody."""
        mine = select(UnansweredStop).where(col(UnansweredStop.subject) == self._session.subject)
        with reading(self._engine) as db:
            rows = list(db.scalars(mine.order_by(col(UnansweredStop.created))))
        found = []
        for row in rows:
            try:
                share = str(open_sealed(self._secret, row.sealed)["share"])
            except SealError:
                continue  # the secret was changed meanwhile
            found.append(Unanswered(share, datetime.fromtimestamp(row.created, UTC)))
        return found

    def ask_again(self) -> list[Unanswered]:
        """Ask for every unanswered stop once more; those that still have no answer."""
        for one in self.unanswered():
            try:
                if self.stop(one.share) is None:
                    break
            except Refused:
                self._forget(one.share)  # the service answers: there is no such share to stop
        return self.unanswered()

    def live_of(self, share: Policy) -> list[Policy]:
        """Every live share with the same person."""
        return [
            one
            for one in self._service.policies()
            if one.is_share and one.who.key == share.who.key and party.is_live(one, self._moment)
        ]

    def _end_all(self, share_id: str) -> Stopped:
        share = self._service.policy(share_id)
        same = [] if share.unreadable else self.live_of(share)
        ids = [one.id for one in same] or [share.id]
        return Stopped(ids, [self._service.end(one).effect for one in ids])

    def _keep(self, share_id: str) -> None:
        row = UnansweredStop(
            id_hash=self._hash(share_id),
            subject=self._session.subject,
            created=moments.seconds(self._moment),
            sealed=seal(self._secret, {"share": share_id}),
        )
        try:
            with writing(self._engine) as db:
                db.add(row)
        except IntegrityError:
            return  # kept before

    def _forget(self, share_id: str) -> None:
        this = col(UnansweredStop.id_hash) == self._hash(share_id)
        with writing(self._engine) as db:
            db.execute(delete(UnansweredStop).where(this))

    def _hash(self, share_id: str) -> str:
        return hash_of(f"stop {self._session.subject} {share_id}")
