"""The comparison of two records finds what it is for: leaks, put into the server one by one.

Each is a fault that a server of this kind had or could have, and stands where its mending sits. A
leak whose place is gone, or that nothing ever reaches, fails here.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import and_, not_, select, true

from fhir_rs.answers import cursors, search_answer
from fhir_rs.context import current_rs
from fhir_rs.db import reading
from fhir_rs.enforcement import (
    contained,
    description,
    facts,
    incomplete,
    redaction,
    references,
)
from fhir_rs.enforcement.grant import OWNER
from fhir_rs.errors import MultipleMatches, VersionMismatch
from fhir_rs.models import (
    companions,
    giving,
    includes,
    prepared_search,
    relabeling,
    resolving,
    search_conditions,
    search_pages,
    shown_resource,
    sight,
    storing,
)
from fhir_rs.models.visibility import RESOURCE
from fhir_rs.writes import pipeline, transaction
from tests.attacks.fhir_comparing import Difference, SameIds, block, ids, twins
from tests.attacks.fhir_twins import Twins

_REMEMBERING = ("fhir_rs.models", "fhir_rs.endpoints", "fhir_rs.enforcement.references",
                "fhir_rs.enforcement.required")  # fmt: skip
__all__ = ["ids", "twins"]
PAIRS, WORLDS = 60, 4
BLOCKS = {"create": 12}
"""Readers that a leak gets before it counts as missed, 3 where none is named here. Each compares
`PAIRS` answers."""

FIRST: dict[str, int] = {"create": 5021}
"""Who finds what few find: asked before the others. All are asked where that one finds nothing."""
MANY = int(os.environ.get("HEART_UMA_TEST_PAIRS", "0")) > 1000


class Server:
    """The server's code, to put a fault into; what was prepared by other code is forgotten."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.reached = 0

    def wide(self, module: Any, name: str, fault: Callable[..., Any]) -> None:
        """Put `fault` wherever `module.name` is used; it gets the sound one first."""
        sound = getattr(module, name)

        @functools.wraps(sound)
        def faulty(*args: Any, **more: Any) -> Any:
            self.reached += 1
            return fault(sound, *args, **more)

        self._everywhere(sound, faulty)

    def value(self, module: Any, name: str, value: Any) -> None:
        """Put another value for the constant `module.name`."""
        assert getattr(module, name) != value
        self._everywhere(getattr(module, name), value)
        self.reached += 1

    def here(self, module: Any, name: str, value: Any) -> None:
        """Put another value for `module.name`, in that module only."""
        assert getattr(module, name) != value
        self._monkeypatch.setattr(module, name, value)
        self.reached += 1

    def _everywhere(self, sound: Any, faulty: Any) -> None:
        for place in [m for n, m in list(sys.modules.items()) if n.startswith("fhir_rs")]:
            for name, value in list(vars(place).items()):
                if value is sound:
                    self._monkeypatch.setattr(place, name, faulty)

    def method(self, cls: type, name: str, fault: Callable[..., Any]) -> None:
        """Put `fault` for a method; it gets the sound one first."""
        sound = getattr(cls, name)

        def faulty(*args: Any, **more: Any) -> Any:
            self.reached += 1
            return fault(sound, *args, **more)

        self._monkeypatch.setattr(cls, name, faulty)


def forget() -> None:
    """Empty every cache of the server in which there is something of a fault."""
    for module in [m for n, m in list(sys.modules.items()) if n.startswith(_REMEMBERING)]:
        for each in list(vars(module).values()):
            if isinstance(each, functools._lru_cache_wrapper):
                each.cache_clear()


WRITES = ("create", "update", "transaction")


def readers(about: str) -> list[int]:
    """The seeds of the readers that a leak gets, first the one that finds the rarest of leaks."""
    step = 2 if about in WRITES else 1
    seeds = range(5001, 5001 + BLOCKS.get(about, 3) * step, step)
    return sorted(seeds, key=lambda seed: seed != FIRST.get(about))


