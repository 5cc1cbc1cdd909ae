"""What a write brings: its body, bounded and strict, and the resource in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request

from fhir_rs.answers.negotiation import JSON
from fhir_rs.errors import Invalid, TooLarge, UnsupportedMedia
from heart_uma.strict_json import loads


@dataclass(frozen=True, slots=True)
class Incoming:
    """A resource to write: its text as sent, and the same parsed."""

    text: str
    resource: dict[str, Any]

    @property
    def type(self) -> str:
        """Its resourceType."""
        return str(self.resource["resourceType"])


def json_body(request: Request, limit: int) -> bytes:
    """The body of `request`, if it is JSON of at most `limit` bytes."""
    if request.mimetype not in JSON or "Content-Encoding" in request.headers:
        # Nothing is unpacked here, so there is no bomb to unpack.
        raise UnsupportedMedia
    if (request.content_length or 0) > limit:
        raise TooLarge
    body = request.get_data()
    if len(body) > limit:
        raise TooLarge
    return body


def json_request(request: Request, limit: int) -> Any:
    """The body of `request`, parsed; raise StrictJsonError."""
    body = json_body(request, limit)
    return loads(body, max_bytes=len(body))


def incoming(body: bytes, type_: str) -> Incoming:
    """Parse a body that should be a `type_`; raise Invalid or StrictJsonError."""
    resource = loads(body, max_bytes=len(body))
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise Invalid("The resource has no resourceType.", expression=type_)
    if resource["resourceType"] != type_:
        raise Invalid("The resourceType is not the one in the address.", expression=type_)
    return Incoming(body.decode("utf-8").strip(), resource)
