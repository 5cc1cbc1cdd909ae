"""Typed client of the authorization server's policy API, for the signed-in owner.

Every call bears the owner's policy token. A refusal is `Refused` with its wire code, a dead token
`SignInAgain`, no answer `SharingServiceDown`.
"""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from heart_uma.strict_json import StrictJsonError, loads
from patient_portal.context import current_portal
from patient_portal.errors import NotReached, Refused, SharingServiceDown, SignInAgain
from patient_portal.policies.policy import (
    Change,
    Granted,
    HistoryVersion,
    OutcomeChange,
    Person,
    Policy,
    Record,
    Sharing,
    SharingRequest,
)
from patient_portal.sharing import what_happened
from patient_portal.signing_in import tokens

Model = TypeVar("Model", bound=BaseModel)


def policies() -> list[Policy]:
    """Every policy of the owner that can be read, drafts and ended ones too."""
    return everything().policies


def everything() -> Sharing:
    """Every policy of the owner, and apart those that cannot be read: they hide no other."""
    body = _call("GET", _policy())
    found = [_read_or_name(o) for o in [*_list(body, "policies"), *(body.get("unreadable") or [])]]
    return Sharing(
        policies=[one for one in found if not one.unreadable],
        unreadable=[one for one in found if one.unreadable],
        changed=[_read(OutcomeChange, one) for one in body.get("changed_outcomes") or []],
    )


def changes_were_seen() -> None:
    """She has seen which of her shares an upgrade of the service narrowed."""
    _change("DELETE", f"{_policy()}/changed-outcomes")


def policy(policy_id: str) -> Policy:
    return _as_of_now(_read(Policy, _unwrap(_call("GET", _policy(policy_id)), "policy")))


def save(draft: Policy) -> Change:
    """Create or replace; the id is ours, so a repeated call is the same policy."""
    return _read(Change, _change("PUT", _policy(draft.id), json=draft.to_wire()))


def end(policy_id: str) -> Change:
    """Stop sharing (state `ended`); may be repeated to learn how far it has come."""
    return _read(Change, _change("DELETE", _policy(policy_id)))


def history(policy_id: str) -> list[HistoryVersion]:
    """Every version; one whose rule is beyond this portal is there without it."""
    found = _call("GET", f"{_policy(policy_id)}/history")
    versions = []
    for one in _list(found, "versions"):
        try:
            versions.append(_read(HistoryVersion, one))
        except SharingServiceDown:
            versions.append(_read(HistoryVersion, {**_object(one), "policy": None}))
    return versions


def preview_draft(draft: Policy, instead_of: str | None) -> Granted:
    """What the draft's party would get if it were on, beside the owner's other rules."""
    body = {"policy": draft.to_wire(), "instead_of": instead_of}
    return _read(Granted, _call("POST", f"{_policy()}/preview", json=body))


def preview_party(party: dict[str, Any], *, without: str | None = None) -> Granted:
    """What a party gets today ("view as"), or would get without one policy."""
    body = {"party": party, "without": without}
    return _read(Granted, _call("POST", f"{_policy()}/preview", json=body))


def people(search: str) -> list[Person]:
    found = _call("GET", _endpoint("people_endpoint"), params={"q": search})
    return [_read(Person, one) for one in _list(found, "people")]


def me() -> Person:
    return _read(Person, _call("GET", f"{_endpoint('people_endpoint')}/me"))


def records() -> list[Record]:
    """The owner's linked records that can be looked into, one for each clinic."""
    return [one for one in linked() if one.record]


def linked() -> list[Record]:
    """All that is linked, also where nothing but registered names is known."""
    return [_read(Record, one) for one in _list(_call("GET", f"{_policy()}/records"), "records")]


def unlink(place: Record) -> None:
    which = {"record": place.record} if place.record else {"client_id": place.client_id}
    _change("DELETE", f"{_policy()}/records", params=which)


