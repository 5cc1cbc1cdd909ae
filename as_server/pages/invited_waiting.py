"""What an invited person sees once she has made her way in: that it waits, or the way to go on.

GET /invitation/waiting?key=...
"""

from flask import Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, work
from as_server.errors import PageError
from as_server.sharing import invitation, invited
from as_server.signing_in import invitation_pass
from as_server.signing_in.invitation_pass import DEAD

LOOK_AGAIN = 15
"""Seconds until the page looks again by itself, with a `Refresh` of HTTP that needs no script."""


def read() -> AnyResponse:
    place = invitation_pass.find(browser(), request.args.get("key", ""))
    people = {person.account.key: person for person in browser().signed_in()}
    found = invited.bound_to(work(), place, set(people)) if place is not None else None
    if found is None or place is None:
        raise PageError(DEAD)
    row, owner, policy = found
    now = invitation.state(row, policy, work().now)
    person = people[str(row.account_key)].account
    html = render_template(
        "invited_waiting.html", state=now, owner=owner.name, me=person, opens_at=row.opens_at
    )
    response = Response(html)
    if now == "used":
        # A new pass each time: whoever waits for an hour is not turned out.
        again = url_for("invited_waiting.read", key=invitation_pass.give(browser(), place))
        response.headers["Refresh"] = f"{LOOK_AGAIN}; url={again}"
    return response
