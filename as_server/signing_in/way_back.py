"""Where the answer to an authorization request goes (RFC 6749 4.1.2, 4.1.2.1; RFC 9207)."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.datastructures import MultiDict

from as_server.errors import WireError


def answer_address(issuer: str, redirect_uri: str, members: dict[str, str | None]) -> str:
    """The redirect URI with the answer and `iss` added to its query."""
    present = {name: value for name, value in members.items() if value is not None}
    added = urlencode({**present, "iss": issuer})
    parts = urlsplit(redirect_uri)
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit(parts._replace(query=query))


def error_address(issuer: str, parameters: MultiDict[str, str], error: WireError) -> str:
    """Where an error of a request with a settled redirect URI goes."""
    states = parameters.getlist("state")
    members = {
        "error": error.error,
        "error_description": error.description,
        "state": states[0] or None if len(states) == 1 else None,
    }
    return answer_address(issuer, parameters["redirect_uri"], members)
