"""The authorization server's metadata: where its endpoints are (Grant 2, FedAuthz 2, RFC 8414)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from heart_uma.errors import UmaError
from heart_uma.loopback import is_loopback_url, require_https_or_loopback
from heart_uma.strict_json import StrictJsonError, loads

UMA2_CONFIGURATION = "/.well-known/uma2-configuration"
UMA_TICKET_GRANT = "urn:ietf:params:oauth:grant-type:uma-ticket"
ID_TOKEN_FORMAT = "http://openid.net/specs/openid-connect-core-1_0.html#IDToken"  # noqa: S105
"""The claim token format of an OpenID Connect ID token (http, as in the specification)."""
HEART_UMA2_PROFILE = "http://openid.net/specs/openid-heart-uma2-1_0.html"
HEART_FHIR_UMA2_PROFILE = "http://openid.net/specs/openid-heart-fhir-uma2-1_0.html"


@dataclass(frozen=True, slots=True)
class AsMetadata:
    """A checked metadata document: `issuer` and the document itself.

    Endpoints are read by their metadata key: `metadata["token_endpoint"]` raises UmaError
    (`bad_answer`) when the AS does not offer it; `get` answers None.
    """

    issuer: str
    document: Mapping[str, Any]

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise UmaError("bad_answer", f"the authorization server has no {name}")
        return value

    def get(self, name: str) -> str | None:
        """The endpoint `name` as a URL, or None."""
        value = self.document.get(name)
        return value if isinstance(value, str) else None


def read_metadata(issuer: str, document: Any) -> AsMetadata:
    """Check a document fetched for `issuer`; raise UmaError when it speaks for somebody else.

    The issuer must be byte-equal (RFC 8414 3.3); every endpoint must be https, or loopback when
    the issuer itself is (an https issuer cannot point a server at its own loopback: SSRF).
    """
    if not isinstance(document, Mapping) or document.get("issuer") != issuer:
        raise UmaError("bad_answer", "the metadata names another issuer")
    for name, value in document.items():
        if not (name.endswith("_endpoint") or name == "jwks_uri"):
            continue
        try:
            require_https_or_loopback(str(value).partition("?")[0])
        except ValueError as error:
            raise UmaError("bad_answer", f"{name} is not a safe address") from error
        if is_loopback_url(str(value)) and not is_loopback_url(issuer):
            raise UmaError("bad_answer", f"{name} points to a loopback address")
    return AsMetadata(issuer, document)


def discover(http: httpx.Client, issuer: str) -> AsMetadata:
    """Fetch `{issuer}/.well-known/uma2-configuration` (the suffix is appended, Grant 2).

    Raise UmaError: `unreachable` when no answer came, `bad_answer` when it cannot be trusted.
    """
    try:
        require_https_or_loopback(issuer)
        answer = http.get(issuer + UMA2_CONFIGURATION, headers={"Accept": "application/json"})
    except ValueError as error:
        raise UmaError("bad_answer", str(error)) from error
    except httpx.HTTPError as error:
        raise UmaError("unreachable", "the authorization server does not answer") from error
    if answer.status_code != 200:
        raise UmaError("unreachable", "no metadata", answer.status_code)
    try:
        return read_metadata(issuer, loads(answer.content))
    except StrictJsonError as error:
        raise UmaError("bad_answer", "the metadata is not JSON") from error
