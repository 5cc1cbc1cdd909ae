"""Who looks, and what the app has to look with: handed down as arguments, by no global.

`Means` live as long as the app; a `Visit` is one request of a signed-in person.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from heart_ground import moments
from heart_ground.outbound import Outbound
from requester_app import db
from requester_app.authorization_servers import AuthorizationServers
from requester_app.identity import Identity


@dataclass(frozen=True)
class Means:
    """The database and the seal, the ways out, the time, and how many sources are asked at once."""

    engine: Engine
    secret: str
    servers: AuthorizationServers
    records: Outbound
    clock: Callable[[], datetime]
    threads: int
    deadline: float

    def now(self) -> int:
        """The moment in whole seconds since 1970: of the request, in threads of the clock."""
        return moments.seconds(self.clock())

    def reading(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        return db.reading(self.engine)

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction, on disk when its block ends."""
        return db.writing(self.engine)


@dataclass(frozen=True)
class Visit:
    """`person` is the key that every row of hers carries; `began` is when she signed in."""

    person: str
    began: int
    identity: Identity
    means: Means
