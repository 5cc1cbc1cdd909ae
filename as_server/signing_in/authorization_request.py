"""Reading an authorization request: the redirect URI is settled before anything else.

Until client and redirect URI are known to belong together every fault is a page, never a redirect;
after that it goes to the client with `error`, `state` and `iss` (RFC 6749 4.1.2.1, RFC 9207).
"""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from as_server.clients.profiles import Profile, profile_of
from as_server.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    PageError,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from as_server.messages.form import with_values
from as_server.models import client as clients
from as_server.models.client import Client
from as_server.settings import AsSettings
from as_server.work import Work
from heart_ui.words import N_

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
MAX_LENGTH = 2048
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
UNKNOWN_APP = N_("The app that sent you here is not known to this service.")
WRONG_ADDRESS = N_("The app that sent you here gave an address that does not belong to it.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorization request: `scope` is what may be granted of what was asked.

    `parameters` are those that were sent with a value.
    """

    client: Client
    redirect_uri: str
    parameters: MultiDict[str, str]
    scope: tuple[str, ...]
    prompt: frozenset[str]
    max_age: int | None

    @property
    def state(self) -> str | None:
        return self.parameters.get("state")


def find_client(work: Work, parameters: MultiDict[str, str]) -> Client:
    """The client, once it is sure that the redirect URI is its own; else a page."""
    ids, uris = parameters.getlist("client_id"), parameters.getlist("redirect_uri")
    client = clients.by_id(work.db, ids[0]) if len(ids) == 1 else None
    if client is None:
        raise PageError(UNKNOWN_APP)
    if len(uris) != 1 or not client.check_redirect_uri(uris[0]):
        raise PageError(WRONG_ADDRESS)
    return client


def check(
    db: Session, settings: AsSettings, parameters: MultiDict[str, str], client: Client
) -> Asked:
    """Everything else; raises `WireError` for the client to receive."""
    for _, values in parameters.lists():
        if len(values) > 1:
            raise InvalidRequest("A parameter was sent more than once.")
        if len(values[0]) > MAX_LENGTH or not values[0].isprintable():
            raise InvalidRequest("A parameter is too long or holds unusable characters.")
    parameters = with_values(parameters)
    if "request" in parameters:
        raise RequestNotSupported("Request objects are not offered.")
    if "request_uri" in parameters:
        raise RequestUriNotSupported("Request objects are not offered.")
    if parameters.get("response_type") != "code":
        raise UnsupportedResponseType("response_type must be code.")
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequest("response_mode must be query.")
    if not client.check_response_type("code"):
        raise UnauthorizedClient("The client is not registered for authorization codes.")
    profile = profile_of(client, settings.client_profiles)
    if profile is None:
        raise UnauthorizedClient("The profile of this client is not offered.")
    _check_challenge(parameters)
    _check_resource(db, settings.issuer, parameters)
    return Asked(
        client=client,
        redirect_uri=parameters["redirect_uri"],
        parameters=parameters,
        scope=_scope(parameters, client, profile),
        prompt=_prompt(parameters),
        max_age=_max_age(parameters),
    )


def _scope(parameters: MultiDict[str, str], client: Client, profile: Profile) -> tuple[str, ...]:
    scope = client.get_allowed_scope(parameters.get("scope")).split()
    if client.is_public:
        # A browser app neither asks for nor receives a refresh token (HEART OAuth 2.1.3).
        scope = [name for name in scope if name != "offline_access"]
    if not scope:
        raise InvalidScope("No scope that this client may have was asked for.")
    if "openid" in scope and profile.needs_nonce and not parameters.get("nonce"):
        raise InvalidRequest("A nonce is needed with openid.")
    return tuple(scope)


def _prompt(parameters: MultiDict[str, str]) -> frozenset[str]:
    prompt = frozenset(parameters.get("prompt", "").split())
    if not prompt <= PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise InvalidRequest("prompt has a value that is not offered.")
    return prompt


def _max_age(parameters: MultiDict[str, str]) -> int | None:
    value = parameters.get("max_age")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise InvalidRequest("max_age must be a number of seconds.")
    return int(value)


def _check_challenge(parameters: MultiDict[str, str]) -> None:
    """S256 for everyone (RFC 7636 4.3)."""
    if parameters.get("code_challenge_method") != "S256":
        raise InvalidRequest("code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(parameters.get("code_challenge") or ""):
        raise InvalidRequest("A code_challenge is needed.")


def _check_resource(db: Session, issuer: str, parameters: MultiDict[str, str]) -> None:
    resource = parameters.get("resource")
    if resource is None or resource == issuer:
        return
    if clients.by_resource_server_base(db, resource) is None:
        raise InvalidTarget("The resource is unknown here.")
