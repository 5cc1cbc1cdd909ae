"""The typed application object, and what an endpoint or a page may reach of its request.

Nothing below `endpoints/` and `pages/` reaches anything here: it is given what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, g, has_request_context, request

from as_server.clients import cross_origin
from as_server.messages import headers
from as_server.route import Face, Route
from as_server.signing_in.browser import Browser
from as_server.tokens import bearer
from as_server.work import Work
from heart_ground import moments
from heart_ground.durable.ballast import has_kept_a_part

if TYPE_CHECKING:
    import httpx
    from flask import Response
    from sqlalchemy import Engine
    from werkzeug.datastructures import MultiDict

    from as_server.clients.authentication import ClientAuthentication, Proof
    from as_server.clients.keys import ClientKeys
    from as_server.models.client import Client
    from as_server.settings import AsSettings
    from as_server.sharing.deliveries import Deliveries
    from as_server.sharing.events import Announcements
    from as_server.sharing.mailings import Mailings
    from as_server.sharing.remembered_answers import RememberedAnswers
    from as_server.signing_in.passwords import Passwords
    from as_server.signing_in.rate_limit import RateLimits
    from as_server.tokens.bearer import BearerToken
    from as_server.tokens.issuing import Issuer
    from as_server.tokens.keys import SigningKeys
    from heart_ground.durable.ballast import Ballast
    from heart_ground.durable.group_commit import GroupCommit
    from heart_ground.moments import Clock


class AsServer(Flask):
    """The authorization server with everything it was composed of."""

    settings: AsSettings
    clock: Clock
    http: httpx.Client
    engine: Engine
    group_commit: GroupCommit | None
    keys: SigningKeys
    issuer: Issuer
    client_keys: ClientKeys
    client_authentication: ClientAuthentication
    deliveries: Deliveries
    announcements: Announcements
    mailings: Mailings | None
    """None where no mail server is set."""
    passwords: Passwords
    rate_limits: RateLimits
    remembered_answers: RememberedAnswers
    ballast: Ballast
    routes: Mapping[str, Route]
    """By the name of their address."""
    addresses: Mapping[str, str]
    """Member of the metadata document -> path."""
    openapi: Callable[[], Mapping[str, Any]]

    def full_dispatch_request(self) -> Response:
        """Run the request; on a full disk once more, with the room that was kept for it."""
        return self.ballast.run(super().full_dispatch_request)

    def new_work(self) -> Work:
        """A work of its own, of now."""
        return Work(self.engine, self.group_commit, self.clock, self.clock())


current_as = cast(AsServer, current_app)
_ONLY_READ = ("GET", "HEAD")


def work() -> Work:
    """This request's work, at the one moment that the whole request happens at.

    One that is safe (RFC 9110 9.2.1) keeps nobody from writing.
    """
    found: Work | None = g.get("work")
    if found is None:
        at = moments.of_request(current_as.clock)
        safe = has_request_context() and request.method in _ONLY_READ
        found = g.work = Work(
            current_as.engine, current_as.group_commit, current_as.clock, at, only_reads=safe
        )
    return found


def route() -> Route | None:
    """The row of the address that was asked for; None for one that is not of this server's."""
    return current_as.routes.get(request.endpoint or "")


def is_for_a_person() -> bool:
    """True where an error is a page."""
    asked = route()
    return asked is not None and asked.face is Face.PAGE


def end_work(response: Response) -> Response:
    """Commit below 500 (a refusal keeps what it spent), else roll back."""
    found: Work | None = g.get("work")
    if found is not None:
        if response.status_code >= 500:
            found.close()
        else:
            found.end()
    return response


def tell_rest(response: Response) -> Response:
    """After-request: tell of what was taken away on the way to an error (a copied token, say)."""
    # What was rolled back is nobody's news.
    if response.status_code < 500 or has_kept_a_part():
        current_as.announcements.tell_rest(work())
    return response


def close_work(_error: BaseException | None = None) -> None:
    found: Work | None = g.pop("work", None)
    if found is not None:
        found.close()


def browser() -> Browser:
    """The browser that sent this request."""
    found: Browser | None = g.get("browser")
    if found is None:
        found = g.browser = Browser(work(), current_as.settings, request.cookies)
    return found


def set_cookie(response: Response) -> Response:
    """After-request: send the browser's cookie if this request made or changed one."""
    found: Browser | None = g.get("browser")
    if found is not None:
        found.set_cookie(response)
    return response


def bearer_token(required_scope: str) -> BearerToken:
    """The token in the Authorization header, noted as the one whose client's pages may read the
    answer."""
    issuer = current_as.settings.issuer
    token = bearer.authenticate(
        work(), issuer, current_as.issuer.seals, request.headers.get_all("Authorization")
    )
    g.cross_origin_client = token.client_id
    bearer.require_scope(token, required_scope, issuer)
    return token


def authenticated_client(form: MultiDict[str, str], *, allow_public: bool) -> Client:
    """The client that sent this form, noted as the one whose pages may read the answer."""
    return spent(proof_of_client(form, allow_public=allow_public))


def proof_of_client(form: MultiDict[str, str], *, allow_public: bool) -> Proof:
    """The same, while its proof is yet to be spent (`spent`): nothing may come of it before."""
    header = request.headers.get("Authorization", "")
    authentication = current_as.client_authentication
    return authentication.prove(work(), form, header, allow_public=allow_public)


def spent(proof: Proof) -> Client:
    """The client whose proof is spent by this."""
    client = proof.spend(work())
    g.cross_origin_client = client.client_id
    return client


def set_headers(response: Response) -> Response:
    """After-request: what a browser may do with the answer, and which pages may read it."""
    asked = route()
    public = asked is not None and asked.face is Face.PUBLIC
    headers.set_headers(response, public=public, is_https=current_as.settings.is_https)
    if asked is not None and asked.for_apps:
        cross_origin.allow(work(), request, response, g.get("cross_origin_client"))
    return response
