"""The frame of every page: its name, who is signed in, where to go, what waits; and plain pages."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, render_template, request, url_for

from heart_ground.one_time_form import new_id
from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal.context import current_portal
from patient_portal.errors import Refused, SharingServiceDown, SignInAgain
from patient_portal.policies.sharing_request import SharingRequest
from patient_portal.visit import csrf_token, if_signed_in, this_place, this_visit
from patient_portal.words.share_link import Link

NAV = (
    (
        N_("Home"),
        "home.show",
        ("home.", "share.", "share_"),
    ),
    (N_("Requests"), "requests.waiting", ("requests.",)),
    (N_("Notices"), "notices.show", ("notices.",)),
    (N_("My records"), "records.show", ("records", "record.", "record_", "unlink.")),
    (N_("Who looked"), "activity.show", ("activity.", "unknown_person.", "look_question.")),
    (N_("People"), "people.show", ("people.", "invitation.", "invitation_handover.")),
)


def register(app: Flask) -> None:
    app.context_processor(_frame)


def waiting() -> list[SharingRequest]:
    """Requests that wait for an answer, asked once a page; none when they cannot be had."""
    if "waiting" not in g:
        g.waiting, g.unread = [], 0
        try:
            g.waiting, g.unread = this_visit().service.waiting_and_unread()
        except (SharingServiceDown, Refused, SignInAgain):
            g.service_down = True
    found: list[SharingRequest] = g.waiting
    return found


def know_waiting(found: list[SharingRequest], unread: int) -> None:
    """What the page itself has just asked is not asked again for its frame."""
    g.waiting, g.unread = found, unread


def unread() -> int:
    """How many notices she has not read: asked together with what waits."""
    waiting()
    return int(g.get("unread", 0))


def plain_page(status: int, title: str, words: str, code: str = "") -> tuple[str, int]:
    """One plain page for an error; `code` helps support to find it in the log.

    It asks nobody: the page that says that a service hangs must not wait for it once more.
    """
    g.setdefault("waiting", [])
    shows = request.method == "GET" and status >= 500
    again = this_place() if shows or request.endpoint == "home.show" else ""
    told = {"heading": title, "words": words, "code": code, "again": again}
    return render_template("portal/error.html", **told), status


def link(name: str = "") -> Link:
    """The link that she hands over, under her name or another that she chose."""
    visit = this_visit()
    address = current_portal.settings.requester_url
    return Link(address, name or visit.session.name, visit.service.records())


def _frame() -> dict[str, Any]:
    visit = if_signed_in()
    frame: dict[str, Any] = {
        "app_name": _("My Health Sharing"),
        "home_url": url_for("home.show"),
        "help_url": url_for("help.show"),
        "demo": current_portal.settings.demo_mode,
        "time_zone": current_portal.settings.time_zone,
        "csrf_token": csrf_token(),
        "form_id": new_id(),
    }
    if visit is not None:
        frame["person"] = visit.session.name
        frame["settings_url"] = url_for("my_settings.show")
        frame["settings_here"] = (request.endpoint or "").startswith("my_settings.")
        frame["sign_out"] = (url_for("login.sign_out"), frame["csrf_token"])
        idle = current_portal.settings.session_idle
        frame["idle"] = (idle, url_for("home.stay"), frame["csrf_token"])
        frame["nav_items"] = _nav()
    return frame


def _nav() -> list[tuple[str, str, bool]]:
    # Who only tried to open a link waits for nothing.
    here, asked = request.endpoint or "", sum(not one.is_a_try for one in waiting())
    counts = {"requests.waiting": asked, "notices.show": unread()}
    items = []
    for words, endpoint, rooms in NAV:
        shown = _(words)
        number = counts.get(endpoint, 0)
        if number:
            shown = f"{shown} ({number})"
        items.append((shown, url_for(endpoint), here.startswith(rooms)))
    return items
