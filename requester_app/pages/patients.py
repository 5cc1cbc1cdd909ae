"""My patients: the pointers this person opened, and their state. `GET /`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from heart_ui.words import N_
from heart_ui.words import gettext as _
from requester_app import checking, taking_back
from requester_app.browser import this_visit
from requester_app.errors import PlainError
from requester_app.held_keys import TRY, held_by
from requester_app.locations import see
from requester_app.looking import states_of
from requester_app.models import ask as asks
from requester_app.models import key as keys
from requester_app.models import pointer as pointers
from requester_app.models.pointer import Pointer
from requester_app.my_pointer import GONE
from requester_app.once import one_time
from requester_app.reading.after_a_look import state_of
from requester_app.reading.page_state import first_tag
from requester_app.record_address import host_of
from requester_app.visit import Visit
from requester_app.wording import names

bp = Blueprint("patients", __name__)
UNCHECKED = (keys.NEW, TRY)
"""A record that was never called: nobody but the link says whose it is."""
READY = (N_("Ready to open"), "info")
"""The patient said yes, and nobody has looked since."""


@dataclass(frozen=True)
class Row:
    """One patient on the list."""

    pointer: Pointer
    words: str
    tone: str
    sources: str
    unchecked: bool
    """The names of the sources come from the link."""
    kinds: str
    """What the chart showed last, while it is open."""
    ends: int | None
    """When the first access ends that is open."""


@bp.get("/")
def show() -> str:
    """The list; waiting requests whose interval is over are checked on the way."""
    visit = this_visit()
    checking.check_all(visit)
    who = visit.person
    with visit.means.reading() as session:
        mine = pointers.all_of(session, who)
        asked = asks.all_of(session, who)
        records = asks.records_of(session, asked)
    held = states_of(visit, mine)
    said = [(ask.pointer, record.state) for ask in asked for record in records[ask.id]]
    waiting = {pointer for pointer, state in said if state in (asks.WAITING, asks.SENDING)}
    said_yes = {pointer for pointer, state in said if state == asks.YES}
    rows = [
        _row(visit, pointer, held[pointer.id], pointer.id in waiting, pointer.id in said_yes)
        for pointer in mine
    ]
    return render_template(
        "requester/patients.html",
        rows=rows,
        withdrawable=taking_back.waiting_about(visit, mine),
        withdrawn=request.args.get("withdrawn", ""),
        undone="undone" in request.args,
    )


def _row(visit: Visit, pointer: Pointer, held: list[keys.Key], waits: bool, said_yes: bool) -> Row:
    ends = {key.record: held_by(visit, key).told.until for key in held if key.state == keys.OPEN}
    over = {record for record, end in ends.items() if end and end <= visit.means.now()}
    states = {
        "ended" if key.record in over else state_of(key.state, None, seen=bool(key.shown))
        for key in held
    }
    if waits:
        states.add("asked")
    tag = READY if said_yes and states == {"new"} else first_tag(states)
    sources, unchecked = _sources(pointer, held)
    kinds = names(pointer.shown.split(",")) if pointer.shown and "open" in states else ""
    first = min((end for record, end in ends.items() if end and record not in over), default=None)
    return Row(pointer, *tag, sources, unchecked, kinds, first)


def _sources(pointer: Pointer, held: list[keys.Key]) -> tuple[str, bool]:
    """The places of a patient's records, and whether only the link names them."""
    named = {key.record: key.source for key in held if key.source}
    unchecked = any(key.source and key.state in UNCHECKED and not key.shown for key in held)
    if named:
        return ", ".join(named.get(base) or host_of(base) for base in pointer.records), unchecked
    many = len(pointer.records)
    if many == 1:
        return _("1 place the link does not name"), unchecked
    return _("%(n)s places the link does not name", n=many), unchecked


@bp.post("/forget/<pointer_id>")
@one_time
def forget(pointer_id: str) -> AnyResponse:
    """Take a patient off the list; what was shared stays as the patient set it."""
    visit = this_visit()
    who = visit.person
    with visit.means.writing() as session:
        pointer = pointers.find(session, who, pointer_id)
        if pointer is None:
            raise PlainError(404, GONE)
        keys.drop(session, who, pointer.records)
        pointers.forget(session, who, pointer_id)
    return see("patients.show")
