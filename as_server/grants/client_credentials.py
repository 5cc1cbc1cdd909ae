"""grant_type=client_credentials: a program that acts for nobody (RFC 6749 4.4, SMART Backend 1.1).

For clients whose profile has it, never for one of HEART's (HEART OAuth 2.1.4). The token speaks for
no person: its `sub` is the client, and no endpoint here that is about a person takes it.
"""

from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin

from as_server.clients.profiles import CLIENT_CREDENTIALS
from as_server.errors import InvalidClient, InvalidScope, InvalidTarget, UnauthorizedClient
from as_server.models import client as clients
from as_server.models.client import Client
from as_server.tokens.issuing import new_family

NOBODY = ""
OF_PEOPLE = frozenset({"openid", "profile", "email", "offline_access"})


class ClientCredentialsGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """An access token for one resource server, or for this server when none is named."""

    GRANT_TYPE = CLIENT_CREDENTIALS

    def validate_token_request(self) -> None:
        client: Client = self.authenticate_token_endpoint_client()
        if client.is_public:
            raise InvalidClient("A public client proves nothing.")
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClient("The client is not registered for this grant.")

    def create_token_response(self) -> dict[str, Any]:
        client: Client = self.client
        wanted = self.request.form.get("scope")
        may = [
            scope for scope in client.metadata_members["scope"].split() if scope not in OF_PEOPLE
        ]
        scope = [one for one in dict.fromkeys(wanted.split()) if one in may] if wanted else may
        if not scope:
            raise InvalidScope("No scope that this client may have was asked for.")
        issued = self.server.issuer.access_token(
            self.request.work,
            client,
            NOBODY,
            family=new_family(),
            scope=" ".join(scope),
            audience=[self._audience()],
            lifetime=self.server.settings.owner_token_lifetime,
        )
        body = {
            "access_token": issued.value,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "scope": " ".join(scope),
        }
        return body

    def _audience(self) -> str:
        asked = self.request.payload.datalist.get("resource", [])
        issuer: str = self.server.settings.issuer
        if not asked or asked == [issuer]:
            return issuer
        db = self.request.work.db
        if len(asked) > 1 or clients.by_resource_server_base(db, asked[0]) is None:
            raise InvalidTarget("One resource at a time, and one that is known here.")
        return str(asked[0])
