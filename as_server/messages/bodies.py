"""JSON bodies that are read strictly, member by member; what is wrong is named by its member.

A member that is not known is an error where the interface is ours. Where a specification lets
others add members (FedAuthz 3.1, 4.1) it is passed over.
"""

from typing import Annotated, Any, Literal, TypeVar

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from as_server.errors import InvalidRequest
from as_server.messages.json_body import read_object

MAX_REASON = 280
MOST_PREVIEWS = 100
_FORBIDDEN = "extra_forbidden"


class Body(BaseModel):
    """A body of our own interface."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class OwnersAnswer(Body):
    """What an owner says to a request that waits for her."""

    answer: Literal["yes", "some", "no"]
    policy: dict[str, Any] | None = None
    tell_reason: Annotated[str, Field(max_length=MAX_REASON)] | None = None
    block: bool = False


class Inviting(Body):
    """An invitation to a draft; `lasts` are seconds from the owner's yes, in place of its end."""

    lasts: Annotated[int, Field(ge=60, le=20 * 366 * 86_400)] | None = None


class Recognised(Body):
    """Whom an owner recognised, of which version of the draft; where what she shares opens."""

    account: str
    version: int
    opens_at: str | None = None


class Preview(Body):
    """A dry run of a draft, or for a party; `instead_of` and `without` are ids of policies.

    `invited`: the draft is for somebody without an account, and names nobody yet.
    """

    policy: dict[str, Any] = Field(default_factory=dict)
    instead_of: str | None = None
    party: dict[str, Any] = Field(default_factory=dict)
    without: str | None = None
    invited: bool = False


class NoticesRead(Body):
    """How far an owner has read: the newest line of her history, and the moment she saw it."""

    line: Annotated[int, Field(ge=0, le=2**62)]
    at: str


class NoticeChoices(Body):
    """What an owner wants to be told of; what is not said stays as it is."""

    requests: Literal["on", "off"] | None = None
    decisions: Literal["on", "off"] | None = None
    looks: Literal["each", "daily", "off"] | None = None
    refused: Literal["on", "off"] | None = None
    by_mail: bool | None = None


class Previews(Body):
    """Several dry runs at once."""

    previews: Annotated[list[Preview], Field(max_length=MOST_PREVIEWS)]


Read = TypeVar("Read", bound=Body)


def read_body(request: Request, kind: type[Read]) -> Read:
    """The body of this request; 400 `invalid_request` for anything else."""
    try:
        return kind.model_validate(read_object(request))
    except ValidationError as error:
        raise InvalidRequest(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong. Nothing that was sent is repeated, so no unknown name is."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == _FORBIDDEN:
        return "The body has a member that is not known here."
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}."
