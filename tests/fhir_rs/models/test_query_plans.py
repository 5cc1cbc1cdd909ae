"""What a request asks the database is found by a key or read in the order of an index.

Asked of a record of every kind of resource, beside others: no table is read whole, nothing is put
in order that an index has in order, and the pages of a search come from the index that is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from fhir_rs.models.keys import KEYS
from fhir_rs.models.resource import BY_MOMENT, BY_NUMBER
from heart_ground import prepared
from tests.fhir_rs.endpoints.conftest import Record, ids, record
from tests.fhir_rs.protected import RECORD, bare, fake, site
from tests.fhir_rs.store import everything

__all__ = ["bare", "fake", "record", "site"]
_GROWING = sorted(name for name, kept in KEYS.items() if kept == "record")
# What is asked of a table under another name: (SQLAlchemy's anonymous aliases end in a number.)
_SCAN = re.compile(rf"\bSCAN ({'|'.join(_GROWING)})(_\d+)?\b")
_SORT = "USE TEMP B-TREE FOR ORDER BY"


class Asked:
    """Each statement that went to SQLite, with its values, through SQLAlchemy or past it."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        if engine.dialect.name != "sqlite":
            pytest.skip("SQLite tells its plans; the indexes are the same on PostgreSQL")
        self._engine = engine
        self.texts: dict[str, Any] = {}
        event.listen(engine, "before_cursor_execute", self._noted)
        sound = prepared.on_driver

        def on_driver(connection: Any, sql: str, parameters: Any) -> list[Any]:
            self.texts[sql] = parameters
            return sound(connection, sql, parameters)

        monkeypatch.setattr(prepared, "on_driver", on_driver)

    def _noted(self, _c: Any, _cursor: Any, text: str, values: Any, _x: Any, many: bool) -> None:
        self.texts[text] = values[-1] if many else values

    def plans(self) -> Iterator[tuple[str, str]]:
        """Each statement and how SQLite answers it."""
        with self._engine.connect() as connection:
            for text, values in dict(self.texts).items():
                if text.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
                    yield text, " / ".join(row.detail for row in rows)


@pytest.fixture
def asked(record: Record, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(record.site.app.engine, monkeypatch)


def granted(record: Record) -> str:
    return record.fake.rpt(everything(record.fake, "conf/N"))


def pages(asked: Asked) -> list[tuple[str, str]]:
    """The plans of what reads resources in an order, without what stands in subqueries."""
    return [
        (text, plan)
        for text, plan in asked.plans()
        if "resource.body" in text and "LIMIT" in text and "key_0" in text
    ]


READS = (
    "/Observation/v1", "/Observation/v1/_history", "/Observation?_sort=-date&_count=2",
    "/Observation?_sort=date", "/Observation?_count=2", "/Condition?code=44054006",
    "/Observation?patient=Patient/alice", "/Observation?_id=a1,v1", "/Patient/$everything?_count=3",
    "/Observation?_summary=count", "/Observation?_include=Observation:subject",
    "/Patient?_revinclude=Observation:subject",
)  # fmt: skip


def test_no_request_reads_a_table_whole(record: Record, asked: Asked) -> None:
    token = granted(record)
    for path in READS:
        assert record.get(path, token).status_code == 200, path
    assert len(asked.texts) > len(READS)
    whole = [f"{text}\n-> {plan}" for text, plan in asked.plans() if _SCAN.search(plan)]
    assert whole == []


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("/Observation?_sort=-date&_count=1", BY_MOMENT),
        ("/Observation?_sort=date&_count=1", BY_MOMENT),
        ("/Observation?_count=1", BY_NUMBER),
        ("/Patient/$everything?_count=1", BY_NUMBER),
    ],
)
def test_a_page_comes_in_the_order_of_its_index(
    record: Record, asked: Asked, path: str, index: str
) -> None:
    token = granted(record)
    first = record.get(path, token)
    assert len(ids(first)) == 1
    following = [x["url"] for x in first.get_json()["link"] if x["relation"] == "next"]
    assert record.get(following[0].partition(RECORD)[2], token).status_code == 200
    plans = [(t, p) for t, p in asked.plans() if "resource.body" in t and f"BY {index}" in t]
    assert len(plans) == 2, "the first page and the one behind it"
    for text, plan in plans:
        assert _SORT not in plan, f"{text}\n-> {plan}"
        assert f"SEARCH resource USING INDEX {index} (record=?" in plan, plan


def test_a_count_reads_an_index_alone_and_once_for_each_state(record: Record, asked: Asked) -> None:
    token, path = granted(record), "/Observation?_sort=-date&_count=2"
    first = record.get(path, token).get_json()["total"]
    counts = [(t, p) for t, p in asked.plans() if t.startswith("SELECT count(*)")]
    assert len(counts) == 1
    assert "SEARCH resource USING COVERING INDEX" in counts[0][1]
    asked.texts.clear()
    assert record.get(path, token).get_json()["total"] == first
    assert [text for text in asked.texts if text.startswith("SELECT count(*)")] == []
