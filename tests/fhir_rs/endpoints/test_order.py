"""Pages of a search in order: what is alike follows the direction, and nothing is left out."""

from __future__ import annotations

import pytest

from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import everything, observation, put

ALIKE = [
    observation(f"n{number}", "Sodium", **({"effectiveDateTime": day} if day else {}))
    for number, day in enumerate(("2024-01-01", "", "2024-01-02", "2024-01-01", "", "2024-01-01"))
]


def listed(record: Record, path: str, token: str) -> list[str]:
    found: list[str] = []
    following = [path]
    while following:
        page = record.get(following[0].rpartition(RECORD)[2], token)
        found += ids(page)
        links = page.get_json()["link"]
        following = [each["url"] for each in links if each["relation"] == "next"]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_one_direction_is_the_other_turned_round(record: Record, size: int) -> None:
    put(record.site.app.engine, RECORD, ALIKE)
    token = record.fake.rpt(everything(record.fake, "conf/N"))
    ids_ = ",".join(each["id"] for each in ALIKE)
    for narrowed in ("", f"&_id={ids_}"):
        path = f"/Observation?_count={size}{narrowed}"
        first = listed(record, f"{path}&_sort=date", token)
        last = listed(record, f"{path}&_sort=-date", token)
        assert first == last[::-1]
        assert len(set(first)) == len(first) >= len(ALIKE)
        here = [each.partition("/")[2] for each in first if each[12:] in ids_.split(",")]
        assert here == ["n1", "n4", "n0", "n3", "n5", "n2"]
        assert sorted(listed(record, path, token)) == sorted(first)
