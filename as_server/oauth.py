"""Authlib's AuthorizationServer, with its traps closed, built once per application.

Authlib reads query and form together, authenticates clients with secrets, refuses plain http by
the request's own URL, and repeats input in error texts. Here requests are built from parameters
that were checked before, clients authenticate by `clients.authentication`, and errors are ours.
"""

from typing import TYPE_CHECKING, Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import OAuth2Error, OAuth2Payload, OAuth2Request
from flask import Response, request
from werkzeug.datastructures import MultiDict

from as_server.clients.authentication import authenticate_client
from as_server.context import current_as
from as_server.db import session
from as_server.grants.authorization_code import AuthorizationCodeGrant, S256Challenge
from as_server.grants.client_credentials import ClientCredentialsGrant
from as_server.grants.refresh_token import RefreshTokenGrant
from as_server.grants.uma_ticket import UmaTicketGrant
from as_server.models import client as clients
from as_server.models.client import Client

if TYPE_CHECKING:
    from as_server.context import AsServer
    from as_server.signing_in.next_step import Grantor


class CheckedPayload(OAuth2Payload):  # type: ignore[misc]
    """Parameters that were read strictly before Authlib sees them."""

    def __init__(self, parameters: MultiDict[str, str]) -> None:
        self._parameters = parameters

    @property
    def data(self) -> MultiDict[str, str]:
        return self._parameters

    @property
    def datalist(self) -> dict[str, list[str]]:
        return dict(self._parameters.lists())


class CheckedRequest(OAuth2Request):  # type: ignore[misc]
    """An OAuth request under the issuer's own address, never under the Host header."""

    def __init__(self, method: str, uri: str, parameters: MultiDict[str, str]) -> None:
        super().__init__(method=method, uri=uri, headers=dict(request.headers))
        self.payload = CheckedPayload(parameters)

    @property
    def args(self) -> MultiDict[str, str]:
        return MultiDict()

    @property
    def form(self) -> MultiDict[str, str]:
        return self.payload.data


class HeartAuthorizationServer(AuthorizationServer):  # type: ignore[misc]
    """One per application, so two servers in one process are independent."""

    def query_client(self, client_id: str) -> Client | None:
        return clients.by_id(session(), client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Tokens are stored where they are issued (`issuing`)."""

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        if isinstance(request, CheckedRequest):
            return request
        raise TypeError("build a CheckedRequest")

    def authenticate_client(
        self, request: OAuth2Request, methods: list[str], endpoint: str = "token"
    ) -> Client:
        client = authenticate_client(request.payload.data, allow_public=True)
        request.client = client
        request.auth_method = client.auth_method
        return client

    def token_answer(self, parameters: MultiDict[str, str]) -> Response:
        """Answer a token request, or raise the error for the handler to write."""
        checked = CheckedRequest("POST", current_as.settings.issuer + "/token", parameters)
        grant = self.get_token_grant(checked)
        grant.validate_token_request()
        response: Response = self.handle_response(*grant.create_token_response())
        return response

    def code_for(self, parameters: MultiDict[str, str], grantor: "Grantor") -> str:
        """A fresh code for a request that was validated and agreed to."""
        checked = CheckedRequest("GET", current_as.settings.issuer + "/authorize", parameters)
        grant = self.get_authorization_grant(checked)
        try:
            grant.validate_authorization_request()
        except OAuth2Error as error:
            # Never let Authlib decide where an error goes: it has redirected too early before.
            raise RuntimeError("a validated request was refused") from error
        checked.user = grantor
        code: str = grant.generate_authorization_code()
        grant.save_authorization_code(code, checked)
        return code


def build(app: "AsServer") -> HeartAuthorizationServer:
    """The server of this application with its grants."""
    server = HeartAuthorizationServer()
    server.init_app(app)
    server.register_grant(AuthorizationCodeGrant, [S256Challenge()])
    server.register_grant(RefreshTokenGrant)
    server.register_grant(UmaTicketGrant)
    server.register_grant(ClientCredentialsGrant)
    return server
