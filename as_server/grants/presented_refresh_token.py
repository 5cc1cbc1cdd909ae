"""The refresh token of a token request, and what is found out about it (RFC 6749 6)."""

from dataclasses import dataclass, field

from as_server.db import in_turn
from as_server.errors import InvalidScope
from as_server.grants.token_request import TokenRequest
from as_server.models import account as accounts
from as_server.models import refresh_rotation, rpt_grant, rpt_refresh, whose
from as_server.models import token as tokens
from as_server.models.account import Account
from as_server.models.rpt_grant import Standing
from as_server.models.token import Token
from as_server.sharing.ending import end_family
from as_server.tokens.authorization import Authentication, Authorization
from as_server.tokens.target import Target, choose_target
from heart_uma.sealing import open_sealed, seal

GRANT_TYPE = "refresh_token"


@dataclass(slots=True)
class RefreshRequest(TokenRequest):
    """A refresh token that is to be traded for its successor.

    `grant` is what an RPT's still stands for, `target` whom any other's access token is for.
    """

    row: Token = field(init=False)
    grant: Standing | None = field(init=False, default=None)
    account: Account = field(init=False)
    target: Target = field(init=False)
    successor: str = field(init=False)

    @property
    def given(self) -> Authorization:
        """What the token stands for, and its successor after it."""
        row = self.row
        proved = Authentication(row.auth_time, row.acr, tuple(row.amr.split()))
        return Authorization(
            self.client,
            row.account_key,
            row.family,
            row.scope,
            proved,
            row.rpt_grant,
            row.reason,
            row.resource,
            row.owner,
        )

    def may_use_the_grant(self) -> bool:
        return self.client.check_grant_type(GRANT_TYPE)

    def sends_a_token(self) -> bool:
        return "refresh_token" in self.form

    def token_is_its_own(self) -> bool:
        db, value = self.work.db, self.form["refresh_token"]
        owner = whose.owner_of(db, self.issuer.seals, value)
        row = rpt_refresh.find(db, owner, value) or tokens.by_string(db, owner, value)
        if row is None or row.kind != "refresh" or row.client_id != self.client.client_id:
            return False
        self.row = row
        return True

    def token_is_live(self) -> bool:
        return self.row.is_live(self.work.now)

    def rpt_still_stands(self) -> bool:
        """True too for a token that is no RPT's."""
        if self.row.rpt_grant is not None:
            self.grant = rpt_grant.standing(
                self.work.connection, self.row.owner, self.row.rpt_grant
            )
        return (self.row.rpt_grant is None) == (self.grant is None)

    def person_is_still_here(self) -> bool:
        found = accounts.by_key(self.work.db, self.row.account_key)
        if found is None:
            return False
        self.account = found
        return True

    def rpt_is_asked_for_as_it_is(self) -> bool:
        return self.grant is None or not (self.resources or self.form.get("scope"))

    def aim(self) -> None:
        """Whom the access token is for and with which scopes, never more than the consent gave
        (RFC 6749 6); raises `InvalidScope` or `InvalidTarget`."""
        if self.grant is not None:
            return
        row, issuer, scope = self.row, self.issuer.settings.issuer, self.row.scope
        if asked := self.form.get("scope"):
            wanted = asked.split()
            if not set(wanted) <= set(scope.split()):
                raise InvalidScope("The scope exceeds what was granted.")
            scope = " ".join(dict.fromkeys(wanted))
        self.target = choose_target(self.work.db, issuer, scope, self.resources, row.resource)

    def token_is_spent_by_this(self) -> bool:
        """Exchange the token for its successor, or find the one that it was just exchanged for;
        any other second use ends the family."""
        work, row, presented = self.work, self.row, self.form["refresh_token"]
        in_turn(work.connection, row.family)
        if refresh_rotation.rotate(work.connection, row, work.now):
            issued = self.issuer.refresh_token(work, self.given, expires_at=row.expires_at)
            sealed = seal(presented, {"successor": issued.value})
            refresh_rotation.set_successor(
                work.connection, row.owner, row.hash, issued.hash, sealed
            )
            self.successor = issued.value
            return True
        if not self.client.is_public:
            since = work.now - self.issuer.settings.refresh_repeat_window
            kept = refresh_rotation.unused_successor(work.connection, row.owner, row.hash, since)
            if kept is not None:
                self.successor = str(open_sealed(presented, kept)["successor"])
                return True
        end_family(work, row.owner, row.family)
        return False
