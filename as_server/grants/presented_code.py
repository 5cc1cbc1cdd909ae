"""The code of a token request, and what is found out about it (RFC 6749 4.1.3, RFC 7636 4.6)."""

import re
from dataclasses import dataclass, field

from authlib.oauth2.rfc7636.challenge import compare_s256_code_challenge

from as_server.grants.token_request import TokenRequest
from as_server.models import account as accounts
from as_server.models import authorization_code as codes
from as_server.models import token as tokens
from as_server.models.account import Account
from as_server.models.authorization_code import AuthorizationCode
from as_server.sharing.ending import end_family
from as_server.tokens.target import Target, choose_target

GRANT_TYPE = "authorization_code"
VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}", re.ASCII)


@dataclass(slots=True)
class CodeRequest(TokenRequest):
    """A code that is to be traded for tokens."""

    code: AuthorizationCode = field(init=False)
    account: Account = field(init=False)
    target: Target = field(init=False)

    def may_use_the_grant(self) -> bool:
        return self.client.check_grant_type(GRANT_TYPE)

    def sends_a_code(self) -> bool:
        return "code" in self.form

    def code_is_its_own(self) -> bool:
        """A code of this client's, spent or not. Looking costs nothing: it may be a stranger who
        read it somewhere, and neither the code nor what it gave is his to take away."""
        digest = tokens.hash_of(self.form["code"])
        found = codes.by_hash(self.work.db, digest, self.work.now)
        if found is None or found.client_id != self.client.client_id:
            return False
        self.code = found
        return True

    def comes_back_where_it_began(self) -> bool:
        return self.form.get("redirect_uri") == self.code.redirect_uri

    def code_has_a_challenge(self) -> bool:
        """A code without one cannot come from here; a verifier must not upgrade it."""
        return bool(self.code.code_challenge)

    def verifier_fits(self) -> bool:
        verifier = self.form.get("code_verifier", "")
        # fullmatch: `$` would let a trailing newline through.
        return VERIFIER.fullmatch(verifier) is not None and bool(
            compare_s256_code_challenge(verifier, self.code.code_challenge)
        )

    def code_is_spent_by_this(self) -> bool:
        """Spent in one statement; the second use of a code ends what the first one gave."""
        work = self.work
        remember_until = work.now + self.issuer.settings.refresh_token_lifetime
        if codes.spend(work.connection, self.code.hash, work.now, remember_until):
            return True
        end_family(work, self.code.account_key, self.code.family)
        return False

    def person_is_still_here(self) -> bool:
        found = accounts.by_key(self.work.db, self.code.account_key)
        if found is None:
            return False
        self.account = found
        return True

    def aim(self) -> None:
        """Whom the access token is for; raises `InvalidTarget`."""
        issuer, code = self.issuer.settings.issuer, self.code
        self.target = choose_target(self.work.db, issuer, code.scope, self.resources, code.resource)
