"""What goes on while the disk is full: all that takes access away, nothing that gives it.

While the ballast is spent nothing new is granted; signing in, policies and revocation go on.
"""

from flask import request

from as_server.context import route
from as_server.errors import WireError
from heart_ground.durable.ballast import Ballast
from heart_uma.metadata import UMA_TICKET_GRANT


class NothingNew(WireError):
    """The disk is full: what takes access away still works, what gives it does not."""

    error = "temporarily_unavailable"
    status_code = 503

    def __init__(self) -> None:
        super().__init__("The disk is full; nothing new is granted.", headers={"Retry-After": "60"})


def refuse_granting(ballast: Ballast) -> None:
    """While the ballast is spent, refuse what only adds: the routes that grant, and RPTs."""
    # The method first: a read never looks at the disk.
    if request.method != "POST" or not ballast.spent:
        return
    ballast.fill()
    asked = route()
    if not ballast.spent or asked is None:
        return
    at_token = asked.key == "token_endpoint"
    if asked.grants or (at_token and request.form.get("grant_type") == UMA_TICKET_GRANT):
        raise NothingNew