def hunted(
    twins: Twins, ids: SameIds, about: str = "", most: int | None = None
) -> Difference | None:
    """The first difference that the comparison finds, in as many readers as a leak gets."""
    for seed in readers(about)[:most]:
        try:
            block(twins, ids, seed, pairs=PAIRS, worlds=WORLDS, about=about)
        except Difference as found:
            return found
    return None


def unmasked(scope: search_conditions.Scope) -> search_conditions.Scope:
    """A scope that sees all that the record holds."""
    return replace(scope, grant=OWNER)


# What the labels of a record come from.


def free_text_is_not_read(server: Server) -> None:
    def fault(sound: Any, value: str, member: Any, found: Any) -> None:
        if member.holds is not facts.Holds.TEXT:
            sound(value, member, found)

    server.wide(facts, "_text", fault)


def files_are_not_read(server: Server) -> None:
    server.wide(facts, "_content", lambda sound, value, found: None)


def labels_do_not_travel(server: Server) -> None:
    server.wide(giving, "given", lambda sound, connection, record, edges, givers: giving.Wanted())


def an_absolute_reference_is_another_one(server: Server) -> None:
    def fault(sound: Any, text: str, bases: Any) -> str | None:
        return None if "://" in text else sound(text, bases)

    server.wide(references, "_inside", fault)


def only_addresses_are_looked_up(server: Server) -> None:
    server.wide(resolving, "connect", lambda sound, connection, record, fresh: None)


def a_service_says_nothing(server: Server) -> None:
    server.wide(relabeling, "_by_service", lambda sound, *args: giving.Wanted())


def context_is_not_looked_at(server: Server) -> None:
    server.wide(relabeling, "_contextual", lambda sound, *args: giving.Wanted())


# Who sees a row.


def a_file_goes_its_own_way(server: Server) -> None:
    def fault(sound: Any, seen: Any, table: Any, record: Any, version: Any) -> Any:
        own = table.c.type == "Binary", table.c.level == 0, seen.allows(table)
        return and_(*own)

    server.wide(companions, "content", fault)


def people_are_seen_by_everybody(server: Server) -> None:
    server.wide(companions, "directory", lambda sound, lens, table, record, version: (
        table.c.type.in_(companions._DIRECTORY)))  # fmt: skip


def what_is_contained_names_people(server: Server) -> None:
    server.here(description, "CONTAINED", "")


def hidden_by_the_owner_is_not_hidden(server: Server) -> None:
    def fault(sound: Any, seen: Any, table: Any, version: Any = None) -> Any:
        slots = table.c.slot.in_(seen.lens.slots)
        shown = sight.and_(slots, seen.allows(table, version))
        return sight._limited(seen.lens, table, shown)

    server.wide(sight, "through", fault)


def named_records_and_days_are_not_looked_at(server: Server) -> None:
    server.wide(sight, "_limited", lambda sound, lens, table, shown: shown)


def old_versions_are_seen_under_the_labels_of_today(server: Server) -> None:
    def fault(sound: Any, scope: Any, types: Any, table: Any = RESOURCE, **more: Any) -> Any:
        return sound(scope, types, table, **{**more, "version": None})

    server.method(search_conditions.Scope, "sees", fault)


# What is cut out of a row.


def an_identifier_is_no_word(server: Server) -> None:
    server.value(redaction, "_WORDS", ("display",))


def a_display_is_no_word(server: Server) -> None:
    server.value(redaction, "_WORDS", ("identifier",))


def a_narrative_stays(server: Server) -> None:
    server.wide(redaction, "cut_of", lambda sound, *args: replace(sound(*args), narrative=False))


def a_narrative_goes_with_words_only(server: Server) -> None:
    def fault(sound: Any, named: Any, *args: Any) -> Any:
        found = sound(named, *args)
        return replace(found, narrative=bool(found.references or found.contained))

    server.wide(redaction, "cut_of", fault)


def what_is_contained_has_no_kind(server: Server) -> None:
    server.wide(contained, "left_out", lambda sound, *args: set())


def the_tag_of_a_cut_is_of_the_whole(server: Server) -> None:
    def fault(sound: Any, scope: Any, row: Any, *args: Any) -> Any:
        found = sound(scope, row, *args)
        whole = shown_resource.hashlib.sha256(row.body).hexdigest()[:16]
        return found._replace(cut=whole) if found.cut else found

    server.wide(shown_resource, "_cut", fault)


