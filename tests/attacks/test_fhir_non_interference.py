"""P-1, P-8: what a token does not cover changes no byte; every path reaches one set.

Two servers hold records that differ in all that one reader may not see: things hidden by label,
words, kind, level, name or date, and what visible things say of them, beside references in every
spelling, in narratives and in what they contain. Pairs of answers are compared, status, headers and
bytes: 400 with every run, beside those in which each seeded leak is found. With
`HEART_UMA_TEST_PAIRS=20000` it is as many, and five times the records whose paths are compared; a
change of what readers see runs that once. Three differences are known, and left out of what is
made:

- a requester's own Binary vanishes for her when the clinic stores a hidden document that points at
  it: a file goes with all its documents (R4 Binary), and hers must not be a way round that;
- a contained copy of something hidden is cut, one of something that never was here is shown: it
  may be all that there is of it, so that cutting it would lose what the patient shares;
- a file that is withheld because of one of its documents is so no longer once a writer of that
  document took it out: whoever may change a document decides what belongs to it.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.attacks.fhir_comparing import SameIds, block, following, ids, twins
from tests.attacks.fhir_record import bundle
from tests.attacks.fhir_twin_streams import SEARCHES, filled
from tests.attacks.fhir_twin_things import address_of
from tests.attacks.fhir_twins import Side, Twins
from tests.fhir_rs.protected import RECORD

__all__ = ["ids", "twins"]
ALL = int(os.environ.get("HEART_UMA_TEST_PAIRS", "400"))
PAIRS, WORLDS = min(ALL // 2, 800), 5
BLOCKS = -(-ALL // PAIRS)


@pytest.mark.attack("P-1")
@pytest.mark.attack("FH-47")
@pytest.mark.attack("FH-49")
@pytest.mark.attack("FH-50")
@pytest.mark.parametrize("number", range(BLOCKS))
def test_what_is_not_covered_changes_no_byte(twins: Twins, ids: SameIds, number: int) -> None:
    """Half of the readers write as well."""
    assert block(twins, ids, 100 + number, pairs=PAIRS, worlds=WORLDS) >= PAIRS


def ask(side: Side, token: str, method: str, path: str, **more: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    url = f"/fhir/r/{RECORD}{path}"
    return side.site.client.open(url, method=method, headers=headers, **more)


def addresses(entries: list[dict[str, Any]], *modes: str) -> set[str]:
    return {
        f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in entries
        if entry.get("search", {}).get("mode", "match") in modes
    }


def walk(side: Side, token: str, path: str, *modes: str) -> set[str]:
    found: set[str] = set()
    while path:
        answer = ask(side, token, "GET", path)
        if answer.status_code == 401:
            return set()
        assert answer.status_code == 200
        found |= addresses(answer.get_json().get("entry", []), *modes)
        path = following(answer)
    return found


def reached(side: Side, token: str, everyone: set[str]) -> dict[str, set[str]]:
    """The records a token reaches, by the path that reaches them."""
    urls = sorted(f"{each}{rest}" for each in everyone for rest in ("", "/_history"))
    read = {}
    for rest in ("", "/_history"):
        statuses = {a: ask(side, token, "GET", f"/{a}{rest}") for a in everyone}
        read[rest] = {a for a, answer in statuses.items() if answer.status_code == 200}
    in_batch: set[str] = set()
    for start in range(0, len(urls), 90):
        part = urls[start : start + 90]
        text = bundle(*({"method": "GET", "url": url} for url in part))
        entries = ask(side, token, "POST", "", data=text).get_json()["entry"]
        for url, entry in zip(part, entries, strict=True):
            if entry["response"]["status"].startswith("200"):
                in_batch.add(url.removesuffix("/_history"))
    types = sorted({each.partition("/")[0] for each in everyone})
    return {
        "read": read[""],
        "history": read["/_history"],
        "batch": in_batch,
        "everything": walk(side, token, "/Patient/$everything?_count=3", "match"),
        "search": {a for t in types for a in walk(side, token, f"/{t}?_count=2", "match")},
        "sorted": {a for t in types for a in walk(side, token, f"/{t}?_sort=-date", "match")},
    }


def check_paths(twins: Twins, seed: int) -> None:
    rng = random.Random(seed)
    twins.admit(rng, writes=False)
    view = twins.fill(rng)
    for side in twins.sides:
        everyone = walk(side, side.fake.owner_token(), "/Patient/$everything", "match")
        shown = {address_of(id_) for id_ in view.shown} & everyone
        sets = reached(side, side.tokens[0], everyone)
        assert all(each == shown for each in sets.values()), (seed, shown, sets, twins.groups)
        included = {
            address
            for type_, terms in SEARCHES.items()
            for term in terms
            if "include" in term
            for address in walk(
                side, side.tokens[0], f"/{type_}?{filled(rng, term)}", "match", "include"
            )
        }
        assert included <= {address_of(id_) for id_ in view.shown}, (seed, twins.groups)
        preview = ask(
            side, side.fake.owner_token(), "POST", "/$preview",
            json={"permissions": twins.wires, "tell": {}},
        )  # fmt: skip
        assert {each["id"] for each in preview.get_json()["shown"]} == shown, (seed, twins.groups)


@pytest.mark.attack("P-8")
@pytest.mark.spec("DESIGN 13")
@pytest.mark.usefixtures("ids")  # on a slow machine too, no entry of a batch comes too late
@pytest.mark.parametrize("seed", range(3))
def test_every_path_reaches_one_set_and_the_preview_is_it(twins: Twins, seed: int) -> None:
    """That set is what the record was made to show."""
    check_paths(twins, seed)


@pytest.mark.slow
@pytest.mark.attack("P-8")
@pytest.mark.spec("DESIGN 13")
@pytest.mark.usefixtures("ids")
def test_every_path_reaches_one_set_in_many_records(twins: Twins) -> None:
    for seed in range(2000, 2000 + max(2, ALL // 600)):
        check_paths(twins, seed)
