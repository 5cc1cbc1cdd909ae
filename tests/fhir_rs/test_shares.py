"""What each of the cast sees of Alice's 169 records, summed over her three sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from demo.records.elements import CEDAR, HARBOR, HOME
from demo.records.sources import IDENTITY_COPIES, bundle, records
from fhir_rs.db import make_engine, reading, writing
from fhir_rs.enforcement.catalogue import SLICES
from fhir_rs.enforcement.grant import Grant, grant_of
from fhir_rs.importing.importer import import_paths
from fhir_rs.models import levels, owner_view
from fhir_rs.models.visibility import visible
from heart_uma.kinds import KIND_NAMES
from heart_uma.levels import LEVELS
from heart_uma.resources import Limits, Permission

TODAY = date(2026, 3, 1)
REGISTERED = {f"{t}:{k}": (t, k) for t, k in SLICES}
EVERYTHING = set(KIND_NAMES)
PRIYA = {"conditions", "medicines", "results", "vitals", "visits"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Engine, str]]]:
    """The three servers' databases, each with its record of Alice."""
    made = {}
    for source in (CEDAR, HARBOR, HOME):
        file = tmp_path_factory.mktemp(source) / f"{source}.json"
        file.write_text(json.dumps(bundle(source, TODAY)))
        engine = make_engine("sqlite://")
        report = import_paths(
            engine,
            [Path(file)],
            progress=lambda n, f: None,
            identity_copy=source in IDENTITY_COPIES,
        )
        assert report.refused == []
        record = report.records[0].record
        with writing(engine) as connection:
            for each in records(TODAY):
                if each.source == source and each.level != "rules":
                    address = f"{each.resource['resourceType']}/{each.resource['id']}"
                    levels.set_levels(connection, record, [address], LEVELS[each.level])
        made[source] = (engine, record)
    yield made
    for engine, _ in made.values():
        engine.dispose()


def grant(kinds: set[str], *topics: str, limits: Limits | None = None) -> Grant:
    scopes = frozenset({"conf/N", *(f"sens/{topic}" for topic in topics)})
    return grant_of(
        [
            Permission(f"{t}:{k}", scopes | {f"patient/{t}.read"}, limits=limits or Limits())
            for t, k in SLICES
            if k in kinds
        ],
        REGISTERED,
    )


def seen(sources: dict[str, tuple[Engine, str]], share: Grant) -> tuple[int, int]:
    """(shown, all) over the three sources."""
    shown = total = 0
    for engine, record in sources.values():
        with reading(engine) as connection:
            counted = owner_view.counted(connection, record)
            condition = visible(share, record, types=frozenset({"Patient"}))
            rows = owner_view.decided(connection, counted, condition)
        shown += sum(row.shown for row in rows)
        total += len(rows)
    return shown, total


@pytest.mark.parametrize(
    ("who", "share", "expected"),
    [
        ("bob", grant(EVERYTHING, "GDIS"), 159),
        (
            "dana",
            grant({"about", "conditions", "medicines", "visits", "documents"}, "ETH", "PSY"),
            32,
        ),
        ("sam", grant({"about", "conditions", "medicines", "allergies", "visits"}), 23),
        ("study", grant({"results", "vitals"}), 120),
        ("priya, nothing yet", Grant(), 0),
        ("priya, yes to some", grant(PRIYA), 140),
    ],
)
def test_the_counts_of_the_story(
    sources: dict[str, tuple[Engine, str]], who: str, share: Grant, expected: int
) -> None:
    assert seen(sources, share) == (expected, 169), who


def test_the_hint_held_back_too(sources: dict[str, tuple[Engine, str]]) -> None:
    hint = next(r for r in records(TODAY) if r.name.startswith("Naltrexone"))
    address = f"{hint.resource['resourceType']}/{hint.resource['id']}"
    share = grant(PRIYA, limits=Limits(except_=frozenset({address})))
    assert seen(sources, share) == (139, 169)
