"""P-1, P-8: what a token does not cover changes no byte; every path reaches one set."""

from __future__ import annotations

import random
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.attacks.fhir_record import bundle
from tests.attacks.fhir_twins import SEARCHES, TWINS, Twins, stream
from tests.fhir_rs.protected import RECORD

ONCE = re.compile(rb'ticket="[^"]+"|"valueString":"ticket-[^"]+"')
CURSOR = re.compile(rb"_cursor=([\w.-]+)")


@dataclass
class SameIds:
    """New ids in the same order for both records, so that sorting by id is the same for both."""

    sources: dict[str, random.Random] = field(default_factory=dict)
    record: str = ""

    def uuid4(self) -> uuid.UUID:
        return uuid.UUID(int=self.sources[self.record].getrandbits(128), version=4)


IDS = SameIds()


@pytest.fixture(autouse=True)
def same_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fhir_rs.writing.uuid", IDS)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    return Twins(tmp_path_factory.mktemp("twins"))


def ask(twins: Twins, record: str, token: str | None, method: str, path: str, **more: Any) -> Any:
    headers = dict(more.pop("headers", {}))
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if "data" in more:
        headers["Content-Type"] = "application/fhir+json"
    url = f"/fhir/r/{record}{path}"
    IDS.record = record
    return twins.site.client.open(url, method=method, headers=headers, **more)


def normal(record: str, answer: TestResponse) -> tuple[int, bytes, bytes]:
    """All that is sent, but for the record's own name, tickets and the content of cursors."""
    headers = b"\n".join(
        f"{k}: {v}".encode()
        for k, v in answer.headers
        if k != "Content-Length" or not (answer.status_code == 401 or b"ticket" in answer.data)
    )
    parts = [part.replace(record.encode(), b"R") for part in (headers, answer.get_data())]
    parts = [ONCE.sub(b"*", part) for part in parts]
    parts = [CURSOR.sub(lambda m: b"_cursor=%d" % len(m[1]), part) for part in parts]
    return answer.status_code, parts[0], parts[1]


def following(record: str, answer: TestResponse) -> str:
    if answer.status_code != 200 or "json" not in answer.content_type or not answer.get_data():
        return ""
    links = answer.get_json().get("link", [])
    found = [each["url"] for each in links if each["relation"] == "next"]
    return str(found[0].split(record, 1)[1]) if found else ""


def compare(twins: Twins, seed: int, length: int) -> int:
    """Send one stream to both records; how many pairs of answers were equal."""
    rng = random.Random(seed)
    IDS.sources = {record: random.Random(seed) for record in TWINS}
    token, wires = twins.fill(rng)
    pairs = 0
    for method, path, more in stream(rng, length):
        bearer = None if rng.random() < 0.05 else token
        paths = [path, path]
        for _ in range(4):
            answers = [
                ask(twins, record, bearer, method, at, **{k: v for k, v in more.items()})
                for record, at in zip(TWINS, paths, strict=True)
            ]
            one, other = (normal(r, a) for r, a in zip(TWINS, answers, strict=True))
            assert one == other, (seed, method, path, more, wires)
            assert one[0] < 500, (seed, method, path, more, one)
            pairs += 1
            paths = [following(r, a) for r, a in zip(TWINS, answers, strict=True)]
            if not all(paths):
                break
    return pairs


@pytest.mark.attack("P-1")
@pytest.mark.attack("FH-47")
@pytest.mark.attack("FH-49")
@pytest.mark.attack("FH-50")
@pytest.mark.parametrize("seed", range(8))
def test_what_is_not_covered_changes_no_byte(twins: Twins, seed: int) -> None:
    assert compare(twins, seed, 40) >= 40


@pytest.mark.slow
@pytest.mark.attack("P-1")
def test_what_is_not_covered_changes_no_byte_in_many_records(twins: Twins) -> None:
    assert sum(compare(twins, seed, 50) for seed in range(1000, 1080)) > 4000


def addresses(entries: list[dict[str, Any]], *modes: str) -> set[str]:
    return {
        f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in entries
        if entry.get("search", {}).get("mode", "match") in modes
    }


def walk(twins: Twins, token: str, path: str, *modes: str) -> set[str]:
    found: set[str] = set()
    while path:
        answer = ask(twins, RECORD, token, "GET", path)
        if answer.status_code == 401:
            return set()
        assert answer.status_code == 200
        found |= addresses(answer.get_json().get("entry", []), *modes)
        path = following(RECORD, answer)
    return found


def reached(twins: Twins, token: str) -> dict[str, set[str]]:
    """The records a token reaches, by the path that reaches them."""
    everyone = walk(twins, twins.fake.owner_token(), "/Patient/$everything", "match")
    urls = sorted(f"{each}{rest}" for each in everyone for rest in ("", "/_history"))
    read = {}
    for rest in ("", "/_history"):
        statuses = {a: ask(twins, RECORD, token, "GET", f"/{a}{rest}") for a in everyone}
        read[rest] = {a for a, answer in statuses.items() if answer.status_code == 200}
    in_batch: set[str] = set()
    for start in range(0, len(urls), 90):
        part = urls[start : start + 90]
        text = bundle(*({"method": "GET", "url": url} for url in part))
        for url, entry in zip(
            part, ask(twins, RECORD, token, "POST", "", data=text).get_json()["entry"], strict=True
        ):
            if entry["response"]["status"].startswith("200"):
                in_batch.add(url.removesuffix("/_history"))
    types = sorted({each.partition("/")[0] for each in everyone})
    return {
        "read": read[""],
        "history": read["/_history"],
        "batch": in_batch,
        "everything": walk(twins, token, "/Patient/$everything?_count=3", "match"),
        "search": {a for t in types for a in walk(twins, token, f"/{t}?_count=2", "match")},
        "sorted": {a for t in types for a in walk(twins, token, f"/{t}?_sort=-date", "match")},
    }


def check_paths(twins: Twins, seed: int) -> None:
    token, wires = twins.fill(random.Random(seed))
    sets = reached(twins, token)
    assert all(each == sets["read"] for each in sets.values()), (seed, wires)
    included = {
        address
        for type_, terms in SEARCHES.items()
        for term in terms
        if "include" in term
        for address in walk(twins, token, f"/{type_}?{term}", "match", "include")
    }
    assert {a for a in included if not a.startswith("Practitioner/")} <= sets["read"]
    owner = {"Authorization": f"Bearer {twins.fake.owner_token()}"}
    preview = twins.site.client.post(
        f"/fhir/r/{RECORD}/$preview", json={"permissions": wires, "tell": {}}, headers=owner
    )
    assert {each["id"] for each in preview.get_json()["shown"]} == sets["read"], (seed, wires)


@pytest.mark.attack("P-8")
@pytest.mark.spec("DESIGN 13")
@pytest.mark.parametrize("seed", range(3))
def test_every_path_reaches_one_set_and_the_preview_is_it(twins: Twins, seed: int) -> None:
    check_paths(twins, seed)


@pytest.mark.slow
@pytest.mark.attack("P-8")
@pytest.mark.spec("DESIGN 13")
def test_every_path_reaches_one_set_in_many_records(twins: Twins) -> None:
    for seed in range(2000, 2060):
        check_paths(twins, seed)
