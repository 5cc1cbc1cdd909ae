"""policy_endpoint: an owner's sharing rules (our extension).

    PUT /policy/3q2-7wAAAAAAAAAAAAAAAA
    Authorization: Bearer <token with scope uma_policy>
    {"state": "on", "effect": "permit", "who": {"person": "..."}, "what": {"kinds": ["conditions"]},
     "why": ["TREAT"], "version": 3}

The owner is the token's account and nobody else: a foreign id is an unknown id.
"""

from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import InvalidRequest, NotFound
from as_server.messages.bodies import Preview, read_body
from as_server.messages.json_body import read_object
from as_server.models import account as accounts
from as_server.models import outcome_change, policies_in_force, policy_version
from as_server.models import policy as policies
from as_server.models.policy import Policy
from as_server.policy.explain import told
from as_server.policy.members import PolicyError
from as_server.policy.model import SharingPolicy, Who, WhoLevel
from as_server.policy.wire import from_wire, to_wire
from as_server.sharing import policy_changes, preview
from as_server.sharing.person_summary import person_summary
from heart_uma.rfc3339 import print_seconds

SCOPE = "uma_policy"
PREVIEW_ID = "preview-of-a-new-policy"


def list_all() -> Response:
    owner = bearer_token(SCOPE).account_key
    found = map(policy_changes.stored_wire, policies.of_owner(work().db, owner))
    readable: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    for one in found:
        (unreadable if "unreadable" in one else readable).append(one)
    # Apart from the others: nothing says what these give, only that they are there to be ended.
    more = {"unreadable": unreadable, "changed_outcomes": outcome_change.of_owner(work().db, owner)}
    return jsonify(policies=readable, **{name: some for name, some in more.items() if some})


def read(policy_id: str) -> Response:
    owner = bearer_token(SCOPE).account_key
    return jsonify(policy=policy_changes.stored_wire(_of(owner, policy_id)))


def update(policy_id: str) -> Response:
    """Create or replace. A repeated submit is the same policy; a stale version is a conflict."""
    token = bearer_token(SCOPE)
    owner = token.account_key
    body = read_object(request)
    wanted = _read_policy(_with_tell(body), policy_id)
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


def preview_policy() -> Response:
    """A dry run: what the party of a draft, or a named party, would have. Nothing is stored.

    `instead_of` leaves out the policy that the draft would replace, `without` one that would end.
    """
    owner = bearer_token(SCOPE).account_key
    asked = read_body(request, Preview)
    drafted = "policy" in asked.model_fields_set
    if drafted == ("party" in asked.model_fields_set):
        raise InvalidRequest("A preview needs a policy or a party.")
    rules = policies_in_force.in_force(work().db, owner)
    if drafted:
        draft = _read_policy(_with_tell(asked.policy), None, PREVIEW_ID)
        gone = {draft.id, asked.instead_of}
        rules = [rule for rule in rules if rule.id not in gone]
        rules.append(_as_on(draft))
        who = draft.who
    else:
        who = _read_policy({"who": asked.party}, None, PREVIEW_ID).who
        rules = [rule for rule in rules if rule.id != asked.without]
    known = who.level is not WhoLevel.PERSON or policy_changes.knows_person(
        work().db, owner, who.value
    )
    if who.level is WhoLevel.NOBODY or not known:
        raise InvalidRequest("who: names nobody known here.")
    records = preview.records(work(), owner, preview.party_named(work().db, who), rules)
    granting = {p["heart_uma_policy"] for record in records for p in record["permissions"]}
    word = told(rule for rule in rules if rule.id in granting)
    return jsonify(
        party=_party_member(who),
        records=records,
        told={"level": word.level, "note": word.note},
    )


def _of(owner: str, policy_id: str) -> Policy:
    row = policies.one(work().db, owner, policy_id)
    if row is None:
        raise NotFound("No such policy.")
    return row


def _read_policy(body: Any, policy_id: str | None, default_id: str = "") -> SharingPolicy:
    try:
        if default_id and isinstance(body, dict):
            body = {"id": default_id, **body}
        return from_wire(body, policy_id=policy_id)
    except PolicyError as error:
        raise InvalidRequest(str(error)) from error


def _with_tell(body: dict[str, Any]) -> dict[str, Any]:
    """Unless the owner says otherwise a clinician learns which kinds are incomplete, anyone else
    reads a neutral line: a layperson would ask what is hidden, a clinician has to know."""
    if body.get("tell") is not None:
        return body
    who = body.get("who")
    key = who.get("person") if isinstance(who, dict) else None
    account = accounts.known(work().db, key) if isinstance(key, str) else None
    clinician = account is not None and account.clinician
    return {**body, "tell": {"level": "kinds" if clinician else "neutral"}}


def _as_on(draft: SharingPolicy) -> SharingPolicy:
    """The draft as if it were in force at this moment."""
    return replace(draft, state="on", paused_until=None, when=replace(draft.when, start=None))


def _party_member(who: Who) -> dict[str, Any]:
    account = accounts.known(work().db, who.value) if who.level is WhoLevel.PERSON else None
    if account is not None:
        return person_summary(account)
    return {"anyone": True} if who.level is WhoLevel.ANYONE else {who.level.name.lower(): who.value}


def _changed(owner: str, policy_id: str) -> Response:
    effect = current_as.announcements.take_effect(work(), owner)
    return jsonify(policy=policy_changes.wire(work().db, owner, policy_id), effect=effect)
