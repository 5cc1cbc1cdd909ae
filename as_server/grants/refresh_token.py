"""grant_type=refresh_token with rotation (RFC 6749 6, RFC 9700 4.14; never assesses: Grant 3.6).

Each use spends the token and gives a successor. A client with keys may repeat the spent token for
30 s, while the successor is unused, and gets that same successor: three tabs of one app, or a
retry of a lost answer, are no theft. Time bounds it and not a count, for nothing more is given
away. Any other second use means a copy is about, and ends the whole family.
"""

from collections.abc import Callable
from typing import Any, Final

from as_server.errors import InvalidGrant, InvalidRequest, UnauthorizedClient
from as_server.grants.presented_refresh_token import RefreshRequest
from as_server.grants.token_request import Check, TokenRequest, require
from as_server.models import client as clients
from as_server.models import rpt_grant
from as_server.models.rpt_grant import Standing
from as_server.tokens.granted_permissions import until
from as_server.tokens.token_answer import TokenAnswer

REFUSED = "The refresh token is not valid."
_NOT_FOR_CLIENT = "The client is not registered for this grant."

CHECKS: Final[tuple[Callable[[RefreshRequest], object], ...]] = (
    Check(RefreshRequest.may_use_the_grant, UnauthorizedClient, _NOT_FOR_CLIENT),
    Check(RefreshRequest.sends_a_token, InvalidRequest, "A refresh_token is needed."),
    Check(RefreshRequest.token_is_its_own, InvalidGrant, REFUSED),
    Check(RefreshRequest.token_is_live, InvalidGrant, REFUSED),
    Check(RefreshRequest.rpt_still_stands, InvalidGrant, REFUSED),
    Check(RefreshRequest.person_is_still_here, InvalidGrant, REFUSED),
    Check(
        RefreshRequest.rpt_is_asked_for_as_it_is, InvalidRequest, "An RPT is refreshed as it is."
    ),
    RefreshRequest.aim,
    # Last, for it spends: a request that is wrong otherwise costs the client nothing, and only who
    # has proven that the token is his own can end its family by using it twice (RFC 9700 4.14.2).
    Check(RefreshRequest.token_is_spent_by_this, InvalidGrant, REFUSED),
)


def answer(asked: TokenRequest) -> dict[str, Any]:
    """An access token or an RPT, and the successor of the refresh token."""
    request = RefreshRequest(asked.work, asked.issuer, asked.client, asked.form)
    require(CHECKS, request)
    if request.grant is not None:
        body = _refreshed_rpt(request, request.grant)
    else:
        consent = TokenAnswer(request.account, request.given, request.row.expires_at)
        body = consent.with_access_token(request.work, request.issuer, request.target)
    body["refresh_token"] = request.successor
    return body


def _refreshed_rpt(request: RefreshRequest, grant: Standing) -> dict[str, Any]:
    """A new RPT that points to the same grant: worth what introspection says, never more."""
    server = clients.by_id(request.work.connection, grant.rs_client_id)
    if server is None:
        raise InvalidGrant(REFUSED)
    audience = [server.rs_base or server.client_id]
    issued = request.issuer.access_token(request.work, request.given, audience=audience)
    return {
        "access_token": issued.value,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        # Not assessed, so no later than when it was issued: an end only ever comes closer.
        **until(rpt_grant.parse_entries(grant.entries)),
    }
