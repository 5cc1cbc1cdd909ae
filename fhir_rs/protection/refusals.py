"""What was refused leaves an entry too: one for each request that bore a token that is good here.

An endpoint may raise anywhere between `authorize` and `Access.disclose`, and what it raises can
tell something: 412 that several resources match, 409 that one was changed. So the entry is
written here, once, for every answer of 400 and above that has none yet. A 429 is counted with the
challenges instead: entries at the speed of a flood would bury the others.
"""

from __future__ import annotations

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from fhir_rs.db import in_transaction, session
from fhir_rs.errors import Unavailable, outcome_answer
from fhir_rs.protection.access import Entry, duty, enter
from fhir_rs.protection.guard import bearer_of_refused
from heart_ground.durable.unavailable import OUTAGES

UNREADABLE: tuple[type[Exception], ...] = (SQLAlchemyError, *OUTAGES)
_INTERACTIONS = {"search": "search-type", "history": "history-instance"}


def settle(response: Response) -> Response:
    """Write the entry that a refused request still owes; 503 when it cannot be written.

    What the request had written is rolled back first: an error answer means that nothing happened.
    """
    status = response.status_code
    if status < 400 or status == 429:
        return response
    owed = duty()
    if owed.done:
        return response
    try:
        access = owed.access if owed.examined else bearer_of_refused()
        if access is None:
            return response
        if in_transaction():
            session().rollback()
        enter(access, Entry(owed.interaction or _interaction(), "refused", status=status))
    except Unavailable as error:
        return outcome_answer(error)
    except UNREADABLE:
        return outcome_answer(Unavailable())
    return response


def _interaction() -> str:
    """What a request asked for that never got as far as saying so."""
    room = request.blueprint or "request"
    return _INTERACTIONS.get(room, room)
