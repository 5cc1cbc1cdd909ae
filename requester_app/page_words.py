"""What every page shows: navigation, who is signed in, form tokens, and how dates are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for
from jinja2 import pass_context

from heart_ground.one_time_form import new_id
from heart_reading.dates import spoken
from heart_ui.words import N_
from heart_ui.words import gettext as _
from requester_app.browser import browser, csrf_token, signed_in
from requester_app.context import current_requester
from requester_app.wording import kind_name

NAVIGATION = (
    (N_("My patients"), "patients.show", ("patients", "chart", "open", "document")),
    (N_("My requests"), "requests.show_all", ("requests", "ask")),
    (N_("Find a patient"), "find.show", ("find",)),
)


def attach(app: Flask) -> None:
    """Give templates their words and filters."""
    app.context_processor(_words)
    app.add_template_filter(_in_our_zone(moment), "moment")
    app.add_template_filter(_in_our_zone(day_of), "day_of")
    app.add_template_filter(spoken, "spoken")
    app.add_template_filter(_kind_name, "kind_name")


@pass_context
def _kind_name(_page: object, kind: str) -> str:
    """By the context: a kind that stands in a template would be named once, and for everybody."""
    return kind_name(kind)


def _words() -> dict[str, Any]:
    settings = current_requester.settings
    words: dict[str, Any] = {
        "app_name": settings.name,
        "home_url": "/",
        "help_url": "/help",
        "demo": settings.demo_mode,
        "time_zone": settings.time_zone,
        "density": "compact",
        "new_form_id": new_id,
        "now": current_requester.means.now(),
    }
    if signed_in():
        token, here = csrf_token(), request.blueprint or ""
        words.update(
            person=browser().name,
            csrf_token=token,
            sign_out=(url_for("login.leave"), token),
            nav_items=[(_(name), url_for(to), here in rooms) for name, to, rooms in NAVIGATION],
        )
    return words


def day_of(seconds: int, zone: tzinfo = UTC) -> str:
    """The day of a point in time: `25 Nov 2026`."""
    return spoken(datetime.fromtimestamp(seconds, zone).date().isoformat())


def moment(seconds: int, zone: tzinfo = UTC) -> str:
    """A point in time with its zone: `25 Nov 2026, 14:02 UTC`."""
    return f"{day_of(seconds, zone)}, {datetime.fromtimestamp(seconds, zone):%H:%M %Z}"


def _in_our_zone(write: Callable[[int, tzinfo], str]) -> Callable[[int | str], str]:
    """A filter for seconds since 1970 and for a moment as RFC 3339."""

    def written(at: int | str) -> str:
        seconds = int(datetime.fromisoformat(at).timestamp()) if isinstance(at, str) else at
        return write(seconds, ZoneInfo(current_requester.settings.time_zone))

    return written
