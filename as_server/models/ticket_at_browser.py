"""A ticket whose person is being asked: between the one she brought and the one she takes back.

Its value stays with this server, sealed into the page of the one browser that it waits in. It is
spent once, by her answer, and stands for nothing at the token endpoint (Grant 3.3.2, 5.5).
"""

from sqlalchemy import Connection, bindparam, select, update

from as_server.models import gathered_claims, ticket
from as_server.models.gathered_claims import GatheredClaims
from as_server.models.spent_ticket import SpentTicket
from as_server.models.ticket import COLUMNS, TICKET, stood_for
from as_server.models.token import hash_of
from as_server.owner_seal import OwnerSeals
from heart_ground.statement import Statement

LIFETIME = 1_800
"""Seconds that the page can be answered: nobody is hurried through it."""
_HERS = (
    COLUMNS.owner == bindparam("of_owner"),
    COLUMNS.hash == bindparam("presented"),
    COLUMNS.browser.is_not(None),
    COLUMNS.used_at.is_(None),
)
_LOOK = Statement(select(TICKET).where(*_HERS))
# One atomic UPDATE: of two answers, in any number of processes, one finds `used_at` null.
_SPEND = Statement(
    update(TICKET).where(*_HERS).values(used_at=bindparam("moment")).returning(*COLUMNS)
)
_PRESENTED = Statement(
    select(COLUMNS.process).where(
        COLUMNS.owner == bindparam("of_owner"), COLUMNS.hash == bindparam("presented")
    )
)
_ELSEWHERE = Statement(
    update(TICKET)
    .where(
        COLUMNS.owner == bindparam("of_owner"),
        COLUMNS.process == bindparam("of_process"),
        COLUMNS.browser != bindparam("this_browser"),
        COLUMNS.used_at.is_(None),
    )
    .values(used_at=bindparam("moment"))
)


def keep(
    db: Connection, seals: OwnerSeals, spent: SpentTicket, client_id: str, browser: str, now: int
) -> str:
    """The ticket that waits in this browser, in the place of the one that led here."""
    ends = now + LIFETIME
    return ticket.next_of(db, seals, spent, client_id, browser=browser, expires_at=ends)


def look(db: Connection, owner: str, value: str, client_id: str, now: int) -> SpentTicket | None:
    """What it stands for, while it waits; it is not spent by this."""
    row = _LOOK.first(db, of_owner=owner, presented=hash_of(value))
    return stood_for(row, value, client_id, now)


def spend(db: Connection, owner: str, value: str, client_id: str, now: int) -> SpentTicket | None:
    """Spend it, by her answer; None for every answer but the first, and for one too late."""
    row = _SPEND.first(db, of_owner=owner, presented=hash_of(value), moment=now)
    return stood_for(row, value, client_id, now)


def give_back(
    db: Connection,
    seals: OwnerSeals,
    spent: SpentTicket,
    client_id: str,
    told: GatheredClaims,
    now: int,
) -> str:
    """The ticket that she takes back to her app, with what she told (Grant 3.3.3)."""
    claims = gathered_claims.to_text(told)
    ends = now + (ticket.LIFETIME if spent.request is None else ticket.POLLING_LIFETIME)
    return ticket.next_of(db, seals, spent, client_id, claims=claims, expires_at=ends)


def end_elsewhere(db: Connection, owner: str, value: str, browser: str, now: int) -> None:
    """A spent ticket is presented once more, from this browser: nobody goes on with its process in
    another one (session fixation)."""
    row = _PRESENTED.first(db, of_owner=owner, presented=hash_of(value))
    if row is not None:
        _ELSEWHERE.run(db, of_owner=owner, of_process=row.process, this_browser=browser, moment=now)
