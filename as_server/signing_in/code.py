"""The code for what a signed-in person agreed to (RFC 6749 4.1.2)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from as_server.models import token as tokens
from as_server.models.authorization_code import AuthorizationCode
from as_server.models.client import Client
from as_server.tokens.authorization import new_family
from as_server.work import Work


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a signed-in person agreed to: whose code it is, and how they proved who they are."""

    account_key: str
    scope: str
    auth_time: int
    acr: str
    amr: str


def issue_code(
    work: Work,
    client: Client,
    parameters: Mapping[str, str],
    agreement: Agreement,
    lifetime: int,
) -> str:
    """A fresh code for an authorization request that was checked and agreed to."""
    code = secrets.token_urlsafe(32)
    work.db.add(
        AuthorizationCode(
            hash=tokens.hash_of(code),
            family=new_family(),
            client_id=client.client_id,
            account_key=agreement.account_key,
            redirect_uri=parameters["redirect_uri"],
            scope=agreement.scope,
            resource=parameters.get("resource"),
            nonce=parameters.get("nonce"),
            code_challenge=parameters["code_challenge"],
            auth_time=agreement.auth_time,
            acr=agreement.acr,
            amr=agreement.amr,
            expires_at=work.now + lifetime,
        )
    )
    return code