def words_about_what_is_absent_stay(server: Server) -> None:
    def fault(sound: Any, connection: Any, scope: Any, judged: Any) -> Any:
        gone, copies = sound(connection, scope, judged)
        here = set(connection.execute(select(RESOURCE.c.address)).scalars())
        return {key for key in gone if key in here or not references.is_address(key)}, copies

    server.wide(shown_resource, "withheld", fault)


# What a search looks at.


def a_count_is_of_all(server: Server) -> None:
    def fault(sound: Any, answers: Any) -> int:
        scope = search_conditions.Scope(answers._bound["in_record"], OWNER)
        found = search_pages.matches(scope, answers._query)
        return int(answers._connection.execute(search_pages.count_of(found)).scalar_one())

    server.method(prepared_search.Answers, "count", fault)


def includes_have_no_mask(server: Server) -> None:
    def fault(sound: Any, joined: Any, way: Any, given: Any) -> Any:
        joined._scope = unmasked(joined._scope)
        return sound(joined, way, given)

    server.method(includes.Joined, "add", fault)


def chains_have_no_mask(server: Server) -> None:
    server.wide(
        search_conditions, "_chained", lambda sound, scope, *args: sound(unmasked(scope), *args)
    )


def has_has_no_mask(server: Server) -> None:
    server.wide(
        search_conditions, "referred_to", lambda sound, scope, has: sound(unmasked(scope), has)
    )


def a_page_is_cut_before_the_mask(server: Server) -> None:
    def fault(sound: Any, answers: Any, after: Any) -> Any:
        grant = answers._statements
        whole = prepared_search.Question(answers._query)
        answers._statements = prepared_search.statements(whole, OWNER, answers._connection.dialect)
        page = sound(answers, after)
        answers._statements = grant
        seen = {row.pk for row in everything(answers, sound)}
        return replace(page, rows=[row for row in page.rows if row.pk in seen])

    def everything(answers: Any, sound: Any) -> list[Any]:
        found, after = [], None
        while True:
            page = sound(answers, after)
            found += page.rows
            after = page.after
            if after is None:
                return found

    server.method(prepared_search.Answers, "page", fault)


def a_cursor_names_a_row(server: Server) -> None:
    server.method(cursors.Cursors, "seal", lambda sound, own, after, to: f"{after[1]:020d}")


def incomplete_kinds_are_those_of_what_is_held_back(server: Server) -> None:
    def fault(sound: Any, access: Any, question: Any) -> Any:
        hidden = not_(access.scope.sees(None))
        of_types = RESOURCE.c.type.in_(question.types) if question.types else true()
        rows = select(RESOURCE.c.kind).where(RESOURCE.c.record == access.record, hidden, of_types)
        with reading(current_rs.engine) as connection:
            kinds = set(connection.execute(rows).scalars())
        told = incomplete.incomplete_of(access.grant, question.types, question.query.kinds)
        named = [kind for kind in told if kind in kinds]
        return search_answer.held_back.outcome(access.tell, named)

    server.wide(search_answer, "_held_back", fault)


# What a writer learns.


def a_writer_reads_under_all_labels(server: Server) -> None:
    def fault(sound: Any, seen: Any, table: Any) -> Any:
        return table.c.labels.bitwise_and(seen.lens.denied) == 0

    server.method(sight.Sight, "_allows", fault)


def a_writer_is_told_all_labels(server: Server) -> None:
    server.wide(shown_resource, "_as_written", lambda sound, row: row.body)


def a_conditional_create_looks_at_all(server: Server) -> None:
    def fault(sound: Any, connection: Any, access: Any, query: Any) -> Any:
        return sound(connection, replace(access, grant=OWNER), query)

    server.wide(pipeline, "existing", fault)


def several_matches_are_counted_over_all(server: Server) -> None:
    def fault(sound: Any, connection: Any, access: Any, query: Any) -> Any:
        found = search_pages.count_of(search_pages.matches(unmasked(access.scope), query))
        if connection.execute(found).scalar_one() > 1:
            raise MultipleMatches
        return sound(connection, access, query)

    server.wide(pipeline, "existing", fault)


