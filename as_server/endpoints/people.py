"""people_endpoint: whom an owner can share with (our extension).

    GET /people?q=chen
    Authorization: Bearer <token with scope uma_policy>

Clinicians who agreed to be listed are found by name or place. Anyone else only by the whole,
verified e-mail address, so that the directory cannot be read out.
"""

from flask import Response, jsonify, request
from sqlalchemy import and_, or_, select

from as_server.context import bearer_token, current_as, work
from as_server.errors import InvalidRequest, NotFound, TooManyRequests
from as_server.models import account as accounts
from as_server.models.account import Account
from as_server.models.folding import folded
from as_server.sharing.person_summary import person_summary

SCOPE = "uma_policy"
MOST = 20
SHORTEST, LONGEST = 2, 100


def search() -> Response:
    token = bearer_token(SCOPE)
    _count_try(token.account_key)
    asked = " ".join(request.args.get("q", "").split())
    if len(asked) > LONGEST:
        raise InvalidRequest("q is too long.")
    words = folded(asked)
    if len(words) < SHORTEST:
        return jsonify(people=[])
    columns = Account.__table__.c  # type: ignore[attr-defined]
    listed = [columns.directory_words.contains(word, autoescape=True) for word in words.split()]
    query = (
        select(Account)
        .where(
            columns.disabled.is_(False),
            columns.key != token.account_key,
            or_(
                and_(columns.listed.is_(True), *listed),
                and_(columns.email_verified.is_(True), columns.email_folded == words),
            ),
        )
        .order_by(columns.name, columns.key)
        .limit(MOST)
    )
    return jsonify(people=[person_summary(found) for found in work().db.scalars(query)])


def read_own() -> Response:
    owner = bearer_token(SCOPE).account_key
    account = accounts.by_key(work().db, owner)
    if account is None:
        raise NotFound("No such person.")
    return jsonify(person_summary(account))


def _count_try(key: str) -> None:
    if seconds := current_as.rate_limits.people.claim(key):
        raise TooManyRequests("Too many searches.", headers={"Retry-After": str(seconds)})
