"""The typed application of the requester app and its current instance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from heart_ground import moments
from requester_app.visit import Means

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Engine

    from heart_ground.browser import Sessions
    from heart_ground.moments import Clock
    from heart_ground.outbound import Outbound
    from heart_uma.jose import KeySet
    from requester_app.authorization_servers import AuthorizationServers
    from requester_app.models.session import BrowserSession
    from requester_app.settings import RequesterSettings
    from requester_app.streams import Streams


class RequesterApp(Flask):
    """What a page may ask for: settings, database, clock, HTTP, keys, authorization servers."""

    settings: RequesterSettings
    engine: Engine
    clock: Clock
    http: httpx.Client
    records: Outbound
    keys: KeySet
    authorization_servers: AuthorizationServers
    sessions: Sessions[BrowserSession]
    streams: Streams

    @property
    def means(self) -> Means:
        """What is handed to whoever looks and asks."""
        settings = self.settings
        return Means(
            self.engine,
            settings.secret.get_secret_value(),
            self.authorization_servers,
            self.records,
            partial(moments.of_request, self.clock),
            settings.fetch_threads,
            settings.fetch_deadline,
        )


current_requester = cast(RequesterApp, current_app)
