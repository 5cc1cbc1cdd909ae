"""Putting a request before its owner, and knowing what came of it (Grant 3.3.6)."""

import json
import secrets

from sqlalchemy.orm import Session

from as_server import db as database
from as_server.models import submitted_request as requests
from as_server.models.spent_ticket import SpentTicket
from as_server.models.submitted_request import WAITING_LIFETIME, SubmittedRequest
from as_server.policy.explain import SENTENCES
from as_server.policy.model import AccessRequest, Party, base_scopes
from as_server.sharing import audit
from as_server.sharing.appeal import Appeal
from as_server.work import Work
from heart_uma.topics import TOPICS

Wanted = tuple[set[str], set[str], set[str]]
"""Kinds, topics, records."""
TOPIC_OF_SCOPE = {topic.scope: topic.code for topic in TOPICS}


def earlier(
    work: Work, spent: SpentTicket, client_id: str, party: Party, appeal: Appeal
) -> SubmittedRequest | None:
    """The request that this ticket polls for, or that its `ask_id` names; None for a new one.

    A request of another person than the one who pushes claims now is not found: an answer given
    to one person is nothing to the next. Nor is a try, once there is something to ask.
    """
    whose = spent.owner, party.key, client_id
    if appeal.ask_id is not None:
        return requests.by_key(work.db, *whose, appeal.ask_id)
    if spent.request is None:
        return None
    db = work.db
    found = requests.one(db, spent.owner, spent.request)
    if found is None or (found.party, found.client_id) != whose[1:]:
        keys = (_key(spent, asks=True), _key(spent, asks=False))
        found = next((row for key in keys if (row := requests.by_key(db, *whose, key))), None)
    if found is None or not found.is_a_try:
        return found
    if appeal.asks:
        return None
    # Tickets of a try that a request took the place of go on with that one.
    follow = requests.waiting_of(db, *whose, work.now) if found.state == "withdrawn" else []
    return follow[0] if follow else found


def a_try(work: Work, spent: SpentTicket, client_id: str, party: Party) -> SubmittedRequest | None:
    """The waiting try of a party whose ticket for it is lost."""
    waiting = requests.waiting_of(work.db, spent.owner, party.key, client_id, work.now)
    return next((one for one in waiting if one.is_a_try), None)


def _key(spent: SpentTicket, *, asks: bool) -> str:
    """The key of a request without an `ask_id`. A dot cannot be sent: no ask_id of a client's can
    name another one's process."""
    return f"{'..' if asks else '.'}{spent.process}"


def submit(
    work: Work,
    spent: SpentTicket,
    client_id: str,
    request: AccessRequest,
    appeal: Appeal,
    known: SubmittedRequest | None,
) -> SubmittedRequest | None:
    """The waiting request, new, joined or asked again after it ran out; None when over the cap."""
    db, at, party = work.db, work.now, request.party
    leaving: list[SubmittedRequest] = []
    if party is None:
        raise ValueError("nobody asks")
    wanted = _wanted(request)
    # An app asks several clinics at once: what one of them brings, the next one joins.
    database.in_turn(work.connection, f"ask {spent.owner} {party.key} {client_id}")
    if known is not None:
        db.refresh(known)
    else:
        waiting = requests.waiting_of(db, spent.owner, party.key, client_id, at)
        if not appeal.asks and waiting:
            # Who opens a link while something of hers waits has nothing more to tell the owner.
            return _joined(db, waiting, wanted)
        # A request takes the place of a try, and of the request that it says it replaces.
        leaving = [one for one in waiting if one.is_a_try or one.ask_id == appeal.replaces]
    if known is None or known.state_at(at) == "ran_out":
        if not requests.may_ask(db, spent.owner, party.key, client_id, at, leaving=len(leaving)):
            return None
        for one in leaving:
            requests.withdraw(db, one)
        if known is not None:
            known.asked_at, known.runs_out_at = at, at + WAITING_LIFETIME
        else:
            known = _new(db, spent, client_id, party, appeal, at)
        _record(work, spent, client_id, party, appeal)
    if appeal.asks or known.is_a_try:
        known.add(*wanted)
    db.add(known)
    db.flush()
    return known


def _record(work: Work, spent: SpentTicket, client_id: str, party: Party, appeal: Appeal) -> None:
    audit.record(
        work,
        "asked" if appeal.asks else "tried",
        spent.owner,
        party=party.key,
        client_id=client_id,
        rs_client_id=spent.rs_client_id,
        purpose=appeal.purpose,
        reason=appeal.reason,
        because=SENTENCES["ask_me"],
    )


def _joined(db: Session, waiting: list[SubmittedRequest], wanted: Wanted) -> SubmittedRequest:
    """A try joins an earlier one, and is told with it; a request stays as it was written."""
    tries = [request for request in waiting if request.is_a_try]
    if not tries:
        return waiting[0]
    tries[0].add(*wanted)
    db.add(tries[0])
    db.flush()
    return tries[0]


def _new(
    db: Session, spent: SpentTicket, client_id: str, party: Party, appeal: Appeal, at: int
) -> SubmittedRequest:
    """The new request, or the equal one that another ticket brought in the same moment."""
    ask_id = appeal.ask_id or _key(spent, asks=appeal.asks)
    database.insert_if_absent(
        db,
        SubmittedRequest,
        id=secrets.token_urlsafe(16),
        owner=spent.owner,
        party=party.key,
        client_id=client_id,
        ask_id=ask_id,
        state="waiting",
        kinds="[]",
        topics="[]",
        records="[]",
        purpose=appeal.purpose,
        reason=appeal.reason,
        requested_until=appeal.requested_until,
        asked_at=at,
        runs_out_at=at + WAITING_LIFETIME,
    )
    made = requests.by_key(db, spent.owner, party.key, client_id, ask_id)
    if made is None:
        raise LookupError(ask_id)
    return made


def _wanted(request: AccessRequest) -> Wanted:
    """Kinds, topics and records asked for; a topic counts only if the client named it, for the
    label scopes of a ticket are a ceiling and no wish."""
    asked = [r for r in request.resources if base_scopes(r.ticket_scopes)]
    asked = asked or list(request.resources)
    named = request.named_scopes
    topics = {TOPIC_OF_SCOPE[scope] for scope in named if scope in TOPIC_OF_SCOPE}
    return {r.kind for r in asked}, topics, {r.record for r in asked}


def strings(text: str) -> list[str]:
    """A stored list of strings."""
    found: list[str] = json.loads(text)
    return found