def a_conditional_reference_means_all(server: Server) -> None:
    def fault(sound: Any, turn: Any, access: Any, type_: str, text: str) -> str:
        return str(sound(turn, replace(access, grant=OWNER), type_, text))

    server.method(transaction._Storing, "_one", fault)


def a_stale_version_is_said_before_it_is_seen(server: Server) -> None:
    def fault(sound: Any, turn: Any, access: Any, new: Any, id_: str, if_match: str | None) -> Any:
        connection = turn.connection
        old = storing.find(connection, access.record, f"{new.type}/{id_}")
        if old is not None and if_match and not pipeline.names(if_match, str(old.version)):
            raise VersionMismatch
        return sound(turn, access, new, id_, if_match)

    server.wide(pipeline, "update", fault)


def an_update_creates(server: Server) -> None:
    def fault(sound: Any, turn: Any, access: Any, new: Any, id_: str, if_match: str | None) -> Any:
        connection = turn.connection
        if storing.find(connection, access.record, f"{new.type}/{id_}") is None:
            return pipeline.create(turn, access, new, id_)
        return sound(turn, access, new, id_, if_match)

    server.wide(pipeline, "update", fault)


ABOUT = {
    chains_have_no_mask: r"^[\w:-]+\.", has_has_no_mask: "^_has", includes_have_no_mask: "include",
    a_count_is_of_all: "status",
    old_versions_are_seen_under_the_labels_of_today: "read",
    a_writer_reads_under_all_labels: "create", a_writer_is_told_all_labels: "create",
    a_conditional_create_looks_at_all: "create", several_matches_are_counted_over_all: "create",
    a_conditional_reference_means_all: "transaction",
    a_stale_version_is_said_before_it_is_seen: "update", an_update_creates: "update",
}  # fmt: skip
"""What the requests of a hunt are mostly like, where the leak shows in few of them."""
LEAKS: list[Callable[[Server], None]] = [
    free_text_is_not_read, files_are_not_read, labels_do_not_travel,
    an_absolute_reference_is_another_one, only_addresses_are_looked_up, a_service_says_nothing,
    context_is_not_looked_at, a_file_goes_its_own_way, people_are_seen_by_everybody,
    what_is_contained_names_people, hidden_by_the_owner_is_not_hidden,
    named_records_and_days_are_not_looked_at, old_versions_are_seen_under_the_labels_of_today,
    an_identifier_is_no_word, a_display_is_no_word, a_narrative_stays,
    a_narrative_goes_with_words_only, what_is_contained_has_no_kind,
    the_tag_of_a_cut_is_of_the_whole, words_about_what_is_absent_stay, a_count_is_of_all,
    includes_have_no_mask, chains_have_no_mask, has_has_no_mask,
    a_page_is_cut_before_the_mask, a_cursor_names_a_row,
    incomplete_kinds_are_those_of_what_is_held_back, a_writer_reads_under_all_labels,
    a_writer_is_told_all_labels, a_conditional_create_looks_at_all,
    several_matches_are_counted_over_all, a_conditional_reference_means_all,
    a_stale_version_is_said_before_it_is_seen, an_update_creates,
]  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    forget()
    yield Server(monkeypatch)
    monkeypatch.undo()
    forget()


@pytest.mark.attack("P-1")
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_found(
    twins: Twins, ids: SameIds, server: Server, leak: Callable[[Server], None]
) -> None:
    leak(server)
    found = hunted(twins, ids, ABOUT.get(leak, ""))
    assert server.reached, "nothing reaches the place of this leak any more"
    assert found is not None, "the comparison misses this leak"


@pytest.mark.attack("P-1")
@pytest.mark.parametrize("about", ["", *dict.fromkeys(ABOUT.values())])
def test_without_a_leak_nothing_is_found(twins: Twins, ids: SameIds, about: str) -> None:
    """The readers and requests in which leaks are found: the first, or all if many are wished."""
    forget()
    assert hunted(twins, ids, about, None if MANY else 1) is None
