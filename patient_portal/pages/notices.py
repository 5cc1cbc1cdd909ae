"""What she is told of, newest first, and what of it she has not read yet."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal.policies import dates, notice_words
from patient_portal.policies.notice import Notice, ReadUpTo
from patient_portal.visit import this_visit

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    page = visit.service.notices(request.args.get("before", ""))
    told = [(one, notice_words.sentence(one, visit.zone), _way(one)) for one in page.entries]
    return render_template(
        "portal/notices.html",
        told=[one for one in told if one[1]],
        page=page,
        unread=notice_words.unread_words(page.unread),
        older=bool(request.args.get("before")),
        read="read" in request.args,
    )


@bp.post("/read")
def mark() -> ResponseReturnValue:
    """She has read what that page showed; sending it twice is the same."""
    form = request.form
    line, at = form.get("line", ""), dates.moment(form.get("at", ""))
    if not (line.isascii() and line.isdigit() and len(line) < 16) or at is None or not at.tzinfo:
        abort(400)
    this_visit().service.notices_were_read(ReadUpTo(line=int(line), at=at))
    return redirect(url_for(".show", read=1), 303)


def _way(one: Notice) -> tuple[str, str]:
    """Where the page that says more is, and what it is about; "" for none."""
    if one.event == "asked":
        return url_for("requests.waiting"), "requests"
    if one.about in ("looks", "refused") and one.who is not None:
        zone = this_visit().zone
        since, until = (at.astimezone(zone).date() for at in (one.first_at, one.at))
        outcome = "denied" if one.about == "refused" else "person"
        address = url_for(
            "activity.show", who=one.who.name, outcome=outcome, since=str(since), until=str(until)
        )
        return address, one.about
    if one.policy and one.label and one.about == "decisions":
        return url_for("share.rules", share_id=one.policy), "share"
    return "", ""
