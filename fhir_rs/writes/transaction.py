"""A transaction Bundle: every write or none, then the reads (FHIR R4 http 3.1.0.11.2)."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from flask import Response

from fhir_rs.answers.bundles import disclosed
from fhir_rs.enforcement.linking import linked
from fhir_rs.enforcement.query import SearchQuery, conditional_criteria
from fhir_rs.enforcement.references import is_address, key_of_literal
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import FhirError, Invalid, MultipleMatches, NoMatch, NotSupported
from fhir_rs.models import search_pages
from fhir_rs.protection.access import Access, ResourceRequest
from fhir_rs.protection.guard import Guard
from fhir_rs.writes import pipeline
from fhir_rs.writes.body import Incoming, incoming
from fhir_rs.writes.turn import Turn

_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(.*)", re.ASCII | re.DOTALL)
_WRITES = ("POST", "PUT")
_VERSION = re.compile(r"/_history/[^/]*\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """One entry of a Bundle: method, relative address, text of its resource, conditions.

    `problem` is what is wrong with its form, where something is.
    """

    method: str
    url: str
    text: str
    headers: dict[str, str] = field(default_factory=dict)
    full_url: str = ""
    problem: FhirError | None = None


Dispatch = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class _Write:
    """One create or update, authorised: nothing of it is stored yet."""

    place: int
    call: Call
    new: Incoming
    access: Access
    unless: SearchQuery | None

    @property
    def conditional(self) -> bool:
        """True when a reference in it has to be looked for."""
        return bool(re.search(r"[A-Z][A-Za-z]+\?", self.call.text))


def run(
    guard: Guard,
    request: ResourceRequest,
    record: str,
    calls: Sequence[Call],
    turn: Callable[[str], AbstractContextManager[Turn]],
    dispatch: Dispatch,
) -> list[Response]:
    """Answer every call, in its order; raise the first error of a write, with nothing written.

    `turn` opens the turn in which all writes are stored; `dispatch` answers one read.
    """
    request.duty.interaction = "transaction"
    for call in calls:
        if call.problem is not None:
            raise call.problem
        if call.method not in ("GET", "HEAD", *_WRITES):
            raise NotSupported("A transaction here holds reads, creates and updates.")
    # Every write is authorised before the first is stored: the audit and the tokens come first.
    writes = [
        _write(guard, request, record, place, call)
        for place, call in enumerate(calls)
        if call.method in _WRITES
    ]
    _check_identities(writes)
    answers: dict[int, Response] = {}
    if writes:
        with turn(record) as taken:
            _Storing(taken, writes, answers).run()
    return [answers[n] if n in answers else dispatch(call) for n, call in enumerate(calls)]


def _write(guard: Guard, request: ResourceRequest, record: str, place: int, call: Call) -> _Write:
    type_, _, id_ = call.url.partition("/")
    if "?" in call.url:
        raise NotSupported("Conditional updates are not supported.")
    if not call.text:
        raise Invalid("A create or update needs a resource.")
    new = incoming(call.text.encode(), type_)
    if call.method == "POST" and id_:
        raise Invalid("A create is sent to its type.")
    interaction = "create" if call.method == "POST" else "update"
    access = pipeline.permitted(guard, request, record, interaction, new)
    unless = None
    if call.method == "POST":
        asked = call.headers.get("HTTP_IF_NONE_EXIST")
        unless = _criteria(access, type_, asked, "ifNoneExist")
    return _Write(place, call, new, access, unless)


def _criteria(access: Access, type_: str, text: str | None, name: str) -> SearchQuery | None:
    try:
        return conditional_criteria(type_, text, bases=access.bases)
    except QueryError as error:
        raise Invalid(f"{name}: {error}.") from error


def _check_identities(writes: Sequence[_Write]) -> None:
    """Raise Invalid when two entries are one thing: their order must not matter (R4 http)."""
    named = Counter(write.call.full_url for write in writes if write.call.full_url)
    changed = Counter(write.call.url for write in writes if write.call.method == "PUT")
    sought = Counter((w.call.url, w.unless) for w in writes if w.unless is not None)
    for counted, what in ((named, "fullUrl"), (changed, "address"), (sought, "ifNoneExist")):
        if any(number > 1 for number in counted.values()):
            raise Invalid(f"Two entries of a transaction have the same {what}.")


class _Storing:
    """The writes of one transaction, in the turn that stores them all."""

    def __init__(self, turn: Turn, writes: Sequence[_Write], answers: dict[int, Response]) -> None:
        self._turn = turn
        self._bases = writes[0].access.bases
        self._writes = writes
        self._answers = answers
        self._addresses: dict[int, str] = {}
        self._names: dict[str, str] = {}
        """What an entry goes by -> the address it has or is about to get."""

    def run(self) -> None:
        """Write everything; what an entry with a condition found first decides its address."""
        for write in self._writes:
            address = self._addresses[write.place] = self._address(write)
            if write.call.full_url:
                self._names[key_of_literal(write.call.full_url, self._bases)] = address
        # A conditional reference may mean what this transaction makes (R4 http, rules 1 to 5).
        for write in sorted(self._writes, key=lambda each: each.conditional):
            if write.place not in self._answers:
                self._answers[write.place] = self._store(write)

    def _address(self, write: _Write) -> str:
        if write.call.method == "PUT":
            return write.call.url
        if write.unless is not None:
            found = pipeline.existing(self._turn.connection, write.access, write.unless)
            if found is not None:
                self._answers[write.place] = found
                return key_of_literal(found.headers["Location"], self._bases)
        return f"{write.new.type}/{uuid.uuid4()}"

    def _store(self, write: _Write) -> Response:
        text = linked(write.call.text, lambda link, refers: self._link(write, link, refers))
        new = incoming(text.encode(), write.new.type)
        id_ = self._addresses[write.place].partition("/")[2]
        if write.call.method == "POST":
            return pipeline.create(self._turn, write.access, new, id_)
        if_match = write.call.headers.get("HTTP_IF_MATCH")
        return pipeline.update(self._turn, write.access, new, id_, if_match)

    def _link(self, write: _Write, link: str, refers: bool) -> str | None:
        """What stands in the place of a link of `write`; raise for a reference that is dead."""
        plain, hash_, fragment = link.partition("#")
        key = key_of_literal(_VERSION.sub("", plain), self._bases)
        found = self._names.get(key) or self._beside(write, key)
        if found is not None:
            return f"{found}{hash_}{fragment}"
        if not refers:
            return None
        if key.startswith("urn:"):
            # Stored as it is, it would name nothing for ever.
            raise Invalid("A reference names an entry that the transaction does not hold.")
        local = next((link.removeprefix(f"{b}/") for b in self._bases if link.startswith(b)), link)
        asked = _CONDITIONAL.fullmatch(local)
        if asked is None or asked[1] not in RESOURCE_TYPES:
            return None
        return self._one(write.access, asked[1], asked[2])

    def _beside(self, write: _Write, key: str) -> str | None:
        """What a relative reference means beside the entry it stands in (R4 Bundle 2.36.4)."""
        if not is_address(key):
            return None
        full_url = write.call.full_url
        root = full_url.removesuffix(f"/{write.new.type}/{full_url.rpartition('/')[2]}")
        if root != full_url and "://" in root:
            return self._names.get(f"{root}/{key}")
        ending = [each for each in self._names if "://" in each and each.endswith(f"/{key}")]
        return self._names[ending[0]] if len(ending) == 1 else None

    def _one(self, access: Access, type_: str, text: str) -> str:
        """The one resource that a conditional reference means, among what its writer sees.

        What is hidden from her and what is not there answer alike.
        """
        query = _criteria(access, type_, text, "A conditional reference")
        if query is None:
            raise NoMatch
        page = search_pages.page_of(search_pages.matches(access.scope, query), limit=1)
        rows = self._turn.connection.execute(page).all()
        if len(rows) > 1:
            raise MultipleMatches("A conditional reference matches more than one resource.")
        if not rows:
            raise NoMatch
        # It tells which one there is, so it is a search like any other.
        access.disclose(disclosed(rows), "search-type", within=self._turn.connection)
        return str(rows[0].address)
