"""Invitations of an owner: a link, a code and a passcode for a draft that names nobody yet.

    POST /policy/3q2-7wAAAAAAAAAAAAAAAA/invitation
    Authorization: Bearer <token with scope uma_policy>
    {"lasts": 2592000}

Whoever comes by it waits for `POST .../invitation/answer`. Ending the policy ends the invitation.
"""

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import NotFound, TooManyRequests
from as_server.messages.bodies import Inviting, Recognised, read_body
from as_server.models import invitation as invitations
from as_server.models import policy as policies
from as_server.models.policy import Policy
from as_server.sharing import invitation, policy_changes
from heart_uma.typed import retyped

SCOPE = "uma_policy"


def create(policy_id: str) -> Response:
    """A new one, or another one in its place: link, code and passcode of before are dead."""
    token = bearer_token(SCOPE)
    said = read_body(request, Inviting)
    if seconds := current_as.rate_limits.people.claim(token.account_key):
        raise TooManyRequests("Too many invitations.", headers={"Retry-After": str(seconds)})
    secrets = invitation.drawn(current_as.issuer.seals, token.account_key)
    # The write lock must not be held while argon2 works.
    work().commit()
    hashed = current_as.passwords.hash(retyped(secrets.passcode))
    draft = _draft(token.account_key, policy_id)
    made = invitation.make(
        work(), draft, secrets, hashed, lasts=said.lasts, client_id=token.client_id
    )
    response = jsonify(
        invitation=invitation.shown(work(), made, draft),
        link=f"{current_as.settings.issuer}/invitation/{secrets.link}",
        code=secrets.code,
        passcode=secrets.passcode,
    )
    response.status_code = 201
    return response


def read(policy_id: str) -> Response:
    draft = _draft(bearer_token(SCOPE).account_key, policy_id)
    row = invitations.one(work().db, draft.owner, draft.id)
    if row is None:
        raise NotFound("Nobody was invited to this.")
    return jsonify(invitation=invitation.shown(work(), row, draft))


def answer(policy_id: str) -> Response:
    """The owner recognised who came: the share is on."""
    token = bearer_token(SCOPE)
    said = read_body(request, Recognised)
    draft = _draft(token.account_key, policy_id)
    invitation.confirm(
        work(),
        draft,
        account=said.account,
        version=said.version,
        opens_at=said.opens_at,
        client_id=token.client_id,
    )
    effect = current_as.announcements.take_effect(work(), draft.owner)
    return jsonify(policy=policy_changes.wire(work().db, draft.owner, draft.id), effect=effect)


def _draft(owner: str, policy_id: str) -> Policy:
    row = policies.one(work().db, owner, policy_id)
    if row is None:
        raise NotFound("No such policy.")
    return row
