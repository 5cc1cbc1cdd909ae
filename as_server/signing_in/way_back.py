"""Where an answer goes by way of a browser: that of an authorization request (RFC 6749 4.1.2,
4.1.2.1; RFC 9207), or of a claims interaction (Grant 3.3.3)."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.datastructures import MultiDict

from as_server.errors import WireError


def answer_address(issuer: str, redirect_uri: str, members: dict[str, str | None]) -> str:
    """The redirect URI with the answer and `iss` added to its query."""
    return with_query(redirect_uri, {**members, "iss": issuer})


def with_query(address: str, members: dict[str, str | None]) -> str:
    """The address with these added to its query, which stays as it is."""
    present = {name: value for name, value in members.items() if value is not None}
    added = urlencode(present)
    parts = urlsplit(address)
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


def claims_error_address(redirect_uri: str, state: str | None, error: WireError) -> str:
    """Where a claims interaction that brought nothing goes: no ticket goes with it."""
    members = {"error": error.error, "error_description": error.description, "state": state}
    return with_query(redirect_uri, members)
