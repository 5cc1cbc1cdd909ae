"""The resource server's calls to the protection API, each with a PAT (FedAuthz 3, 4, 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from heart_uma.errors import UmaError
from heart_uma.metadata import AsMetadata
from heart_uma.resources import Permission, ResourceDescription
from heart_uma.strict_json import StrictJsonError, loads


class ProtectionApiError(UmaError):
    """The protection API refused or did not answer.

    `status` 401 means that the PAT is no longer good; 0 that no answer came; `code` is the wire
    code (`invalid_resource_id`, `invalid_scope`, `not_found`, ...) or `unreachable`/`bad_answer`.
    """


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration's `_id` and, if given, where the owner sets her rules for it."""

    resource_id: str
    user_access_policy_uri: str | None


class ProtectionApi:
    """One resource owner's protection API at one AS, seen by one RS (FedAuthz 1.3).

    `http` is a kept client; `metadata` the AS's; `pat` the protection API access token.
    """

    def __init__(self, http: httpx.Client, metadata: AsMetadata, pat: str) -> None:
        self._http = http
        self._metadata = metadata
        self._headers = {"Authorization": f"Bearer {pat}", "Accept": "application/json"}

    def _call(self, method: str, url: str, accepted: tuple[int, ...], **options: Any) -> Any:
        try:
            answer = self._http.request(method, url, headers=self._headers, **options)
        except httpx.HTTPError as error:
            raise ProtectionApiError("unreachable", "the AS does not answer") from error
        if answer.status_code >= 500:  # it did nothing that counts, whatever its body is
            raise ProtectionApiError("unreachable", "it cannot answer now", answer.status_code)
        body: Any = None
        if answer.content:
            try:
                body = loads(answer.content)
            except StrictJsonError as error:
                raise ProtectionApiError("bad_answer", "not JSON", answer.status_code) from error
        if answer.status_code not in accepted:
            code = body.get("error") if isinstance(body, dict) else None
            raise ProtectionApiError(
                code if isinstance(code, str) else "refused", "", answer.status_code
            )
        return body

    def _resource_url(self, resource_id: str = "") -> str:
        endpoint = self._metadata["resource_registration_endpoint"].rstrip("/")
        return f"{endpoint}/{resource_id}" if resource_id else endpoint

    @staticmethod
    def _registered(body: Any) -> Registered:
        if not isinstance(body, dict) or not isinstance(body.get("_id"), str):
            raise ProtectionApiError("bad_answer", "no _id in the answer")
        uri = body.get("user_access_policy_uri")
        return Registered(body["_id"], uri if isinstance(uri, str) else None)

    def register(self, description: ResourceDescription) -> Registered:
        """Create a registration (FedAuthz 3.2.1)."""
        body = self._call("POST", self._resource_url(), (201,), json=description.to_wire())
        return self._registered(body)

    def update(self, resource_id: str, description: ResourceDescription) -> Registered:
        """Replace a registration whole (FedAuthz 3.2.3)."""
        url = self._resource_url(resource_id)
        return self._registered(self._call("PUT", url, (200,), json=description.to_wire()))

    def read(self, resource_id: str) -> dict[str, Any]:
        """The stored description with its `_id` (FedAuthz 3.2.2)."""
        body = self._call("GET", self._resource_url(resource_id), (200,))
        if not isinstance(body, dict):
            raise ProtectionApiError("bad_answer", "not an object")
        return body

    def delete(self, resource_id: str) -> None:
        """End a registration (FedAuthz 3.2.4)."""
        self._call("DELETE", self._resource_url(resource_id), (200, 204))

    def list(self) -> list[str]:
        """The `_id`s that this RS registered for this owner (FedAuthz 3.2.5)."""
        body = self._call("GET", self._resource_url(), (200,))
        if not isinstance(body, list) or not all(isinstance(item, str) for item in body):
            raise ProtectionApiError("bad_answer", "not an array of ids")
        return body

    def permission(self, permissions: Iterable[Permission]) -> str:
        """Ask for one ticket that stands for all `permissions` (FedAuthz 4.1)."""
        wire = [
            {"resource_id": p.resource_id, "resource_scopes": sorted(p.resource_scopes)}
            for p in permissions
        ]
        body = self._call("POST", self._metadata["permission_endpoint"], (201,), json=wire)
        ticket = body.get("ticket") if isinstance(body, dict) else None
        if not isinstance(ticket, str) or not ticket:
            raise ProtectionApiError("bad_answer", "no ticket in the answer")
        return ticket

    def introspect(self, token: str) -> dict[str, Any]:
        """What the AS says of `token` today; `{"active": False}` for anything not active (5.1)."""
        body = self._call(
            "POST",
            self._metadata["introspection_endpoint"],
            (200,),
            data={"token": token, "token_type_hint": "access_token"},
        )
        if not isinstance(body, dict) or not isinstance(body.get("active"), bool):
            raise ProtectionApiError("bad_answer", "no `active` in the answer")
        return body if body["active"] else {"active": False}
