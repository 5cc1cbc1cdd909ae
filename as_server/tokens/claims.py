"""A pushed claim token becomes a requesting party (Grant 3.3.1).

The only format taken is an ID token of this server, as it is (it is base64url already). It proves
who signed in at the client that pushes it; role and organization come from the account, never from
the client.
"""

from datetime import datetime

from sqlalchemy import Connection

from as_server.models import account as accounts
from as_server.models.client import Client
from as_server.models.party import party_of
from as_server.policy.model import Party
from as_server.tokens.issuing import Issuer
from heart_ground import moments
from heart_uma.jose import JoseError

ID_TOKEN_FORMAT = "http://openid.net/specs/openid-connect-core-1_0.html#IDToken"  # noqa: S105
CLAIM_TYPE = "http://openid.net/specs/openid-connect-core-1_0.html#StandardClaims"
FRIENDLY_NAMES = {
    "sub": "Who you are",
    "role": "Your role",
    "organization": "Your organization",
    "purpose_of_use": "Why you ask",
}
BY_HAND = frozenset({"sub", "purpose_of_use"})
"""What a person can tell at this server's own page: no role, no organization comes from there."""
SAID = frozenset({"purpose_of_use"})
"""What she says of herself: no token of anybody's tells it."""
INTERACTION = "/claims"
"""The page itself, as `routes` has it and the metadata says."""
CLOCK_SKEW = 60


def proven_subject(
    issuer: Issuer, client: Client, token: str, token_format: str, at: datetime
) -> str | None:
    """Whom a pushed ID token proves to this client, by the name that it knows the person by; None
    for any doubt (Grant 3.3.6).

    The audience has to contain the pushing client, and `azp` to be it (Grant 5.7): a token that
    another client received proves nothing here. `sub` is resolved by client, since it is pairwise.
    """
    if token_format != ID_TOKEN_FORMAT:
        return None
    try:
        claims = issuer.verify_id_token(token, client.client_id, at)
    except JoseError:
        return None
    issued_at, subject = claims.get("iat"), claims.get("sub")
    if claims.get("azp", client.client_id) != client.client_id:
        return None
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims:
        return None
    oldest = moments.seconds(at) - issuer.settings.id_token_lifetime - CLOCK_SKEW
    if not isinstance(issued_at, int) or issued_at < oldest or not isinstance(subject, str):
        return None
    return subject


def party_named(connection: Connection, client: Client, subject: str | None) -> Party | None:
    """The person with an enabled account whom this client knows by this name."""
    if subject is None:
        return None
    account = accounts.by_subject(connection, client.client_id, subject)
    return None if account is None else party_of(account)


def required_claims(names: tuple[str, ...], issuer: str) -> list[dict[str, object]]:
    """`required_claims` of a need_info answer (Grant 3.3.6)."""
    return [_hint(name, issuer) for name in names]


def _hint(name: str, issuer: str) -> dict[str, object]:
    hint: dict[str, object] = {"name": name, "friendly_name": FRIENDLY_NAMES[name]}
    if name in SAID:
        return hint
    token = {"claim_token_format": [ID_TOKEN_FORMAT], "issuer": [issuer]}
    return {**hint, "claim_type": CLAIM_TYPE, **token}
