"""grant_type=refresh_token with rotation (RFC 6749 6, RFC 9700 4.14; never assesses: Grant 3.6).

Each use spends the token and gives a successor. A client with keys may repeat the spent token for
30 s, while the successor is unused, and gets that same successor: three tabs of one app, or a
retry of a lost answer, are no theft. Time bounds it and not a count, for nothing more is given
away. Any other second use means a copy is about, and ends the whole family.
"""

from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin

from as_server.db import in_turn
from as_server.errors import InvalidGrant, InvalidRequest, InvalidScope, UnauthorizedClient
from as_server.models import account as accounts
from as_server.models import client as clients
from as_server.models import refresh_rotation, rpt_grant
from as_server.models import token as tokens
from as_server.models.client import Client
from as_server.models.rpt_grant import Standing
from as_server.models.token import Token
from as_server.sharing.ending import end_family
from as_server.tokens.granted_permissions import until
from as_server.tokens.issuing import Authentication, Issuer
from as_server.tokens.token_answer import TokenAnswer, choose_target
from as_server.work import Work
from heart_uma.sealing import open_sealed, seal

REFUSED = "The refresh token is not valid."


class RefreshTokenGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Validate first, spend second: a malformed request does not cost the client its token."""

    GRANT_TYPE = "refresh_token"

    grant: Standing | None
    """Of an RPT's refresh token: what it still stands for."""

    def validate_token_request(self) -> None:
        client: Client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClient("The client is not registered for this grant.")
        presented = self.request.form.get("refresh_token")
        if not presented:
            raise InvalidRequest("A refresh_token is needed.")
        work: Work = self.request.work
        row = tokens.by_string(work.db, presented)
        if row is None or row.kind != "refresh" or row.client_id != client.client_id:
            raise InvalidGrant(REFUSED)
        if not row.is_live(work.now):
            raise InvalidGrant(REFUSED)
        self.grant = None
        if row.rpt_grant is not None:
            self.grant = rpt_grant.standing(work.connection, row.rpt_grant)
            if self.grant is None:
                raise InvalidGrant(REFUSED)
        self.request.refresh_token = row

    def create_token_response(self) -> dict[str, Any]:
        row: Token = self.request.refresh_token
        work: Work = self.request.work
        presented: str = self.request.form["refresh_token"]
        account = accounts.by_key(work.db, row.account_key)
        if account is None:
            raise InvalidGrant(REFUSED)
        answer = TokenAnswer(
            client=self.client,
            account=account,
            family=row.family,
            granted=row.scope,
            authentication=_authentication_of(row),
            refresh_expires_at=row.expires_at,
            resource=row.resource,
        )
        if self.grant is not None:
            if self.request.payload.datalist.get("resource") or self.request.form.get("scope"):
                raise InvalidRequest("An RPT is refreshed as it is.")
            successor = self._exchange(row, presented, answer)
            body = self._refreshed_rpt(row, self.grant)
        else:
            scope = _narrowed(row.scope, self.request.form.get("scope"))
            asked = self.request.payload.datalist.get("resource", [])
            target = choose_target(work.db, self.server.settings.issuer, scope, asked, row.resource)
            successor = self._exchange(row, presented, answer)
            body = answer.with_access_token(work, self.server.issuer, target)
        body["refresh_token"] = successor
        return body

    def _exchange(self, row: Token, presented: str, answer: TokenAnswer) -> str:
        """The successor of this token, or `InvalidGrant` and the end of the family."""
        work: Work = self.request.work
        issuer: Issuer = self.server.issuer
        in_turn(work.connection, row.family)
        if refresh_rotation.rotate(work.connection, row.hash, work.now):
            issued = issuer.refresh_token(
                work,
                self.client,
                row.account_key,
                family=row.family,
                scope=row.scope,
                authentication=answer.authentication,
                expires_at=row.expires_at,
                rpt_grant=row.rpt_grant,
                reason=row.reason,
                resource=row.resource,
            )
            sealed = seal(presented, {"successor": issued.value})
            refresh_rotation.set_successor(work.connection, row.hash, issued.hash, sealed)
            return issued.value
        if not self.client.is_public:
            since = work.now - self.server.settings.refresh_repeat_window
            kept = refresh_rotation.unused_successor(work.connection, row.hash, since)
            if kept is not None:
                return str(open_sealed(presented, kept)["successor"])
        end_family(work, row.family)
        raise InvalidGrant(REFUSED)

    def _refreshed_rpt(self, row: Token, grant: Standing) -> dict[str, Any]:
        """A new RPT that points to the same grant: worth what introspection says, never more."""
        work: Work = self.request.work
        server = clients.by_id(work.connection, grant.rs_client_id)
        if server is None:
            raise InvalidGrant(REFUSED)
        issued = self.server.issuer.access_token(
            work,
            self.client,
            row.account_key,
            family=row.family,
            audience=[server.rs_base or server.client_id],
            kind="rpt",
            rpt_grant=row.rpt_grant,
            reason=row.reason,
            authentication=_authentication_of(row),
        )
        return {
            "access_token": issued.value,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            # Not assessed, so no later than when it was issued: an end only ever comes closer.
            **until(rpt_grant.parse_entries(grant.entries)),
        }


def _authentication_of(row: Token) -> Authentication:
    return Authentication(auth_time=row.auth_time, acr=row.acr, amr=tuple(row.amr.split()))


def _narrowed(granted: str, asked: str | None) -> str:
    """The scopes of this one answer: never more than the consent gave (RFC 6749 6)."""
    if not asked:
        return granted
    wanted = asked.split()
    if not set(wanted) <= set(granted.split()):
        raise InvalidScope("The scope exceeds what was granted.")
    return " ".join(dict.fromkeys(wanted))
