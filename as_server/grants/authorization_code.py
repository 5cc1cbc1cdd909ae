"""grant_type=authorization_code with S256 for everyone (RFC 6749 4.1, RFC 7636, RFC 8707)."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge

from as_server.errors import InvalidGrant, InvalidRequest
from as_server.models import account as accounts
from as_server.models import authorization_code as codes
from as_server.models import token as tokens
from as_server.models.account import Account
from as_server.models.authorization_code import AuthorizationCode
from as_server.models.client import Client
from as_server.sharing.ending import end_family
from as_server.tokens.issuing import Authentication, new_family
from as_server.tokens.token_answer import TokenAnswer, choose_target
from as_server.work import Work

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}", re.ASCII)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
REFUSED = "The code is not valid."


class S256Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256 only and always; Authlib's own takes `plain` and no challenge at all."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        verifier = grant.request.form.get("code_verifier", "")
        challenge = grant.request.authorization_code.code_challenge
        if not challenge:
            # A code without a challenge cannot come from here; a verifier must not upgrade it.
            raise InvalidRequest("The code was issued without a challenge.")
        # fullmatch: `$` would let a trailing newline through.
        if not VERIFIER.fullmatch(verifier):
            raise InvalidGrant("The code_verifier is missing or does not fit.")
        if not self.CODE_CHALLENGE_METHODS["S256"](verifier, challenge):
            raise InvalidGrant("The code_verifier is missing or does not fit.")


def check_challenge(parameters: Any) -> None:
    """Refuse an authorization request without an S256 challenge."""
    if parameters.get("code_challenge_method") != "S256":
        raise InvalidRequest("code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(parameters.get("code_challenge") or ""):
        raise InvalidRequest("A code_challenge is needed.")


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
    """A fresh code for an authorization request that was checked and agreed to (RFC 6749 4.1.2)."""
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


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes live 60 s, are spent once by who proves possession, and their reuse by the same ends
    what they issued (RFC 9700 4.5)."""

    def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode | None:
        """A code of this client's, spent or not. Looking costs nothing: it may be a stranger who
        read it somewhere, and neither the code nor what it gave is his to take away."""
        work: Work = self.request.work
        found = codes.by_hash(work.db, tokens.hash_of(code), work.now)
        return found if found is not None and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
        """Nothing to do: `_spend` is what makes it single use."""

    def _spend(self, code: AuthorizationCode) -> None:
        """Spend the code, now that client, redirect URI and verifier are proven (RFC 6749 4.1.2).

        Whatever is wrong with the rest of the request, it stays spent. Raises `InvalidGrant` for a
        code that was spent before, and ends what it issued.
        """
        work: Work = self.request.work
        remember_until = work.now + self.server.settings.refresh_token_lifetime
        if not codes.spend(work.connection, code.hash, work.now, remember_until):
            end_family(work, code.family)
            raise InvalidGrant(REFUSED)

    def authenticate_user(self, authorization_code: AuthorizationCode) -> Account | None:
        return accounts.by_key(self.request.work.db, authorization_code.account_key)

    def create_token_response(self) -> dict[str, Any]:
        code: AuthorizationCode = self.request.authorization_code
        self._spend(code)
        account = self.authenticate_user(code)
        if account is None:
            raise InvalidGrant(REFUSED)
        work, issuer = self.request.work, self.server.issuer
        asked = self.request.payload.datalist.get("resource", [])
        target = choose_target(
            work.db, self.server.settings.issuer, code.scope, asked, code.resource
        )
        answer = TokenAnswer(
            client=self.client,
            account=account,
            family=code.family,
            granted=code.scope,
            authentication=Authentication(
                auth_time=code.auth_time,
                acr=code.acr,
                amr=tuple(code.amr.split()),
                nonce=code.nonce,
            ),
            resource=code.resource,
        )
        body = answer.with_access_token(work, issuer, target)
        if answer.may_refresh:
            body["refresh_token"] = answer.new_refresh_token(work, issuer).value
        return body
