"""Help in plain words, for anybody: what this service is, how to stop sharing, whom to ask."""

from flask import Response, render_template

from as_server.context import current_as


def read() -> Response:
    settings = current_as.settings
    html = render_template(
        "help.html", contact_words=settings.contact, portal_url=settings.portal_url
    )
    return Response(html)
