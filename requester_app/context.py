"""The typed application of the requester app and its current instance (wiring)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from heart_ground import moments

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Engine

    from heart_ground.moments import Clock
    from heart_ground.outbound import Outbound
    from heart_uma.client_auth import ClientCredentials
    from heart_uma.jose import KeySet
    from requester_app.authorization_servers import AuthorizationServers
    from requester_app.settings import RequesterSettings


class RequesterApp(Flask):
    """What a page may ask for: settings, database, clock, HTTP, keys, authorization servers."""

    settings: RequesterSettings
    engine: Engine
    clock: Clock
    http: httpx.Client
    records: Outbound
    keys: KeySet
    credentials: ClientCredentials
    authorization_servers: AuthorizationServers

    def now(self) -> int:
        """The moment of this request in whole seconds since 1970."""
        return moments.seconds(moments.of_request(self.clock))

    @property
    def seal_secret(self) -> str:
        """The secret under which tokens and tickets rest."""
        return self.settings.secret.get_secret_value()


current_requester = cast(RequesterApp, current_app)


def this_app() -> RequesterApp:
    """The app itself, for threads: `current_requester` is a proxy that means nothing there."""
    return cast(RequesterApp, current_app._get_current_object())  # type: ignore[attr-defined]
