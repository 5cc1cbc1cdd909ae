"""Typed client of the authorization server's policy API, for the signed-in owner.

How a call can fail is said in `as_calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from patient_portal.errors import SharingServiceDown
from patient_portal.policies.change import Change, HistoryVersion
from patient_portal.policies.everything_said import OutcomeChange, Sharing
from patient_portal.policies.granted import Granted
from patient_portal.policies.invitation import Invitation
from patient_portal.policies.linked import Record
from patient_portal.policies.person import Person
from patient_portal.policies.policy import Policy
from patient_portal.policies.sharing_request import SharingRequest
from patient_portal.sharing import what_happened
from patient_portal.sharing.as_answers import as_list, as_object, read, unwrapped
from patient_portal.sharing.as_invitations import InvitationCalls
from patient_portal.sharing.as_notices import NoticeCalls
from patient_portal.signing_in.issuer import Issuer

MOST_PREVIEWS = 100


class SharingService(NoticeCalls, InvitationCalls):
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
        super().__init__(http, issuer, token, changes)
        self._url, self._moment = url, moment

    def policies(self) -> list[Policy]:
        """Every policy of the owner that can be read, drafts and ended ones too."""
        return self.everything().policies

    def everything(self) -> Sharing:
        """Every policy of the owner, and apart those that cannot be read: they hide no other."""
        body = self._call("GET", self._policy())
        found = [
            self._read_or_name(o)
            for o in [*as_list(body, "policies"), *(body.get("unreadable") or [])]
        ]
        return Sharing(
            policies=[one for one in found if not one.unreadable],
            unreadable=[one for one in found if one.unreadable],
            changed=[read(OutcomeChange, one) for one in body.get("changed_outcomes") or []],
            invitations=[read(Invitation, one) for one in body.get("invitations") or []],
        )

    def changes_were_seen(self) -> None:
        """She has seen which of her shares an upgrade of the service narrowed."""
        self._change("DELETE", f"{self._policy()}/changed-outcomes")

    def policy(self, policy_id: str) -> Policy:
        return self._as_of_now(
            read(Policy, unwrapped(self._call("GET", self._policy(policy_id)), "policy"))
        )

    def save(self, draft: Policy) -> Change:
        """Create or replace; the id is ours, so a repeated call is the same policy."""
        return read(Change, self._change("PUT", self._policy(draft.id), json=draft.to_wire()))

    def end(self, policy_id: str) -> Change:
        """Stop sharing (state `ended`); may be repeated to learn how far it has come."""
        return read(Change, self._change("DELETE", self._policy(policy_id)))

    def history(self, policy_id: str) -> list[HistoryVersion]:
        """Every version; one whose rule is beyond this portal is there without it."""
        found = self._call("GET", f"{self._policy(policy_id)}/history")
        versions = []
        for one in as_list(found, "versions"):
            try:
                versions.append(read(HistoryVersion, one))
            except SharingServiceDown:
                versions.append(read(HistoryVersion, {**as_object(one), "policy": None}))
        return versions

    def preview_draft(self, draft: Policy, instead_of: str | None) -> Granted:
        """What the draft's party would get if it were on, beside the owner's other rules."""
        body: dict[str, Any] = {"policy": draft.to_wire(), "instead_of": instead_of}
        if not draft.who.key:
            body["invited"] = True
        return read(Granted, self._call("POST", f"{self._policy()}/preview", json=body))

    def preview_party(self, party: dict[str, Any], *, without: str | None = None) -> Granted:
        """What a party gets today ("view as"), or would get without one policy."""
        body = {"party": party, "without": without}
        return read(Granted, self._call("POST", f"{self._policy()}/preview", json=body))

    def previews(self, asked: Sequence[dict[str, Any]]) -> list[Granted | None]:
        """The same for several at once; None for one that the service cannot look up."""
        found: list[Any] = []
        for start in range(0, len(asked), MOST_PREVIEWS):
            body = {"previews": list(asked[start : start + MOST_PREVIEWS])}
            told = as_list(self._call("POST", f"{self._policy()}/previews", json=body), "previews")
            found += [as_object(one).get("preview") for one in told]
        if len(found) != len(asked):
            raise SharingServiceDown("the answer has not as many previews as were asked for")
        return [None if one is None else read(Granted, one) for one in found]

    def people(self, search: str) -> list[Person]:
        found = self._call("GET", self._endpoint("people_endpoint"), params={"q": search})
        return [read(Person, one) for one in as_list(found, "people")]

    def me(self) -> Person:
        return read(Person, self._call("GET", f"{self._endpoint('people_endpoint')}/me"))

    def records(self) -> list[Record]:
        """The owner's linked records that can be looked into, one for each clinic."""
        return [one for one in self.linked() if one.record]

    def linked(self) -> list[Record]:
        """All that is linked, also where nothing but registered names is known."""
        return [
            read(Record, one)
            for one in as_list(self._call("GET", f"{self._policy()}/records"), "records")
        ]

    def unlink(self, place: Record) -> None:
        which = {"record": place.record} if place.record else {"client_id": place.client_id}
        self._change("DELETE", f"{self._policy()}/records", params=which)

    def requests(self, state: str) -> list[SharingRequest]:
        found = self._call(
            "GET", self._endpoint("submitted_request_endpoint"), params={"state": state}
        )
        return [read(SharingRequest, one) for one in as_list(found, "requests")]

    def request(self, request_id: str) -> SharingRequest:
        address = f"{self._endpoint('submitted_request_endpoint')}/{quote(request_id, safe='')}"
        return read(SharingRequest, unwrapped(self._call("GET", address), "request"))

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
        asked = f"{self._endpoint('submitted_request_endpoint')}/{quote(request_id, safe='')}"
        return as_object(self._change("POST", f"{asked}/answer", json=body))

    def activity(self, *events: str) -> list[dict[str, Any]]:
        """What happened last at the authorization server: issued, denied, asked, stopped; only
        `events` where some are named."""
        address = f"{self._url}/activity"
        found = self._call("GET", address, params={"count": "200", "event": list(events)})
        return [one for one in as_list(found, "entries") if isinstance(one, dict)]

    def _as_of_now(self, found: Policy) -> Policy:
        """A pause that has run out is on again, without anyone writing it down."""
        over = found.paused_until is not None and found.paused_until <= self._moment
        return found.changed(state="on", paused_until=None) if over else found

    def _read_or_name(self, wire: Any) -> Policy:
        """The policy, or just its id and label where the rest is beyond this portal."""
        try:
            return self._as_of_now(read(Policy, wire))
        except SharingServiceDown:
            known = {name: wire[name] for name in ("id", "label") if name in as_object(wire)}
            return read(Policy, {**known, "state": "on", "unreadable": True})
