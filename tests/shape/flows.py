"""One parameter of a request, from the endpoint that gets it to the store: the rooms it passes.

A grant is followed by its permission ticket, a read by the record it asks for, a stop by the id of
the rule that ends. What is followed is a value: each function of the service that is called with
it, as it is or inside what it is given, counts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from inspect import CO_VARARGS, CO_VARKEYWORDS
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.shape.rooms import name_of, room_of
from tests.shape.sizes import ROOT
from tests.wire import get_rpt, ticket_of, whole_record
from tests.world import Owner, World


@dataclass
class Walk:
    """The functions that a value passed, in whichever spelling, in the order it came to them."""

    service: str
    spellings: frozenset[str]
    passed: dict[str, None] = field(default_factory=dict)

    @property
    def rooms(self) -> list[str]:
        """The folders it passed; where a file of the roof took it on, that is its edge."""
        rooms = (room_of(each.partition(":")[0]) for each in self.passed)
        return list(
            dict.fromkeys(room for room in rooms if (ROOT / room.replace(".", "/")).is_dir())
        )

    def saw(self, frame: FrameType) -> None:
        module = _module(frame.f_code, self.service)
        if module is None:
            return
        code = frame.f_code
        # Behind the named arguments come *these and **those, where a function takes any.
        further = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
        given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + further]
        if any(_holds(frame.f_locals.get(name), self.spellings) for name in given):
            self.passed[f"{module}:{frame.f_code.co_name}"] = None


def _module(code: CodeType, service: str) -> str | None:
    path = Path(code.co_filename)
    if code.co_name.startswith("<") or not path.is_relative_to(ROOT / service):
        return None
    return name_of(path)


def _holds(given: Any, spellings: frozenset[str]) -> bool:
    if isinstance(given, Mapping):
        inside: list[Any] = list(given.values())
    elif is_dataclass(given) and not isinstance(given, type):
        inside = [getattr(given, one.name, None) for one in fields(given)]
    else:
        inside = [given]
    return any(isinstance(each, str) and each in spellings for each in inside)


@contextmanager
def following(service: str, *spellings: str) -> Iterator[Walk]:
    """Watch every call in this thread while the block runs."""
    walk = Walk(service, frozenset(spellings))

    def watch(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            walk.saw(frame)

    sys.setprofile(watch)
    try:
        yield walk
    finally:
        sys.setprofile(None)


def grant(world: World) -> Walk:
    stranger = world.stranger()
    id_token = stranger.login("bob", "openid profile offline_access")["id_token"]
    _, ticket = ticket_of(stranger.http.get(whole_record(world.bases["cedar"])))
    with following("as_server", ticket) as walk:
        answer = stranger.trade(ticket, id_token)
    assert answer.status_code == 200, answer.text
    return walk


def read(world: World) -> Walk:
    stranger, base = world.stranger(), world.bases["cedar"]
    tokens = stranger.login("bob", "openid profile offline_access")
    key = get_rpt(stranger, base, tokens["id_token"]).json()["access_token"]
    bearer = {"Authorization": f"Bearer {key}"}
    found = stranger.http.get(whole_record(base), headers=bearer).json()
    shown = found["entry"][0]["resource"]
    address = f"{shown['resourceType']}/{shown['id']}"
    record = base.rpartition("/")[2]
    with following("fhir_rs", record, shown["id"], address) as walk:
        answer = stranger.http.get(f"{base}/{address}", headers=bearer)
    assert answer.status_code == 200, answer.text
    return walk


def stop(world: World) -> Walk:
    alice = Owner(world)
    ended = alice.policies()["Dr. Bob Chen"]["id"]
    with following("as_server", ended) as walk:
        answer = alice.call("DELETE", f"/{ended}")
    assert answer.status_code == 200, answer.text
    return walk


FLOWS: dict[str, Callable[[World], Walk]] = {"grant": grant, "read": read, "stop": stop}
