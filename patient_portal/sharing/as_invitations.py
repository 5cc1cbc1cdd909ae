"""Calls of the sharing service about invitations: one made, what became of it, and her yes."""

from __future__ import annotations

from patient_portal.policies.change import Change
from patient_portal.policies.invitation import HandedOver, Invitation
from patient_portal.sharing.as_answers import read, unwrapped
from patient_portal.sharing.as_calls import Calls


class InvitationCalls(Calls):
    """The part of the sharing service's interface that is about who has no account yet."""

    def invite(self, policy_id: str, lasts: int | None) -> HandedOver:
        """A link, a code and a passcode for a draft that names nobody yet."""
        address = f"{self._policy(policy_id)}/invitation"
        return read(HandedOver, self._change("POST", address, json={"lasts": lasts}))

    def invitation(self, policy_id: str) -> Invitation:
        found = self._call("GET", f"{self._policy(policy_id)}/invitation")
        return read(Invitation, unwrapped(found, "invitation"))

    def recognise(self, policy_id: str, account: str, version: int, opens_at: str) -> Change:
        """Her yes to who came; `opens_at` is where they go from there."""
        body = {"account": account, "version": version, "opens_at": opens_at}
        address = f"{self._policy(policy_id)}/invitation/answer"
        return read(Change, self._change("POST", address, json=body))
