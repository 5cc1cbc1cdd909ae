"""What a waiting page is told while it is open: `GET /requests/<id>/events`, server-sent events.

`checked` with the time of the last check, `answer` when there is something new; no word of a
record or of the answer itself, which the page's own address has (HTML, server-sent events 9.2).
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from heart_ui import words
from requester_app.browser import later_visits, this_visit
from requester_app.context import current_requester
from requester_app.errors import PlainError
from requester_app.models import ask as asks
from requester_app.page_words import moment
from requester_app.watching import Watch

bp = Blueprint("waiting", __name__)


@bp.get("/requests/<request_id>/events")
def events(request_id: str) -> Response:
    """A stream while there is room for one, else one look and when to come back."""
    visit, streams = this_visit(), current_requester.streams
    with visit.means.reading() as session:
        ask = asks.find(session, visit.person, request_id)
    if ask is None:
        raise PlainError(404)
    watch = Watch(visit.means, ask, streams, later_visits(), _writer())
    room = streams.admit(visit.person, visit.means.now())
    told = watch.once() if room is None else watch.held(room)
    answer = Response(told, mimetype="text/event-stream")
    if room is not None:
        # Also when nothing of it was ever read.
        answer.call_on_close(lambda: streams.give_back(room))
    # A proxy that gathers an answer would tell all of it at its end.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _writer() -> Callable[[int], str]:
    """A time in the reader's language and the app's zone, after the request is over."""
    spoken, zone = (
        words.preferred([words.language()]),
        ZoneInfo(current_requester.settings.time_zone),
    )

    def written(seconds: int) -> str:
        before = words.speak(spoken)
        try:
            return moment(seconds, zone)
        finally:
            words.speak(before)

    return written
