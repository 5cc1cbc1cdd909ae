"""grant_type=authorization_code with S256 for everyone (RFC 6749 4.1, RFC 7636, RFC 8707).

Codes live 60 s, are spent once by who proves possession, and their reuse by the same ends what they
issued (RFC 9700 4.5).
"""

from collections.abc import Callable
from typing import Any, Final

from as_server.errors import InvalidGrant, InvalidRequest, UnauthorizedClient
from as_server.grants.presented_code import GRANT_TYPE, CodeRequest
from as_server.grants.token_request import Check, TokenRequest, require
from as_server.tokens.authorization import Authentication, Authorization
from as_server.tokens.token_answer import TokenAnswer

REFUSED = "The code is not valid."
_NOT_FOR_CLIENT = f"The client is not authorized to use 'grant_type={GRANT_TYPE}'"
_WRONG_VERIFIER = "The code_verifier is missing or does not fit."

CHECKS: Final[tuple[Callable[[CodeRequest], object], ...]] = (
    Check(CodeRequest.may_use_the_grant, UnauthorizedClient, _NOT_FOR_CLIENT),
    Check(CodeRequest.sends_a_code, InvalidRequest, "Missing 'code' in request."),
    Check(CodeRequest.code_is_its_own, InvalidGrant, "Invalid 'code' in request."),
    Check(
        CodeRequest.comes_back_where_it_began,
        InvalidGrant,
        "Invalid 'redirect_uri' in request.",
    ),
    Check(
        CodeRequest.code_has_a_challenge,
        InvalidRequest,
        "The code was issued without a challenge.",
    ),
    Check(CodeRequest.verifier_fits, InvalidGrant, _WRONG_VERIFIER),
    # Single use punishes only here, where client, redirect URI and verifier are proven: who merely
    # saw the code somewhere can neither spend it nor end what it gave (RFC 6749 4.1.2, RFC 9700
    # 4.5). Whatever is wrong with the rest of the request, it stays spent.
    Check(CodeRequest.code_is_spent_by_this, InvalidGrant, REFUSED),
    Check(CodeRequest.person_is_still_here, InvalidGrant, REFUSED),
    CodeRequest.aim,
)


def answer(asked: TokenRequest) -> dict[str, Any]:
    """The tokens of one consent, for its code."""
    request = CodeRequest(asked.work, asked.issuer, asked.client, asked.form)
    require(CHECKS, request)
    consent = _consent(request)
    body = consent.with_access_token(request.work, request.issuer, request.target)
    if consent.may_refresh:
        body["refresh_token"] = consent.new_refresh_token(request.work, request.issuer).value
    return body


def _consent(request: CodeRequest) -> TokenAnswer:
    code = request.code
    proved = Authentication(code.auth_time, code.acr, tuple(code.amr.split()), code.nonce)
    given = Authorization(
        client=request.client,
        account_key=request.account.key,
        family=code.family,
        scope=code.scope,
        authentication=proved,
        resource=code.resource,
    )
    return TokenAnswer(request.account, given)
