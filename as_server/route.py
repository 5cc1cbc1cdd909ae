"""One address and method of this server, and everything that is said of it in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

Answers = Callable[..., Any]


class Face(Enum):
    """Who an answer is for."""

    API = "a program"
    PAGE = "a person"
    PUBLIC = "anybody, kept for a while"


class Needs(Enum):
    """What has to be shown to be let in: a token with a scope, or a client's own proof."""

    PAT = "uma_protection"
    POLICY = "uma_policy"
    OPENID = "openid"
    CLIENT = "client assertion"


@dataclass(frozen=True, slots=True)
class Form:
    """An urlencoded body: its members, each a text, and those that must be there."""

    members: tuple[str, ...]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is as the address map has it; `ok` is the status of success, `refuses` are those of
    errors. `takes` is a form, or the model that a JSON body is read or described by; `gives` names
    members of the answer. `key` is the member of the metadata document that tells the address.

    `grants`: it gives access that was not there before, so it waits while the disk is full.
    `for_apps`: the code of a browser app may call it and read the answer. `answers` is None where
    a blueprint brings its own.
    """

    method: str
    path: str
    answers: Answers | None
    summary: str
    ok: int = 200
    refuses: tuple[int, ...] = ()
    needs: Needs | None = None
    takes: Form | type[BaseModel] | None = None
    query: Mapping[str, type] = field(default_factory=dict)
    gives: tuple[str, ...] = ()
    media: str = "application/json"
    key: str = ""
    face: Face = Face.API
    grants: bool = False
    for_apps: bool = False

    @property
    def room(self) -> str:
        """The module that answers; errors and headers know its addresses by it."""
        module = self.answers.__module__ if self.answers is not None else "health"
        return module.rpartition(".")[2]

    @property
    def endpoint(self) -> str:
        """The name of the address, for `url_for`."""
        return f"{self.room}.{self.answers.__name__}" if self.answers is not None else ""

    @property
    def written(self) -> str:
        """The path as OpenAPI writes it: `/policy/{policy_id}`."""
        return _VARIABLE.sub(r"{\1}", self.path)


_VARIABLE: Final = re.compile(r"<(?:\w+:)?(\w+)>")
