"""What an owner is told of, what she has read of it, and what she wants to be told of (ours).

    GET /notices?count=25
    Authorization: Bearer <token with scope uma_policy>

    PUT /notices/read
    {"line": 512, "at": "2026-11-28T10:00:00Z"}

    PUT /notices/choices
    {"looks": "off"}

They are read from her history and her shares, which stay as long as her account does.
"""

import re
from typing import Any

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import InvalidRequest
from as_server.messages.bodies import NoticeChoices, NoticesRead, read_body
from as_server.models import account as accounts
from as_server.models import notice_choice, notice_mail
from as_server.models.notice_choice import NoticeChoice
from as_server.sharing import notice_letter, notices
from heart_uma.rfc3339 import parse_moment

SCOPE = "uma_policy"
MOST = 100
_PLACE = re.compile(r"([0-9]{1,15})\.([0-9]{1,12})")
_COUNT = re.compile(r"[0-9]{1,4}")


def list_all() -> Response:
    owner = bearer_token(SCOPE).account_key
    sent, place = request.args.get("count", "25"), request.args.get("before")
    if not _COUNT.fullmatch(sent):
        raise InvalidRequest("count must be a whole number.")
    before = None if place is None else _PLACE.fullmatch(place)
    if place is not None and before is None:
        raise InvalidRequest("before must be the `next` of an earlier page.")
    at = None if before is None else (int(before[1]), int(before[2]))
    count = min(max(int(sent), 1), MOST)
    return jsonify(notices.page(work().db, owner, work().now, before=at, count=count))


def mark() -> Response:
    """She has read what a page showed; what came meanwhile stays unread."""
    owner = bearer_token(SCOPE).account_key
    said = read_body(request, NoticesRead)
    try:
        at = int(parse_moment(said.at).timestamp())
    except (ValueError, OverflowError) as error:
        raise InvalidRequest("at: must be a moment.") from error
    # A moment to come would hide what is still to happen.
    notice_choice.read_up_to(work().db, owner, said.line, min(at, work().now))
    return Response(status=204)


def choices() -> Response:
    return jsonify(_chosen(bearer_token(SCOPE).account_key))


def choose() -> Response:
    owner = bearer_token(SCOPE).account_key
    said = read_body(request, NoticeChoices).model_dump(exclude_none=True)
    by_mail = said.pop("by_mail", None)
    if by_mail and _mail(owner)["address"] is None:
        raise InvalidRequest("by_mail: there is no way to reach this person by mail.")
    if by_mail is not None:
        change = notice_mail.begin if by_mail else notice_mail.end
        change(work().db, owner, work().now)
    if said:
        notice_choice.choose(work().db, owner, said)
    return jsonify(_chosen(owner))


def _chosen(owner: str) -> dict[str, Any]:
    row: NoticeChoice = notice_choice.of_owner(work().db, owner)
    chosen = {about: getattr(row, about) for about in notice_choice.ABOUT}
    by_mail = notice_mail.of_owner(work().db, owner) is not None
    return {**chosen, "by_mail": by_mail, "mail": _mail(owner)}


def _mail(owner: str) -> dict[str, Any]:
    """Whether this server sends mail, and to which checked address of hers it would."""
    account = accounts.by_key(work().db, owner)
    checked = account is not None and account.email_verified
    address = account.email if account is not None and checked else None
    is_set = current_as.mailings is not None
    return {
        "is_set": is_set,
        "address": address if is_set and notice_letter.is_address(address) else None,
    }
