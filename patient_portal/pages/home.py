"""Who can see what, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui import bar_chart
from heart_ui.dates import day_of_year
from heart_ui.words import gettext as _
from heart_uma.kinds import KINDS
from patient_portal import frame
from patient_portal.context import current_portal
from patient_portal.policies import (
    draft_ids,
    draft_steps,
    grid,
    looks,
    notice_words,
    party,
    past,
    sentences,
)
from patient_portal.policies.everything_said import Sharing
from patient_portal.policies.granted import Granted
from patient_portal.policies.grid import GridRow
from patient_portal.policies.linked import Record
from patient_portal.policies.overview import Overview
from patient_portal.policies.party import Party
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts, elsewhere, shares, who_looked
from patient_portal.visit import this_visit
from patient_portal.words.party_words import PartyWords

bp = Blueprint("home", __name__)


@dataclass(frozen=True)
class LooksCard:
    drawing: str
    words: str
    rows: list[tuple[str, int]]


@bp.get("/")
def show() -> ResponseReturnValue:
    visit = this_visit()
    if "resource" in request.args:
        return redirect(
            elsewhere.page_of(visit.service, request.args["resource"]) or abort(404), 303
        )
    unanswered = visit.stops.ask_again()
    records, others = visit.service.records(), elsewhere.places(visit.service)
    if not records:
        return _unlinked(others)
    everything, now = visit.service.everything(), visit.moment
    parties = party.parties(everything.policies, now)
    granted = shares.granted_to_each(visit.service, parties)
    views, all_records = visit.clinics.overviews(
        {k: g or Granted() for k, g in granted.items()}, records
    )
    kinds = list(all_records.counts()) or [key for key, _name in KINDS[:10]]
    says = PartyWords({one.share for one in unanswered}, now, visit.zone)
    rows = [grid.row(p, views[p.key], kinds, says.of(p, granted[p.key])) for p in parties]
    rows.sort(key=lambda row: (row.party.paused, -row.shown))  # who sees most comes first
    down = sorted({*all_records.down, *(name for row in rows for name in row.down)})
    known = [view.known_at for view in (*views.values(), all_records) if view.known_at]
    return render_template(
        "portal/home.html",
        rows=rows,
        kinds=kinds,
        by_kind=request.args.get("by") == "kind",
        **_chosen(rows, everything, now),
        sentences=_sentences(rows, all_records),
        waiting=frame.waiting(),
        unread=notice_words.unread_words(frame.unread()),
        **_topics(all_records, parties, views),
        total=all_records.total,
        unanswered=unanswered,
        **_notes(everything, now),
        looks=_looks(records),
        elsewhere=others,
        down=down,
        missing=all_records.missing,
        known_at=min(known, default=None),
    )


def _chosen(rows: list[GridRow], said: Sharing, now: datetime) -> dict[str, Any]:
    """The rows that she wants to see: those that are on, that are paused, or what has ended."""
    state = request.args.get("show", "")
    state = state if state in ("on", "paused", "ended") else ""
    shown = [row for row in rows if state in ("", "paused" if row.party.paused else "on")]
    return {
        "state": state,
        "shown": [] if state == "ended" else shown,
        "ended": past.ended(said.policies, now) if state == "ended" else [],
    }


def _sentences(rows: list[GridRow], all_records: Overview) -> list[str]:
    """The whole picture, or that it is not whole."""
    if all_records.missing:
        return [_("Not all numbers are loaded, so this is not the whole picture.")]
    return sentences.home_sentences(
        sum(row.shown > 0 for row in rows),
        sum(row.party.paused for row in rows),
        all_records.hidden,
    )


def _topics(
    all_records: Overview, parties: list[Party], views: dict[str, Overview]
) -> dict[str, Any]:
    """The private topics, what gives one away, and who sees how much of that."""
    found = [(party, len(views[party.key].hinting())) for party in parties if not party.paused]
    return {
        "topics": all_records.topics(),
        "hinting": all_records.hinting(),
        "hinted": [one for one in found if one[1]],
    }


def _unlinked(others: list[Record]) -> str:
    clinics = current_portal.settings.clinics
    return render_template("portal/home_unlinked.html", clinics=clinics, elsewhere=others)


@bp.post("/seen")
def seen() -> ResponseReturnValue:
    """She has read which of her shares an update narrowed."""
    visit = this_visit()
    visit.service.changes_were_seen()
    return redirect(url_for(".show"), 303)


@bp.post("/stay")
def stay() -> ResponseReturnValue:
    """The session was used: the check before each page has said so already."""
    return "", 204


def _notes(said: Sharing, now: datetime) -> dict[str, Any]:
    """What stands above the grid."""
    by_id = {policy.id: policy for policy in said.policies}
    return {
        "drafts": [_saved(one) for one in drafts.saved(said.policies)],
        "guests": [(by_id[one.policy], one) for one in said.invitations if one.policy in by_id],
        "unreadable": [p for p in said.unreadable if p.state != "ended"],
        "changed": _changed(said, now),
    }


def _saved(one: Policy) -> tuple[Policy, bool, str]:
    """A draft that waits: whether it is a change of a share, and the step that is next."""
    step = draft_steps.missing_step(one)
    return one, draft_ids.edit_of(one.id) is not None, _(draft_steps.STEP_NAMES[step])


def _changed(said: Sharing, now: datetime) -> list[tuple[Policy, Policy | None]]:
    """Each live share that gives less since an update, with the rule that comes before it."""
    by_id = {policy.id: policy for policy in said.policies}
    return [
        (share, by_id.get(one.withheld_by, share) if one.withheld_by else None)
        for one in said.changed
        if (share := by_id.get(one.policy)) is not None and party.is_live(share, now)
    ]


def _looks(records: list[Record]) -> LooksCard:
    visit = this_visit()
    found, _down = who_looked.looked(
        visit.clinics, records, visit.local, weeks=8, actors=("person",)
    )
    visits = looks.visits(found)
    weeks = looks.by_week(visits, visit.local.date())
    total = sum(count for _start, count in weeks)
    labels = [day_of_year(start) for start, _count in weeks]
    most = looks.most(visits)
    words = _("No one has looked yet.")
    if total and most:
        words = _("1 look in the last 8 weeks, by %(who)s.", who=most[0])
        if total > 1:
            words = _(
                "%(n)s looks in the last 8 weeks. %(who)s looked most (%(m)s).",
                n=total,
                who=most[0],
                m=most[1],
            )
    drawing = bar_chart.bars(
        [count for _start, count in weeks],
        labels,
        key="looks",
        title=_("Looks at your records per week"),
    )
    rows = list(zip(labels, (count for _start, count in weeks), strict=True))
    return LooksCard(drawing if total else "", words, rows)
