"""What every page shows: navigation, who is signed in, form tokens, and how dates are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask, request, url_for

from requester_app.browser import browser, form_id, signed_in
from requester_app.context import current_requester
from requester_app.reading.words import spoken
from requester_app.wording import kind_name

NAVIGATION = (
    ("My patients", "patients.show", ("patients", "chart", "open", "document")),
    ("My requests", "requests.show_all", ("requests", "ask")),
    ("Find a patient", "find.show", ("find",)),
)


def attach(app: Flask) -> None:
    """Give templates their words and filters."""
    app.context_processor(_words)
    app.add_template_filter(moment, "moment")
    app.add_template_filter(day_of, "day_of")
    app.add_template_filter(spoken, "spoken")
    app.add_template_filter(kind_name, "kind_name")


def _words() -> dict[str, Any]:
    settings = current_requester.settings
    words: dict[str, Any] = {
        "app_name": settings.name,
        "home_url": "/",
        "demo": settings.demo_mode,
        "density": "compact",
        "new_form_id": form_id,
        "now": current_requester.now(),
    }
    if signed_in():
        row, here = browser(), request.blueprint or ""
        words.update(
            person=row.name,
            csrf_token=row.csrf_token,
            sign_out=(url_for("login.leave"), row.csrf_token),
            nav_items=[(name, url_for(to), here in rooms) for name, to, rooms in NAVIGATION],
        )
    return words


def day_of(seconds: int) -> str:
    """The day of a point in time: `25 Nov 2026`."""
    return spoken(datetime.fromtimestamp(seconds, UTC).date().isoformat())


def moment(seconds: int) -> str:
    """A point in time with its zone: `25 Nov 2026, 14:02 UTC`."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{day_of(seconds)}, {at:%H:%M} UTC"
