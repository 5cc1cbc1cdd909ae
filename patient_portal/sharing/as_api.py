"""Typed client of the authorization server's policy API, for the signed-in owner.

Every call bears the owner's policy token. A refusal is `Refused` with its wire code, a dead token
`SignInAgain`, no answer `SharingServiceDown`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from heart_uma.strict_json import StrictJsonError, loads
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
from patient_portal.signing_in.issuer import Issuer

Model = TypeVar("Model", bound=BaseModel)


class SharingService:
    """The sharing service, as the person whose `token` it is given reaches it at `moment`."""

    def __init__(
        self,
        http: httpx.Client,
        issuer: Issuer,
        url: str,
        token: Callable[[], str],
        changes: what_happened.Changes,
        moment: datetime,
    ) -> None:
        self._http, self._issuer, self._url = http, issuer, url
        self._token, self._changes, self._moment = token, changes, moment

    def policies(self) -> list[Policy]:
        """Every policy of the owner that can be read, drafts and ended ones too."""
        return self.everything().policies

    def everything(self) -> Sharing:
        """Every policy of the owner, and apart those that cannot be read: they hide no other."""
        body = self._call("GET", self._policy())
        found = [
            self._read_or_name(o)
            for o in [*_list(body, "policies"), *(body.get("unreadable") or [])]
        ]
        return Sharing(
            policies=[one for one in found if not one.unreadable],
            unreadable=[one for one in found if one.unreadable],
            changed=[_read(OutcomeChange, one) for one in body.get("changed_outcomes") or []],
        )

    def changes_were_seen(self) -> None:
        """She has seen which of her shares an upgrade of the service narrowed."""
        self._change("DELETE", f"{self._policy()}/changed-outcomes")

    def policy(self, policy_id: str) -> Policy:
        return self._as_of_now(
            _read(Policy, _unwrap(self._call("GET", self._policy(policy_id)), "policy"))
        )

    def save(self, draft: Policy) -> Change:
        """Create or replace; the id is ours, so a repeated call is the same policy."""
        return _read(Change, self._change("PUT", self._policy(draft.id), json=draft.to_wire()))

    def end(self, policy_id: str) -> Change:
        """Stop sharing (state `ended`); may be repeated to learn how far it has come."""
        return _read(Change, self._change("DELETE", self._policy(policy_id)))

    def history(self, policy_id: str) -> list[HistoryVersion]:
        """Every version; one whose rule is beyond this portal is there without it."""
        found = self._call("GET", f"{self._policy(policy_id)}/history")
        versions = []
        for one in _list(found, "versions"):
            try:
                versions.append(_read(HistoryVersion, one))
            except SharingServiceDown:
                versions.append(_read(HistoryVersion, {**_object(one), "policy": None}))
        return versions

    def preview_draft(self, draft: Policy, instead_of: str | None) -> Granted:
        """What the draft's party would get if it were on, beside the owner's other rules."""
        body = {"policy": draft.to_wire(), "instead_of": instead_of}
        return _read(Granted, self._call("POST", f"{self._policy()}/preview", json=body))

    def preview_party(self, party: dict[str, Any], *, without: str | None = None) -> Granted:
        """What a party gets today ("view as"), or would get without one policy."""
        body = {"party": party, "without": without}
        return _read(Granted, self._call("POST", f"{self._policy()}/preview", json=body))

    def people(self, search: str) -> list[Person]:
        found = self._call("GET", self._endpoint("people_endpoint"), params={"q": search})
        return [_read(Person, one) for one in _list(found, "people")]

    def me(self) -> Person:
        return _read(Person, self._call("GET", f"{self._endpoint('people_endpoint')}/me"))

    def records(self) -> list[Record]:
        """The owner's linked records that can be looked into, one for each clinic."""
        return [one for one in self.linked() if one.record]

    def linked(self) -> list[Record]:
        """All that is linked, also where nothing but registered names is known."""
        return [
            _read(Record, one)
            for one in _list(self._call("GET", f"{self._policy()}/records"), "records")
        ]

    def unlink(self, place: Record) -> None:
        which = {"record": place.record} if place.record else {"client_id": place.client_id}
        self._change("DELETE", f"{self._policy()}/records", params=which)

    def requests(self, state: str) -> list[SharingRequest]:
        found = self._call(
            "GET", self._endpoint("submitted_request_endpoint"), params={"state": state}
        )
        return [_read(SharingRequest, one) for one in _list(found, "requests")]

    def request(self, request_id: str) -> SharingRequest:
        address = f"{self._endpoint('submitted_request_endpoint')}/{quote(request_id, safe='')}"
        return _read(SharingRequest, _unwrap(self._call("GET", address), "request"))

    def answer(
        self,
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
        address = (
            f"{self._endpoint('submitted_request_endpoint')}/{quote(request_id, safe='')}/answer"
        )
        return _object(self._change("POST", address, json=body))

    def activity(self, *events: str) -> list[dict[str, Any]]:
        """What happened last at the authorization server: issued, denied, asked, stopped; only
        `events` where some are named."""
        address = f"{self._url}/activity"
        found = self._call("GET", address, params={"count": "200", "event": list(events)})
        return [one for one in _list(found, "entries") if isinstance(one, dict)]

    def _endpoint(self, name: str) -> str:
        return self._issuer.metadata()[name]

    def _policy(self, policy_id: str | None = None) -> str:
        base = self._endpoint("policy_endpoint")
        return base if policy_id is None else f"{base}/{quote(policy_id, safe='')}"

    def _change(self, method: str, address: str, **options: Any) -> Any:
        """A call that changes something; a page that has to may say what is known of it."""
        try:
            answer = self._call(method, address, **options)
        except NotReached:
            raise
        except SharingServiceDown:
            self._changes.note(what_happened.UNKNOWN)
            raise
        self._changes.note(what_happened.SAVED)
        return answer

    def _call(self, method: str, address: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        try:
            got = self._http.request(method, address, headers=headers, **options)
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

    def _as_of_now(self, found: Policy) -> Policy:
        """A pause that has run out is on again, without anyone writing it down."""
        over = found.paused_until is not None and found.paused_until <= self._moment
        return found.changed(state="on", paused_until=None) if over else found

    def _read_or_name(self, wire: Any) -> Policy:
        """The policy, or just its id and label where the rest is beyond this portal."""
        try:
            return self._as_of_now(_read(Policy, wire))
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
