"""Calls of the sharing service with the owner's policy token: how each can fail, and what is known.

A refusal is `Refused` with its wire code, a dead token `SignInAgain`, no answer
`SharingServiceDown`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

from heart_uma.strict_json import StrictJsonError, loads
from patient_portal.errors import NotReached, Refused, SharingServiceDown, SignInAgain
from patient_portal.sharing import what_happened
from patient_portal.signing_in.issuer import Issuer


class Calls:
    """The way to the sharing service for the person whose `token` it is given."""

    def __init__(
        self,
        http: httpx.Client,
        issuer: Issuer,
        token: Callable[[], str],
        changes: what_happened.Changes,
    ) -> None:
        self._http, self._issuer, self._token, self._changes = http, issuer, token, changes

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
