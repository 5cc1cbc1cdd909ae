"""policy_endpoint: an owner's sharing rules (our extension).

    PUT /policy/3q2-7wAAAAAAAAAAAAAAAA
    Authorization: Bearer <token with scope uma_policy>
    {"state": "on", "effect": "permit", "who": {"person": "..."}, "what": {"kinds": ["conditions"]},
     "why": ["TREAT"], "version": 3}

The owner is the token's account and nobody else: a foreign id is an unknown id.
"""

from typing import Any

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import NotFound
from as_server.messages.json_body import read_object
from as_server.models import outcome_change, policy_version
from as_server.models import policy as policies
from as_server.models.policy import Policy
from as_server.policy.wire import to_wire
from as_server.sharing import invitation, policy_changes
from as_server.sharing.written_policy import read_policy, with_tell
from heart_uma.rfc3339 import print_seconds

SCOPE = "uma_policy"


def list_all() -> Response:
    owner = bearer_token(SCOPE).account_key
    found = map(policy_changes.stored_wire, policies.of_owner(work().db, owner))
    readable: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    for one in found:
        (unreadable if "unreadable" in one else readable).append(one)
    # Apart from the others: nothing says what these give, only that they are there to be ended.
    more = {
        "unreadable": unreadable,
        "changed_outcomes": outcome_change.of_owner(work().db, owner),
        "invitations": invitation.of_owner(work(), owner),
    }
    return jsonify(policies=readable, **{name: some for name, some in more.items() if some})


def read(policy_id: str) -> Response:
    owner = bearer_token(SCOPE).account_key
    return jsonify(policy=policy_changes.stored_wire(_of(owner, policy_id)))


def update(policy_id: str) -> Response:
    """Create or replace. A repeated submit is the same policy; a stale version is a conflict."""
    token = bearer_token(SCOPE)
    owner = token.account_key
    body = read_object(request)
    wanted = read_policy(with_tell(work().db, body), policy_id)
    known = policies.one(work().db, owner, policy_id)
    policy_changes.check_names(work().db, owner, wanted, known)
    policy_changes.save(work(), owner, wanted, known, client_id=token.client_id)
    response = _changed(owner, policy_id)
    response.status_code = 201 if known is None else 200
    return response


def delete(policy_id: str) -> Response:
    """End a policy. It stays for its history, and what it gave is gone for good."""
    token = bearer_token(SCOPE)
    row = _of(token.account_key, policy_id)
    policy_changes.end(work(), row, client_id=token.client_id)
    return _changed(token.account_key, policy_id)


def history(policy_id: str) -> Response:
    row = _of(bearer_token(SCOPE).account_key, policy_id)
    versions = [
        {
            "version": version.version,
            "state": version.state,
            "at": print_seconds(version.at),
            "by": version.by,
            "policy": to_wire(said) if (said := policies.read(version.body)) else None,
        }
        for version in policy_version.history(work().db, row.owner, row.id)
    ]
    return jsonify(versions=versions)


def _of(owner: str, policy_id: str) -> Policy:
    row = policies.one(work().db, owner, policy_id)
    if row is None:
        raise NotFound("No such policy.")
    return row


def _changed(owner: str, policy_id: str) -> Response:
    effect = current_as.announcements.take_effect(work(), owner)
    return jsonify(policy=policy_changes.wire(work().db, owner, policy_id), effect=effect)
