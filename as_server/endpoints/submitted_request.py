"""submitted_request_endpoint: what waits for the owner's answer (Grant 3.3.6).

    POST /requests/{id}/answer
    Authorization: Bearer <token with scope uma_policy>
    {"answer": "some", "policy": {...}, "tell_reason": null, "block": false}

The owner's yes is a policy: after it a fresh ticket simply succeeds.
"""

import secrets

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import AlreadyAnswered, InvalidRequest, NotFound
from as_server.messages.bodies import OwnersAnswer, read_body
from as_server.models import account as accounts
from as_server.models import policy as policies
from as_server.models import submitted_request as requests
from as_server.models.submitted_request import STATES, SubmittedRequest
from as_server.policy.members import PolicyError
from as_server.policy.model import Label, SharingPolicy, What, Who, WhoLevel
from as_server.policy.wire import from_wire
from as_server.sharing import audit, notices, policy_changes
from as_server.sharing.request_view import shown
from as_server.tokens.bearer import BearerToken
from heart_uma.kinds import KIND_NAMES
from heart_uma.topics import TOPIC_BY_CODE

SCOPE = "uma_policy"


def list_all() -> Response:
    owner = bearer_token(SCOPE).account_key
    state = request.args.get("state")
    if state is not None and state not in STATES:
        raise InvalidRequest("state must be one of " + ", ".join(STATES) + ".")
    found = requests.of_owner(work().db, owner)
    kept = [row for row in found if state is None or row.state_at(work().now) == state]
    # A portal says both in the frame of every page: one call tells them.
    more = {"unread_notices": notices.unread(work().db, owner, work().now)}
    return jsonify(requests=[shown(work(), row) for row in kept], **more)


def read(request_id: str) -> Response:
    return jsonify(request=shown(work(), _own(bearer_token(SCOPE), request_id)))


def answer(request_id: str) -> Response:
    token = bearer_token(SCOPE)
    row = _own(token, request_id)
    said = read_body(request, OwnersAnswer)
    policy = _answered_with(row, said)
    if row.state_at(work().now) == "ran_out":
        raise AlreadyAnswered("The request ran out.", request=shown(work(), row))
    stored = None
    with work().db.begin_nested():  # a policy that is refused leaves the request unanswered
        first = requests.answer(
            work().db,
            row,
            answer=said.answer,
            answered_at=work().now,
            answered_by=token.client_id,
            policy=None if policy is None else policy.id,
            tell_reason=said.tell_reason,
        )
        if first and policy is not None:
            stored = _save(token, policy)
        if first and said.block:
            _save(token, _block(row))
    work().db.refresh(row)
    if not first:
        raise AlreadyAnswered("The request was answered before.", request=shown(work(), row))
    audit.record(
        work(),
        "answered",
        row.owner,
        party=row.party,
        client_id=row.client_id,
        policy=row.policy,
        because=f"You answered {said.answer}.",
    )
    effect = current_as.announcements.take_effect(work(), row.owner)
    return jsonify(
        request=shown(work(), row),
        policy=None if stored is None else policy_changes.wire(work().db, row.owner, stored.id),
        effect=effect,
    )


def _own(token: BearerToken, request_id: str) -> SubmittedRequest:
    row = requests.one(work().db, token.account_key, request_id)
    if row is None:
        raise NotFound("No such request.")
    return row


def _answered_with(row: SubmittedRequest, said: OwnersAnswer) -> SharingPolicy | None:
    """A yes needs the permit that is the answer, for the person who asked; a no has none."""
    if said.block and said.answer != "no":
        raise InvalidRequest("block must be true or false, and goes with a no.")
    if said.answer == "no":
        if said.policy is not None:
            raise InvalidRequest("A no has no policy.")
        return None
    try:
        policy = from_wire(said.policy or {})
    except PolicyError as error:
        inside = "" if error.member == "policy" else "policy."
        raise InvalidRequest(f"{inside}{error}") from error
    if policy.who != Who(WhoLevel.PERSON, row.party):
        raise InvalidRequest("policy.who: must be the person who asked.")
    if (policy.effect, policy.ask_me, policy.state) != ("permit", False, "on"):
        raise InvalidRequest("policy: must be a permit that is on.")
    return policy


def _save(token: BearerToken, policy: SharingPolicy) -> SharingPolicy:
    known = policies.one(work().db, token.account_key, policy.id)
    policy_changes.check_names(work().db, token.account_key, policy, known)
    return policy_changes.save(work(), token.account_key, policy, known, client_id=token.client_id)


def _block(row: SubmittedRequest) -> SharingPolicy:
    """A deny for this person that no permit by kind and no topic of another rule outweighs.

    It names every kind and topic beside everything, because what is compared before who.
    """
    account = accounts.known(work().db, row.party)
    return SharingPolicy(
        id=secrets.token_urlsafe(16),
        state="on",
        effect="deny",
        who=Who(WhoLevel.PERSON, row.party),
        what=What(everything=True, kinds=frozenset(KIND_NAMES), topics=frozenset(TOPIC_BY_CODE)),
        label=Label(account.name, account.role) if account is not None else Label(),
    )
