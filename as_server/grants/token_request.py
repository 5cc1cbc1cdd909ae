"""A token request as its grant sees it (RFC 6749 3.2), and the checks that a grant declares.

A grant names its checks in one list. The list is the order: the first check that does not hold
answers, and no later one is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from werkzeug.datastructures import MultiDict

from as_server.errors import WireError
from as_server.models.client import Client
from as_server.tokens.issuing import Issuer
from as_server.work import Work


@dataclass(slots=True)
class TokenRequest:
    """`form` was read strictly, and `client` has proved who it is. A grant adds what its checks
    find."""

    work: Work
    issuer: Issuer
    client: Client
    form: MultiDict[str, str]

    @property
    def resources(self) -> list[str]:
        """The `resource` parameters (RFC 8707 2), the one kind that may be sent twice."""
        return self.form.getlist("resource")


Asked = TypeVar("Asked", bound=TokenRequest)


@dataclass(frozen=True, slots=True)
class Check(Generic[Asked]):
    """What has to hold, and how a request is refused of which it does not."""

    holds: Callable[[Asked], object]
    error: type[WireError]
    sentence: str

    def __call__(self, asked: Asked) -> None:
        if not self.holds(asked):
            raise self.error(self.sentence)


def require(checks: Iterable[Callable[[Asked], object]], asked: Asked) -> None:
    """One check after the other; one that is a function alone raises an error of its own."""
    for check in checks:
        check(asked)
