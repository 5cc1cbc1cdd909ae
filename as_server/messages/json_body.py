"""Reading a JSON request body strictly (FedAuthz 3.2: a member given twice is an error)."""

from typing import Any

from flask import Request

from as_server.errors import InvalidRequest
from heart_uma.strict_json import StrictJsonError, loads

MAX_BODY = 128 * 1024


def read_json(request: Request) -> Any:
    """The JSON value of this request's body; 400 `invalid_request` for anything else."""
    if request.mimetype != "application/json":
        raise InvalidRequest("The body must be application/json.")
    try:
        return loads(request.get_data(cache=False), max_bytes=MAX_BODY)
    except StrictJsonError as error:
        raise InvalidRequest(f"The JSON cannot be used: {error}.") from error


def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of this request's body."""
    body = read_json(request)
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return body
