"""A dry run of an owner's rules (our extension): what a draft, or a party, would be given.

    POST /policy/preview
    Authorization: Bearer <token with scope uma_policy>
    {"policy": {"who": {"person": "..."}, "what": {"kinds": ["conditions"]}}, "instead_of": null}

    POST /policy/previews
    {"previews": [{"party": {"person": "..."}}, ...]}

Nothing is stored. `instead_of` leaves out the policy that the draft would replace, `without` one
that would end. Of several, one that cannot be answered hides no other.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request

from as_server.context import bearer_token, work
from as_server.errors import InvalidRequest
from as_server.messages.bodies import Preview, Previews, read_body
from as_server.models import account as accounts
from as_server.models import policies_in_force
from as_server.policy.explain import told
from as_server.policy.model import SharingPolicy, Who, WhoLevel
from as_server.sharing import policy_changes, preview
from as_server.sharing.person_summary import person_summary
from as_server.sharing.preview import LinkedRecord
from as_server.sharing.written_policy import read_policy, with_tell

SCOPE = "uma_policy"
PREVIEW_ID = "preview-of-a-new-policy"


def create() -> Response:
    owner = bearer_token(SCOPE).account_key
    asked = read_body(request, Preview)
    rules = policies_in_force.in_force(work().db, owner)
    return jsonify(_previewed(owner, asked, rules, preview.linked(work(), owner)))


def create_many() -> Response:
    """Each in the order in which it was asked for: its answer, or why it has none."""
    owner = bearer_token(SCOPE).account_key
    asked = read_body(request, Previews)
    rules = policies_in_force.in_force(work().db, owner)
    linked = preview.linked(work(), owner)
    found: list[dict[str, Any]] = []
    for one in asked.previews:
        try:
            found.append({"preview": _previewed(owner, one, rules, linked)})
        except InvalidRequest as error:
            found.append({"error": error.error, "error_description": error.description})
    return jsonify(previews=found)


def _previewed(
    owner: str, asked: Preview, rules: Sequence[SharingPolicy], linked: Sequence[LinkedRecord]
) -> dict[str, Any]:
    drafted = "policy" in asked.model_fields_set
    if drafted == ("party" in asked.model_fields_set):
        raise InvalidRequest("A preview needs a policy or a party.")
    if drafted:
        draft = read_policy(with_tell(work().db, asked.policy), None, PREVIEW_ID)
        if asked.invited and draft.who.level is WhoLevel.NOBODY:
            draft = replace(draft, who=preview.INVITED)
        gone = {draft.id, asked.instead_of}
        rules = [*(rule for rule in rules if rule.id not in gone), _as_on(draft)]
        who = draft.who
    else:
        who = read_policy({"who": asked.party}, None, PREVIEW_ID).who
        rules = [rule for rule in rules if rule.id != asked.without]
    known = (
        who.level is not WhoLevel.PERSON
        or (asked.invited and who == preview.INVITED)
        or policy_changes.knows_person(work().db, owner, who.value)
    )
    if who.level is WhoLevel.NOBODY or not known:
        raise InvalidRequest("who: names nobody known here.")
    party = preview.party_named(work().db, who)
    records = [preview.of_record(one, party, rules, work().at) for one in linked]
    granting = {p["heart_uma_policy"] for record in records for p in record["permissions"]}
    word = told(rule for rule in rules if rule.id in granting)
    return {
        "party": _party_member(who),
        "records": records,
        "told": {"level": word.level, "note": word.note},
    }


def _as_on(draft: SharingPolicy) -> SharingPolicy:
    """The draft as if it were in force at this moment."""
    return replace(draft, state="on", paused_until=None, when=replace(draft.when, start=None))


def _party_member(who: Who) -> dict[str, Any]:
    if who == preview.INVITED:
        return {"invited": True}
    account = accounts.known(work().db, who.value) if who.level is WhoLevel.PERSON else None
    if account is not None:
        return person_summary(account)
    return {"anyone": True} if who.level is WhoLevel.ANYONE else {who.level.name.lower(): who.value}
