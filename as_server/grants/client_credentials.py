"""grant_type=client_credentials: a program that acts for nobody (RFC 6749 4.4, SMART Backend 1.1).

For clients whose profile has it, never for one of HEART's (HEART OAuth 2.1.4). The token speaks for
no person: its `sub` is the client, and no endpoint here that is about a person takes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from as_server.clients.profiles import CLIENT_CREDENTIALS
from as_server.errors import InvalidClient, InvalidScope, InvalidTarget, UnauthorizedClient
from as_server.grants.token_request import Check, TokenRequest, require
from as_server.models import client as clients
from as_server.tokens.authorization import Authorization, new_family

NOBODY = ""
OF_PEOPLE = frozenset({"openid", "profile", "email", "offline_access"})


@dataclass(slots=True)
class ProgramRequest(TokenRequest):
    """An access token for one resource server, or for this server when none is named."""

    scope: str = field(init=False)

    def proves_itself(self) -> bool:
        return not self.client.is_public

    def may_use_the_grant(self) -> bool:
        return self.client.check_grant_type(CLIENT_CREDENTIALS)

    def may_have_a_scope(self) -> bool:
        own = self.client.metadata_members["scope"].split()
        may = [scope for scope in own if scope not in OF_PEOPLE]
        wanted = self.form.get("scope")
        kept = [one for one in dict.fromkeys(wanted.split()) if one in may] if wanted else may
        self.scope = " ".join(kept)
        return bool(kept)

    @property
    def audience(self) -> str:
        return self.resources[0] if self.resources else self.issuer.settings.issuer

    def names_one_known_resource(self) -> bool:
        if self.audience == self.issuer.settings.issuer:
            return len(self.resources) <= 1
        known = clients.by_resource_server_base(self.work.db, self.audience)
        return len(self.resources) == 1 and known is not None


CHECKS: Final[tuple[Callable[[ProgramRequest], object], ...]] = (
    Check(ProgramRequest.proves_itself, InvalidClient, "A public client proves nothing."),
    Check(
        ProgramRequest.may_use_the_grant,
        UnauthorizedClient,
        "The client is not registered for this grant.",
    ),
    Check(
        ProgramRequest.may_have_a_scope,
        InvalidScope,
        "No scope that this client may have was asked for.",
    ),
    Check(
        ProgramRequest.names_one_known_resource,
        InvalidTarget,
        "One resource at a time, and one that is known here.",
    ),
)


def answer(asked: TokenRequest) -> dict[str, Any]:
    """An access token of the client's own."""
    request = ProgramRequest(asked.work, asked.issuer, asked.client, asked.form)
    require(CHECKS, request)
    issued = request.issuer.access_token(
        request.work,
        Authorization(request.client, NOBODY, new_family(), request.scope),
        audience=[request.audience],
        lifetime=request.issuer.settings.owner_token_lifetime,
    )
    return {
        "access_token": issued.value,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": request.scope,
    }
