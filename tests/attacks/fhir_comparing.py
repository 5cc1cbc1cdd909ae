"""One stream of requests, sent to both of two servers: what they answer must be the same bytes."""

from __future__ import annotations

import random
import re
import uuid
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from werkzeug.test import TestResponse

from fhir_rs.answers.cursors import Cursors
from fhir_rs.endpoints import batch
from fhir_rs.writes import pipeline, transaction
from tests.attacks.fhir_twin_streams import Asked, Memory, Streams
from tests.attacks.fhir_twins import Side, Twins
from tests.fhir_rs.protected import RECORD

_TICKET = re.compile(rb'ticket="[^"]+"|"valueString":"ticket-[^"]+"')
_CURSOR = re.compile(rb"_cursor=([^&\"]+)")
_PAGES = 4
FIRST: list[Asked] = [("GET", "/Patient/$everything", {}),
                      ("GET", "/Practitioner?_id=Pr0,Pr1,Pr2,Pr3", {})]  # fmt: skip
"""What is asked of every record, before what comes by chance: all that the reader sees of it."""


@dataclass
class SameIds:
    """New ids, the same for both servers: a stand-in for the module `uuid`."""

    source: random.Random = field(default_factory=random.Random)

    def uuid4(self) -> uuid.UUID:
        return uuid.UUID(int=self.source.getrandbits(128), version=4)

    def __getattr__(self, name: str) -> Any:
        return getattr(uuid, name)


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> SameIds:
    """New ids that are the same for both; no entry of a Bundle comes too late for its turn."""
    made = SameIds()
    for module in (pipeline, transaction):
        monkeypatch.setattr(module, "uuid", made)
    monkeypatch.setattr(batch, "BUDGET_SECONDS", 3600)
    return made


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """Two servers, for all the tests of a module."""
    return Twins(tmp_path_factory.mktemp("twins"))


class Difference(AssertionError):
    """Two answers that are not the same."""


class Comparing:
    """Sends each request to both servers. `ids` stands for `uuid` in the server meanwhile."""

    def __init__(self, twins: Twins, ids: SameIds) -> None:
        self.twins = twins
        self.pairs = 0
        self._ids = ids
        self._clients = [side.site.client for side in twins.sides]

    def world(self, rng: random.Random, streams: Streams, length: int) -> None:
        """New records, and `length` requests or their further pages; raise Difference."""
        memory, until = Memory(), self.pairs + length
        self.twins.fill(rng)
        for asked in chain(FIRST, streams.requests(length, memory)):
            self._stream(asked, rng, memory)
            if self.pairs >= until:
                break

    def _stream(self, asked: Asked, rng: random.Random, memory: Memory) -> None:
        chance = rng.random()
        # Now and then nobody in particular; else told of kinds, told nothing, told with a note.
        who = None if chance < 0.03 else 0 if chance < 0.5 else 1 if chance < 0.9 else 2
        method, path, more = asked
        paths = [path, path]
        for page in range(_PAGES):
            seed = rng.random()
            answers = []
            for n, at in enumerate(paths):
                self._ids.source.seed(seed)
                answers.append(self._ask(n, who, method, at, **more))
            self._compare(asked, page, answers)
            memory.note(asked, answers[0])
            paths = [following(answer) for answer in answers]
            if not all(paths):
                return

    def _ask(self, n: int, who: int | None, method: str, path: str, **more: Any) -> TestResponse:
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.twins.sides[n].tokens[who]}"
        if "data" in more:
            headers["Content-Type"] = "application/fhir+json"
        url = f"/fhir/r/{RECORD}{path}"
        return self._clients[n].open(url, method=method, headers=headers, **more)

    def _compare(self, asked: Asked, page: int, answers: list[TestResponse]) -> None:
        self.pairs += 1
        sides = self.twins.sides
        one, other = (normal(*each) for each in zip(sides, answers, strict=True))
        if one != other:
            raise Difference(f"{asked} page {page}, {self.twins.groups}\n{one}\n{other}")
        if one[0] >= 500:
            raise Difference(f"{asked} is answered {one}")
        if answers[0].status_code == 401:
            tickets = [side.fake.tickets[-1:] for side in sides]
            if tickets[0] != tickets[1]:
                raise Difference(f"{asked} asks for {tickets}")


def normal(side: Side, answer: TestResponse) -> tuple[int, bytes, bytes]:
    """All that is sent, but for tickets, and for what is sealed in a cursor.

    A cursor holds the number of a row, which two servers may give as they like: so it must be
    closed to all others, and tell nothing by its length.
    """
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers).encode()
    body = answer.get_data()
    if answer.status_code == 401 or b"ticket-" in body:
        head, body = (_TICKET.sub(b"*", part) for part in (head, body))
    if b"_cursor=" in body:
        secret = side.site.app.settings.secret.get_secret_value()
        body = _CURSOR.sub(lambda match: _closed(secret, match[1].decode()), body)
    return answer.status_code, head, body


def _closed(secret: str, cursor: str) -> bytes:
    try:
        Cursors(secret).content(cursor)
    except (InvalidTag, ValueError) as error:
        raise Difference(f"the cursor {cursor} can be read by anybody") from error
    return b"_cursor=%d" % len(cursor)


def following(answer: TestResponse) -> str:
    """The path of the next page, below the record's base; "" where there is none."""
    if answer.status_code != 200 or b'"next"' not in answer.get_data():
        return ""
    body = answer.get_json()
    links = body.get("link", []) if body.get("type") in ("searchset", "history") else []
    found = [each["url"] for each in links if each["relation"] == "next"]
    return str(found[0].split(RECORD, 1)[1]) if found else ""


def block(
    twins: Twins, ids: SameIds, seed: int, *, pairs: int, worlds: int, about: str = ""
) -> int:
    """One reader and `worlds` records, `pairs` of answers in all; raise Difference.

    Parameters: readers of an odd `seed` write as well; `about` as for `Streams`.
    """
    rng = random.Random(seed)
    writes = seed % 2 == 1
    twins.admit(rng, writes=writes)
    comparing, streams = Comparing(twins, ids), Streams(rng, writes=writes, about=about)
    for left in range(worlds, 0, -1):
        comparing.world(rng, streams, (pairs - comparing.pairs) // left)
    return comparing.pairs
