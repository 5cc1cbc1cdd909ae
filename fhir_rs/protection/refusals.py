"""What was refused leaves an entry too: one for each request that bore a token that is good here.

An endpoint may raise anywhere between `authorize` and `Access.disclose`, and what it raises can
tell something: 412 that several resources match, 409 that one was changed. So the entry is
written here, once, for every answer of 400 and above that has none yet. A 429 is counted with the
challenges instead: entries at the speed of a flood would bury the others.
"""

from __future__ import annotations

from flask import Response
from sqlalchemy.exc import SQLAlchemyError

from fhir_rs.errors import Unavailable, outcome_answer
from fhir_rs.protection.access import Entry, ResourceRequest
from fhir_rs.protection.guard import Guard
from heart_ground.durable.unavailable import OUTAGES

UNREADABLE: tuple[type[Exception], ...] = (SQLAlchemyError, *OUTAGES)
_INTERACTIONS = {"search": "search-type", "history": "history-instance"}


def is_owed(response: Response) -> bool:
    """True for an answer that may owe the audit an entry."""
    return response.status_code >= 400 and response.status_code != 429


def settled(
    guard: Guard, request: ResourceRequest, response: Response, record: str, room: str
) -> Response:
    """Write the entry that a refused request still owes; 503 when it cannot be written.

    Parameters: `record` is the one in the address, "" for none; `room` names the endpoint, for a
    request that never got as far as saying what it asks for.
    """
    owed = request.duty
    if owed.done:
        return response
    try:
        access = owed.access
        if not owed.examined and record:
            access = guard.bearer_of_refused(request, record)
        if access is None:
            return response
        interaction = owed.interaction or _INTERACTIONS.get(room, room)
        guard.trail.enter(access, Entry(interaction, "refused", status=response.status_code))
    except Unavailable as error:
        return outcome_answer(error)
    except UNREADABLE:
        return outcome_answer(Unavailable())
    return response
