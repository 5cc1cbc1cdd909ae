"""Authlib's AuthorizationServer, with its traps closed, built once per application.

Authlib reads query and form together, authenticates clients with secrets, refuses plain http by
the request's own URL, and repeats input in error texts. Here requests are built from parameters
that were checked before, by a client that was authenticated before, and errors are ours.
"""

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from werkzeug.datastructures import MultiDict

from as_server.grants.authorization_code import AuthorizationCodeGrant, S256Challenge
from as_server.grants.client_credentials import ClientCredentialsGrant
from as_server.grants.outcomes import Outcome
from as_server.grants.refresh_token import RefreshTokenGrant
from as_server.grants.uma_ticket import UmaTicketGrant
from as_server.models.client import Client
from as_server.tokens.issuing import Issuer
from as_server.work import Work


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
    """A token request under the issuer's own address, never under the Host header."""

    def __init__(
        self, uri: str, work: Work, client: Client, parameters: MultiDict[str, str]
    ) -> None:
        super().__init__(method="POST", uri=uri)
        self.work = work
        self.client = client
        self.auth_method = client.auth_method
        self.payload = CheckedPayload(parameters)

    @property
    def args(self) -> MultiDict[str, str]:
        return MultiDict()

    @property
    def form(self) -> MultiDict[str, str]:
        return self.payload.data


class HeartAuthorizationServer(AuthorizationServer):  # type: ignore[misc]
    """One per application, so two servers in one process are independent."""

    def __init__(self, issuer: Issuer) -> None:
        super().__init__()
        self.issuer = issuer
        self.settings = issuer.settings
        self.register_grant(AuthorizationCodeGrant, [S256Challenge()])
        self.register_grant(RefreshTokenGrant)
        self.register_grant(UmaTicketGrant)
        self.register_grant(ClientCredentialsGrant)

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        if isinstance(request, CheckedRequest):
            return request
        raise TypeError("build a CheckedRequest")

    def authenticate_client(
        self, request: CheckedRequest, methods: list[str], endpoint: str = "token"
    ) -> Client:
        """The client that was authenticated before the request was built."""
        return request.client

    def token_answer(
        self, work: Work, client: Client, parameters: MultiDict[str, str]
    ) -> dict[str, Any] | Outcome:
        """What a token request brings: a token response (RFC 6749 5.1), or what came of a
        permission ticket. Raises the error of a request that is wrong."""
        checked = CheckedRequest(f"{self.settings.issuer}/token", work, client, parameters)
        grant = self.get_token_grant(checked)
        grant.validate_token_request()
        answer: dict[str, Any] | Outcome = grant.create_token_response()
        return answer
