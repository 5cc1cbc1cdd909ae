"""The clinic app's client in a scenario: its own name and keys, one message at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import httpx

from demo.cast import PASSWORD
from demo.layout import Layout
from heart_ground.oauth_client import OAuthClient
from heart_uma import authorization_request, oidc_client
from heart_uma.challenge import parse_challenge
from heart_uma.jose import KeySet
from heart_uma.metadata import ID_TOKEN_FORMAT, UMA_TICKET_GRANT, AsMetadata, discover
from heart_uma.published_keys import fetch_keys
from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError
from operator_tools.signing_in import sign_in_and_allow

KINDS = "conditions,medicines,results,vitals,visits"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ClinicApp:
    """Used by one person, whose ID token it pushes as a claim (Grant 3.3.1)."""

    http: httpx.Client
    metadata: AsMetadata
    client: OAuthClient
    id_token: str

    @classmethod
    def signed_in(cls, layout: Layout, http: httpx.Client, login: str) -> ClinicApp:
        """With the sign-in of `login`, in a browser of that person's own."""
        metadata = discover(http, layout.issuer)
        key = KeySet.load(layout.key_file("requester")).signing_key
        client = OAuthClient("requester", key, _now)
        return_to = f"{layout.requester}/login/return"
        address, state = authorization_request.start(
            metadata,
            client.client_id,
            return_to,
            "openid profile offline_access",
            address=client.authorization_address,
        )
        with Browser(stop_at=return_to) as browser:
            page = sign_in_and_allow(browser, browser.get(address), login, PASSWORD)
        if not page.url.startswith(return_to):
            raise BrowserError(f"{page.url} ({page.title}) did not lead back to the app.")
        answer = dict(parse_qsl(urlsplit(page.url).query))
        keys = fetch_keys(http, metadata)
        tokens = oidc_client.finish(http, metadata, client, keys, state, answer)
        return cls(http, metadata, client, tokens.id_token or "")

    def read(self, record: str, rpt: str = "") -> httpx.Response:
        """The record of some kinds, with a key or without one (Grant 3.1, 3.4)."""
        headers = {"Accept": "application/fhir+json"}
        headers |= {"Authorization": f"Bearer {rpt}"} if rpt else {}
        asked = {"kind": KINDS}
        return self.http.get(f"{record}/Patient/$everything", params=asked, headers=headers)

    def trade(self, ticket: str, *, claims: bool = True, **more: str) -> httpx.Response:
        """Present a ticket (Grant 3.3.1)."""
        form = {"grant_type": UMA_TICKET_GRANT, "ticket": ticket, **more}
        if claims:
            form |= {"claim_token": self.id_token, "claim_token_format": ID_TOKEN_FORMAT}
        endpoint = self.metadata["token_endpoint"]
        return self.client.token_answer(self.http, endpoint, self.metadata.issuer, form)

    def give_back(self, token: str) -> httpx.Response:
        """End a token (Grant 3.7)."""
        endpoint, issuer = self.metadata["revocation_endpoint"], self.metadata.issuer
        return self.client.revocation_answer(self.http, endpoint, issuer, token, "access_token")


def ticket_of(answer: httpx.Response) -> str:
    """The ticket of a challenge; empty without one (Grant 3.2.1)."""
    challenge = parse_challenge(answer.headers.get("WWW-Authenticate"))
    return challenge.ticket if challenge else ""
