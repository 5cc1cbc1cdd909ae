"""The typed application object: what an endpoint may reach through `current_as`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from heart_ground import moments

if TYPE_CHECKING:
    import httpx
    from flask import Response
    from sqlalchemy import Engine

    from as_server.clients.keys import ClientKeys
    from as_server.oauth import HeartAuthorizationServer
    from as_server.settings import AsSettings
    from as_server.sharing.deliveries import Deliveries
    from as_server.signing_in.passwords import Passwords
    from as_server.signing_in.rate_limit import RateLimits
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
    client_keys: ClientKeys
    deliveries: Deliveries
    passwords: Passwords
    rate_limits: RateLimits
    authorization: HeartAuthorizationServer
    ballast: Ballast

    def full_dispatch_request(self) -> Response:
        """Run the request; on a full disk once more, with the room that was kept for it."""
        return self.ballast.run(super().full_dispatch_request)


current_as = cast(AsServer, current_app)


def now() -> int:
    """The moment of this request in whole seconds since 1970."""
    return moments.seconds(moments.of_request(current_as.clock))
