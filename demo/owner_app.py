"""An owner's app as small as can be: it registers itself, is allowed by her, writes her rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from heart_ground.oauth_client import OAuthClient
from heart_uma import authorization_request, oidc_client
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata, discover
from heart_uma.published_keys import fetch_keys
from heart_uma.tokens import Tokens
from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError
from operator_tools.signing_in import sign_in_and_allow

SCOPE = "openid uma_policy owner offline_access"


def _now() -> datetime:
    return datetime.now(UTC)


def _answer(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code >= 300:
        raise BrowserError(
            f"{answer.request.method} {answer.request.url} answered {answer.status_code}: "
            f"{answer.text[:300]}"
        )
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


@dataclass
class OwnerApp:
    """The owner's rules at the sharing service, and her own path to each clinic."""

    http: httpx.Client
    metadata: AsMetadata
    client: OAuthClient
    keys: KeySet
    tokens: Tokens
    owner_tokens: dict[str, str] = field(default_factory=dict)
    """By clinic: a token that counts there and nowhere else (RFC 8707)."""

    @classmethod
    def allowed_by(
        cls, http: httpx.Client, issuer: str, return_to: str, login: str, password: str
    ) -> OwnerApp:
        """Register at `issuer` and let `login` sign in and say yes, in a browser of her own."""
        metadata = discover(http, issuer)
        client = _register(http, metadata, return_to)
        keys = fetch_keys(http, metadata)
        address, state = authorization_request.start(
            metadata, client.client_id, return_to, SCOPE, address=client.authorization_address
        )
        with Browser(stop_at=return_to) as browser:
            page = sign_in_and_allow(browser, browser.get(address), login, password)
        if not page.url.startswith(return_to):
            raise BrowserError(f"{page.url} ({page.title}) did not lead back to the app.")
        answer = dict(parse_qsl(urlsplit(page.url).query))
        tokens = oidc_client.finish(http, metadata, client, keys, state, answer)
        return cls(http, metadata, client, keys, tokens)

    def people(self, query: str) -> list[dict[str, Any]]:
        """The directory: listed clinicians by name, others by exact e-mail."""
        found = self._call("GET", self.metadata["people_endpoint"], params={"q": query})
        people: list[dict[str, Any]] = found["people"]
        return people

    def put_policy(self, policy: dict[str, Any]) -> None:
        address = f"{self.metadata['policy_endpoint']}/{policy['id']}"
        self._call("PUT", address, json=policy)

    def policies(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._call("GET", self.metadata["policy_endpoint"])[
            "policies"
        ]
        return found

    def end_policy(self, policy_id: str) -> None:
        """Stop: what the rule gave is gone when this returns."""
        self._call("DELETE", f"{self.metadata['policy_endpoint']}/{policy_id}")

    def requests(self) -> list[dict[str, Any]]:
        """Who asked and waits for her answer (Grant 3.3.6)."""
        address = self.metadata["submitted_request_endpoint"]
        found = self._call("GET", address, params={"state": "waiting"})
        requests: list[dict[str, Any]] = found["requests"]
        return requests

    def answer(self, request_id: str, answer: str, policy: dict[str, Any] | None) -> None:
        """Her answer; a yes is a rule."""
        address = f"{self.metadata['submitted_request_endpoint']}/{request_id}/answer"
        self._call("POST", address, json={"answer": answer, "policy": policy})

    def unlink(self, record: str) -> None:
        """The record is under her rules no more, and its clinic's token is worth nothing."""
        address = f"{self.metadata['policy_endpoint']}/records"
        self._call("DELETE", address, params={"record": record})

    def linked_records(self) -> list[dict[str, Any]]:
        found = self._call("GET", f"{self.metadata['policy_endpoint']}/records")
        records: list[dict[str, Any]] = found["records"]
        return records

    def set_level(self, fhir_base: str, record: str, level: str, ids: list[str]) -> None:
        """Ask for a token for this clinic only (RFC 8707), then set the level of her records."""
        headers = {"Authorization": f"Bearer {self.owner_token(fhir_base)}"}
        sent = {"level": level, "ids": ids}
        _answer(self.http.post(f"{record}/$level", json=sent, headers=headers))

    def given_by(self, policy: dict[str, Any], fhir_bases: Mapping[str, str]) -> list[str]:
        """The records that show something to the party of a rule, as if it were on: where a link
        for that party leads. `fhir_bases` has the clinic of each record.
        """
        address = f"{self.metadata['policy_endpoint']}/preview"
        body = {"policy": policy | {"state": "on"}, "instead_of": policy["id"]}
        previewed = self._call("POST", address, json=body)
        found = []
        for record in previewed["records"]:
            base = record["record"]
            sent = {"permissions": record["permissions"], "tell": record["tell"]}
            headers = {"Authorization": f"Bearer {self.owner_token(fhir_bases[base])}"}
            shown = _answer(self.http.post(f"{base}/$preview", json=sent, headers=headers))
            if shown["shown"]:
                found.append(base)
        return [base for base in fhir_bases if base in found]

    def leave(self) -> None:
        """Give the tokens back (RFC 7009): nothing of this app stays behind."""
        endpoint, issuer = self.metadata["revocation_endpoint"], self.metadata.issuer
        refresh_token = self.tokens.refresh_token
        token = refresh_token or self.tokens.access_token
        hint = "refresh_token" if refresh_token else "access_token"
        _answer(self.client.revocation_answer(self.http, endpoint, issuer, token, hint))

    def owner_token(self, fhir_base: str) -> str:
        """Her token for one clinic, asked for once."""
        if fhir_base not in self.owner_tokens:
            self.owner_tokens[fhir_base] = self._refresh(resource=fhir_base).access_token
        return self.owner_tokens[fhir_base]

    def _refresh(self, resource: str) -> Tokens:
        token = self.tokens.refresh_token
        if token is None:
            raise BrowserError("The sharing service gave no refresh token.")
        fresh = oidc_client.refresh(
            self.http, self.metadata, self.client, self.keys, token, resource=resource
        )
        kept = self.tokens.access_token, self.tokens.expires_in
        self.tokens = Tokens(
            *kept, fresh.refresh_token or token, self.tokens.scope, fresh.id_token, fresh.claims
        )
        return fresh

    def _call(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.tokens.access_token}"}
        return _answer(self.http.request(method, address, headers=headers, **options))


def _register(http: httpx.Client, metadata: AsMetadata, return_to: str) -> OAuthClient:
    keys = KeySet.generate("ES256")
    registered = _answer(
        http.post(
            metadata["registration_endpoint"],
            json={
                "client_name": "heart-uma command line",
                "application_type": "native",
                "redirect_uris": [return_to],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "private_key_jwt",
                "scope": SCOPE,
                "jwks": keys.public_jwks(),
            },
        )
    )
    return OAuthClient(registered["client_id"], keys.signing_key, _now)
