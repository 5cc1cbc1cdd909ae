"""The SQL of a grant says what the Python model says, for any grant and any resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select

from fhir_rs.db import make_engine, reading, writing
from fhir_rs.enforcement.grant import OWNER, Clause, Grant
from fhir_rs.enforcement.kinds import slot_of
from fhir_rs.enforcement.lenses import Facet, lenses_of, shows, why_held
from fhir_rs.models.record import Record
from fhir_rs.models.resource import Resource
from fhir_rs.models.visibility import RESOURCE, visible
from heart_ground.migrations import migrate
from heart_uma.labels import mask_allowed
from heart_uma.resources import Limits

PAIRS = [
    ("Observation", "results"), ("Observation", "vitals"), ("Condition", "conditions"),
    ("Patient", "about"), ("Resource", "other"),
]  # fmt: skip
NAMES = [f"{type_}/{n}" for type_, _ in PAIRS for n in range(3)] + ["List/0", "List/1"]
DAYS = [None, 737000, 737100, 737200]
SINCE = [None, "2018-11-01", "2019-01-01"]
SCOPES = ["conf/N", "conf/R", "conf/V", "sens/ETH", "sens/HIV"]
BITS = st.sampled_from([0, 1, 1 << 1, 1 << 4, 1 << 12, 1 << 13, 1 << 1 | 1 << 4])

facets = st.builds(
    lambda address, kind_first, labels, level, low, wide: Facet(
        address, address.partition("/")[0], _slot(address, kind_first), labels, level,
        low, None if low is None else low + wide,
    ),
    st.sampled_from(NAMES), st.booleans(), BITS, st.integers(0, 2), st.sampled_from(DAYS),
    st.sampled_from([0, 150]),
)  # fmt: skip
names = st.frozensets(st.sampled_from(NAMES), max_size=4)
limits = st.builds(
    Limits, only=st.none() | names, also=names, except_=names,
    since=st.sampled_from(SINCE), until=st.sampled_from([None, "2018-12-01"]),
)  # fmt: skip


def _slot(address: str, first: bool) -> str:
    type_ = address.partition("/")[0]
    if type_ == "Observation":
        return slot_of(type_, "results" if first else "vitals")
    return slot_of(type_, {"Condition": "conditions", "Patient": "about"}.get(type_, "other"))


def _clause(pair: tuple[str, str], action: str, labels: frozenset[str], found: Limits) -> Clause:
    scopes = labels | {f"patient/{pair[0]}.{action}"}
    return Clause(*pair, scopes=scopes, allowed=mask_allowed(scopes), limits=found)


grants = st.lists(
    st.builds(
        _clause, st.sampled_from(PAIRS), st.sampled_from(["read", "write", "*"]),
        st.frozensets(st.sampled_from(SCOPES)), limits,
    ),
    max_size=4,
).map(lambda clauses: Grant(tuple(clauses)))  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = make_engine("sqlite://")
    migrate(made, "fhir_rs")
    row = {"id": "r", "name": "n", "identity_copy": False, "source_key": "s", "created": 0}
    with writing(made) as connection:
        connection.execute(insert(Record).values(row))
    yield made
    made.dispose()


def _row(number: int, facet: Facet) -> dict[str, Any]:
    kind = facet.slot.partition(":")[2]
    return {
        "record": "r",
        "pk": number,
        "address": facet.address,
        "type": facet.type,
        "id": facet.address,
        "kind": kind,
        "slot": facet.slot,
        "labels": facet.labels,
        "level": facet.level,
        "day_low": facet.day_low,
        "day_high": facet.day_high,
        "title": "",
        "version": 1,
        "updated": 0,
        "sensitivity": "",
        "rules": "",
        "digest": "",
        "body": b"{}",
    }


@pytest.mark.spec("DESIGN 9")
@pytest.mark.spec("DESIGN 11")
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(facets, max_size=10, unique_by=lambda f: f.address), grants)
def test_sql_and_model_agree(engine: Engine, held: list[Facet], grant: Grant) -> None:
    with writing(engine) as connection:
        connection.execute(delete(Resource))
        if held:
            connection.execute(insert(Resource), [_row(n, facet) for n, facet in enumerate(held)])
    for action in ("read", "write"):
        lenses = lenses_of(grant, action)
        expected = {f.address for f in held if any(shows(lens, f) for lens in lenses)}
        with reading(engine) as connection:
            shown = visible(grant, "r", action, types=frozenset({"Observation"}))
            found = connection.execute(select(RESOURCE.c.address).where(shown)).scalars().all()
        assert set(found) == expected
        hidden = {f.address for f in held if f.level == 2}
        assert not hidden & expected


@given(st.lists(facets, max_size=8, unique_by=lambda f: f.address), grants, grants)
def test_alternatives_only_add_and_each_speaks_for_itself(
    held: list[Facet], one: Grant, other: Grant
) -> None:
    def seen(grant: Grant) -> set[str]:
        return {f.address for f in held if any(shows(x, f) for x in lenses_of(grant, "read"))}

    assert seen(Grant(one.clauses + other.clauses)) == seen(one) | seen(other)


@given(facets, grants)
def test_what_is_held_has_a_reason(facet: Facet, grant: Grant) -> None:
    lenses = lenses_of(grant, "read")
    if not any(shows(lens, facet) for lens in lenses):
        assert why_held(lenses, facet) in {"hidden", "pick", "kind", "named", "topic", "dates"}


def test_masks_of_two_policies_are_never_merged() -> None:
    both = Facet("Condition/1", "Condition", "Condition:conditions", 1 << 1 | 1 << 4, 0)
    split = Grant(
        (
            _clause(("Condition", "conditions"), "read", frozenset({"sens/ETH"}), Limits()),
            _clause(("Condition", "conditions"), "read", frozenset({"sens/HIV"}), Limits()),
        )
    )
    assert not any(shows(lens, both) for lens in lenses_of(split, "read"))


def test_the_owner_sees_everything(engine: Engine) -> None:
    with reading(engine) as connection:
        assert connection.execute(select(visible(OWNER, "r"))).scalar()
