"""One attachment, handed over as a file through the app (FHIR R4 DocumentReference).

`GET /chart/<pointer>/file/<n>/<Type>/<id>/<attachment>`: `n` counts the pointer's sources.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import Blueprint, Response
from werkzeug.http import dump_options_header

from heart_reading.documents import HOLDERS, content, decoded
from heart_reading.file_names import file_name
from heart_ui.words import N_
from heart_ui.words import gettext as _
from requester_app.answers import Answer, Why
from requester_app.browser import this_visit
from requester_app.context import current_requester
from requester_app.errors import PlainError
from requester_app.held_keys import held_rpt
from requester_app.models import key as keys
from requester_app.my_pointer import my_pointer
from requester_app.reading.after_a_look import state_of
from requester_app.reading.source_state import SERVICE_SILENT, SourceState
from requester_app.record_address import host_of
from requester_app.record_http import RecordAnswer, RecordFault, fault_of, get, inside

bp = Blueprint("document", __name__)
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}", re.ASCII)
ENDED = N_("You can not open this file now. Go back to the chart and look again.")
NOT_CURRENT = N_(
    "The chart has been open for a while. Go back to it, and open the file from there."
)
BUSY = N_("Too many files are being opened now. Try again in a minute.")
AT_ONCE = 3
"""Files that are waited for at the same time: fewer than the threads of a worker."""
WAIT = 0.5
"""Seconds to wait for one of those places."""
_places = threading.BoundedSemaphore(AT_ONCE)
ELSEWHERE = N_("This file is kept at another place that this app does not call.")


@bp.get("/chart/<pointer_id>/file/<int:source>/<type_>/<id_>/<int:number>")
def show(pointer_id: str, source: int, type_: str, id_: str, number: int) -> Response:
    """The file, never shown inline: what a record brings along is not trusted in this origin."""
    visit = this_visit()
    pointer = my_pointer(pointer_id)
    if type_ not in HOLDERS or not _ID.fullmatch(id_) or not 0 <= source < len(pointer.records):
        raise PlainError(404)
    base = pointer.records[source]
    with visit.means.reading() as session:
        held = held_rpt(visit, keys.of(session, visit.person, [base]).get(base))
    if not held.rpt or not held.live:
        raise PlainError(403, NOT_CURRENT, N_("Open the chart again"))
    with _a_place() as until:
        try:
            resource, raw, content_type = _fetched(base, f"{type_}/{id_}", number, held.rpt, until)
        except RecordFault as fault:
            raise PlainError(503, _words(held.source or host_of(base), fault)) from fault
    name = file_name(resource, number, content_type)
    answer = Response(raw, content_type=content_type)
    answer.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _words(source: str, fault: RecordFault) -> str:
    """Why the file is not here: an outage says nothing about the access."""
    state = state_of(keys.OPEN, Answer("down", why=cast(Why, fault.why)))
    why = _(SERVICE_SILENT) if state == "service" else SourceState(source, state).sentence
    return " ".join((why, _("Try again in a minute.")))


@contextmanager
def _a_place() -> Iterator[float]:
    """One of the few places for a person who waits for a source; the moment at which it is over.

    A page waits here in its own thread: without a bound a source that hangs would take them all.
    """
    until = time.monotonic() + current_requester.settings.fetch_deadline
    if not _places.acquire(timeout=WAIT):
        raise PlainError(503, BUSY)
    try:
        yield until
    finally:
        _places.release()


def _fetched(
    base: str, reference: str, number: int, rpt: str, until: float
) -> tuple[dict[str, Any], bytes, str]:
    """The resource, the bytes of its attachment `number`, and what type they are."""
    resource = _read(f"{base}/{reference}", rpt, until).body or {}
    found = content(resource, number)
    if found is None:
        raise PlainError(404)
    content_type, raw, address = found
    if raw is None:
        raw = _kept_elsewhere(base, address, rpt, until)
    return resource, raw, content_type


def _read(url: str, rpt: str, until: float) -> RecordAnswer:
    answer = get(current_requester.records, url, rpt, until)
    fault = fault_of(answer)
    if fault.why != "answer":
        raise fault
    if answer.status in (401, 403):
        raise PlainError(403, ENDED, N_("Access needed"))
    if answer.status != 200 or answer.body is None:
        raise PlainError(
            404, N_("The source does not have this file any more."), N_("File not found")
        )
    return answer


def _kept_elsewhere(base: str, address: str, rpt: str, until: float) -> bytes:
    """Content in a Binary of the same record; no other address is called (SSRF, token theft)."""
    url = address if "://" in address else f"{base}/{address.lstrip('/')}"
    if not address or not inside(base, url):
        raise PlainError(404, ELSEWHERE, N_("File not found"))
    raw = decoded((_read(url, rpt, until).body or {}).get("data"))
    if raw is None:
        raise PlainError(
            404, N_("The source does not have this file any more."), N_("File not found")
        )
    return raw
