"""Where a browser goes on once it is known who is at it: to what waits for her there."""

from flask import url_for

from as_server.models.authorization_request import AuthorizationRequest


def way_on(pending: AuthorizationRequest) -> str:
    """The page of an authorization request or of a claims interaction that waits."""
    if pending.gathers_claims:
        return url_for("claims_interaction.resume", pending=pending.key)
    return url_for("authorization.resume", key=pending.key)