def requests(state: str) -> list[SharingRequest]:
    found = _call("GET", _endpoint("submitted_request_endpoint"), params={"state": state})
    return [_read(SharingRequest, one) for one in _list(found, "requests")]


def request(request_id: str) -> SharingRequest:
    address = f"{_endpoint('submitted_request_endpoint')}/{quote(request_id, safe='')}"
    return _read(SharingRequest, _unwrap(_call("GET", address), "request"))


def answer(
    request_id: str,
    choice: str,
    *,
    policy: Policy | None = None,
    tell_reason: str | None = None,
    block: bool = False,
) -> dict[str, Any]:
    """Answer a request; the answer holds `request`, `policy` and `effect`."""
    body = {
        "answer": choice,
        "policy": policy.to_wire() if policy else None,
        "tell_reason": tell_reason,
        "block": block,
    }
    address = f"{_endpoint('submitted_request_endpoint')}/{quote(request_id, safe='')}/answer"
    return _object(_change("POST", address, json=body))


def activity(*events: str) -> list[dict[str, Any]]:
    """What happened last at the authorization server: issued, denied, asked, stopped; only
    `events` where some are named."""
    address = f"{current_portal.settings.as_issuer}/activity"
    found = _call("GET", address, params={"count": "200", "event": list(events)})
    return [one for one in _list(found, "entries") if isinstance(one, dict)]


def _endpoint(name: str) -> str:
    return current_portal.issuer.metadata()[name]


def _policy(policy_id: str | None = None) -> str:
    base = _endpoint("policy_endpoint")
    return base if policy_id is None else f"{base}/{quote(policy_id, safe='')}"


def _change(method: str, address: str, **options: Any) -> Any:
    """A call that changes something; what is known of it is there for a page that has to say so."""
    try:
        answer = _call(method, address, **options)
    except NotReached:
        raise
    except SharingServiceDown:
        what_happened.note(what_happened.UNKNOWN)
        raise
    what_happened.note(what_happened.SAVED)
    return answer


def _call(method: str, address: str, **options: Any) -> Any:
    headers = {"Authorization": f"Bearer {tokens.policy_token()}", "Accept": "application/json"}
    try:
        got = current_portal.http.request(method, address, headers=headers, **options)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NotReached(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise SharingServiceDown(type(error).__name__) from error
    if got.status_code == 401:
        raise SignInAgain
    try:
        body = loads(got.content) if got.content else None
    except StrictJsonError as error:
        raise SharingServiceDown(f"answer {got.status_code} is not JSON") from error
    if got.status_code >= 500:
        raise SharingServiceDown(f"answer {got.status_code}")
    if got.status_code >= 400:
        code = body.get("error") if isinstance(body, dict) else None
        raise Refused(code if isinstance(code, str) else "refused", got.status_code, body)
    return body


def _as_of_now(found: Policy) -> Policy:
    """A pause that has run out is on again, without anyone writing it down."""
    over = found.paused_until is not None and found.paused_until <= current_portal.clock()
    return found.changed(state="on", paused_until=None) if over else found


def _read_or_name(wire: Any) -> Policy:
    """The policy, or just its id and label where the rest is beyond this portal."""
    try:
        return _as_of_now(_read(Policy, wire))
    except SharingServiceDown:
        known = {name: wire[name] for name in ("id", "label") if name in _object(wire)}
        return _read(Policy, {**known, "state": "on", "unreadable": True})


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise SharingServiceDown("the answer is not an object")
    return body


def _unwrap(body: Any, name: str) -> Any:
    found = _object(body)
    return found[name] if isinstance(found.get(name), dict) else found


def _list(body: Any, name: str) -> list[Any]:
    found = _object(body).get(name)
    if not isinstance(found, list):
        raise SharingServiceDown(f"the answer has no {name}")
    return found


def _read(kind: type[Model], body: Any) -> Model:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise SharingServiceDown(f"{kind.__name__} cannot be read") from error
