"""My patients: the pointers this person opened, and their state (UX R1). `GET /`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from werkzeug.wrappers import Response as AnyResponse

from requester_app import asking
from requester_app.browser import one_time, person
from requester_app.db import reading, writing
from requester_app.errors import PlainError
from requester_app.locations import see
from requester_app.looking import TRY, states_of
from requester_app.models import ask as asks
from requester_app.models import key as keys
from requester_app.models import pointer as pointers
from requester_app.models.pointer import Pointer
from requester_app.record_address import host_of

bp = Blueprint("patients", __name__)
WORDS = {
    "open": ("Open", "ok"),
    "ready": ("Ready to open", "info"),
    "waiting": ("Waiting for an answer", "info"),
    "ended": ("Ended or paused", "warn"),
    "no_access": ("No access", "warn"),
    "new": ("Not opened yet", ""),
}


@dataclass(frozen=True)
class Row:
    """One patient on the list."""

    pointer: Pointer
    words: str
    tone: str
    sources: str


@bp.get("/")
def show() -> str:
    """The list; waiting requests whose interval is over are checked on the way."""
    asking.check_all()
    who = person()
    with reading() as session:
        mine = pointers.all_of(session, who)
        asked = asks.all_of(session, who)
        records = asks.records_of(session, asked)
    held = states_of(mine)
    waiting = {
        ask.pointer
        for ask in asked
        if any(record.state in (asks.WAITING, asks.SENDING) for record in records[ask.id])
    }
    rows = [_row(pointer, held[pointer.id], pointer.id in waiting) for pointer in mine]
    return render_template("requester/patients.html", rows=rows)


def _row(pointer: Pointer, held: list[keys.Key], waits: bool) -> Row:
    states = {key.state for key in held}
    if keys.OPEN in states:
        state = "open"
    elif TRY in states:
        state = "ready"
    elif waits or keys.WAITING in states:
        state = "waiting"
    elif keys.ENDED in states:
        state = "ended"
    elif states:
        state = "no_access"
    else:
        state = "new"
    named = {key.record: key.source for key in held if key.source}
    sources = ", ".join(named.get(base) or host_of(base) for base in pointer.records)
    return Row(pointer, *WORDS[state], sources)


@bp.post("/forget/<pointer_id>")
@one_time
def forget(pointer_id: str) -> AnyResponse:
    """Take a patient off the list; what was shared stays as the patient set it."""
    who = person()
    with writing() as session:
        pointer = pointers.find(session, who, pointer_id)
        if pointer is None:
            raise PlainError(404)
        keys.drop(session, who, pointer.records)
        pointers.forget(session, who, pointer_id)
    return see("patients.show")
