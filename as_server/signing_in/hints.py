"""Whom an app says it expects: `login_hint` and `id_token_hint` (OIDC Core 3.1.2.1)."""

from datetime import UTC, datetime

from as_server.models import pairwise_subject
from as_server.models.folding import folded
from as_server.signing_in.authorization_request import Asked
from as_server.signing_in.browser import SignedIn
from as_server.tokens.issuing import Issuer
from heart_uma.jose import JoseError, peek


def is_called(secret: bytes, asked: Asked, person: SignedIn, hint: str) -> bool:
    """True for the sign-in name or the e-mail address in whatever capitals, and for the subject."""
    account = person.account
    if hint == pairwise_subject.derive(secret, asked.client.client_id, account.key):
        return True
    return folded(hint) in (account.login_folded, account.email_folded)


def hinted_account(issuer: Issuer, now: int, asked: Asked) -> str | None:
    """`login_hint`, or the subject of a genuine `id_token_hint` (which may have expired)."""
    hint = asked.parameters.get("id_token_hint")
    if hint:
        subject = subject_of_hint(issuer, now, hint, asked.client.client_id)
        if subject is not None:
            return subject
    return asked.parameters.get("login_hint") or None


def subject_of_hint(issuer: Issuer, now: int, hint: str, client_id: str) -> str | None:
    """The `sub` of an ID token this server once issued to this client, expired or not."""
    try:
        issued = peek(hint)[1].get("iat")
        if not isinstance(issued, int) or issued > now:
            return None
        claims = issuer.verify_id_token(hint, client_id, datetime.fromtimestamp(issued, UTC))
    except (JoseError, ValueError, OverflowError):
        return None
    subject = claims.get("sub")
    return subject if isinstance(subject, str) else None
