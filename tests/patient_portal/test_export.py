"""A copy of everything: each resource of each source byte for byte, and what lacks by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from demo.records.sources import SOURCE_NAMES
from heart_ground.reach import Unreachable
from operator_tools.html_page import Page
from patient_portal.clinics import whole_record
from patient_portal.errors import ClinicDown
from patient_portal.policies.json_spans import elements, members
from tests.conftest import Clock
from tests.outages.people import Person, alice_at_home
from tests.world import Owner, World, seed

MORNING = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)


class Scene(NamedTuple):
    world: World
    alice: Person

    def at(self, path: str) -> Page:
        return self.alice.browser.get(f"{self.world.layout.portal}{path}")

    def later(self, *, minutes: int) -> None:
        self.world.clock.now += timedelta(minutes=minutes)  # type: ignore[attr-defined]

    def downloads(self) -> Page:
        page = self.at("/export")
        form = next(one for one in page.forms if one.action.endswith("/records.json"))
        return self.alice.browser.submit(page, form)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    world = World(tmp_path_factory.mktemp("export") / "world", Clock(MORNING))
    seed(world)
    return Scene(world, alice_at_home(world))


@pytest.fixture(autouse=True)
def all_is_well_again(scene: Scene) -> Iterator[None]:
    yield
    scene.world.trouble.clear()


def entries_of(text: str) -> dict[str, str]:
    """Address -> the text of its resource, exactly as it stands in the file."""
    begin = dict(members(text))["entry"][0]
    entries = [dict(members(text, at)) for at, _end in elements(text, begin)]
    return {
        json.loads(text[slice(*one["fullUrl"])]): text[slice(*one["resource"])]
        for one in entries
        if "fullUrl" in one
    }


def missing_in(text: str) -> list[str]:
    found = [one["resource"] for one in json.loads(text).get("entry", [])]
    outcomes = [one for one in found if one["resourceType"] == "OperationOutcome"]
    return [issue["details"]["text"] for one in outcomes for issue in one["issue"]]


def test_every_resource_of_every_source_is_in_it_byte_for_byte(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_record, "FEW", "7")
    text = scene.downloads().text
    bundle, entries, owner = json.loads(text), entries_of(text), Owner(scene.world)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert missing_in(text) == []
    assert len(entries) == len(bundle["entry"])
    listed = 0
    for source, base in scene.world.bases.items():
        page = owner.at(source, "GET", "/$records?_count=500").json()
        for one in page["resources"]:
            kept = owner.at(source, "GET", f"/{one['id']}")
            assert entries[f"{base}/{one['id']}"] == kept.text
        listed += page["total"]
    assert listed == 169
    hidden = [one for one in entries if one.startswith(scene.world.bases["harbor"])]
    assert hidden, "what she keeps from others is hers"


def test_a_source_that_is_away_is_named_in_the_file_and_on_the_page(scene: Scene) -> None:
    whole = len(entries_of(scene.downloads().text))
    scene.world.trouble["portal", "harbor"] = "stopped"
    scene.later(minutes=2)  # counts are good for one
    name = SOURCE_NAMES["harbor"]
    assert f"We can not reach {name} right now" in scene.at("/export").text
    text = scene.downloads().text
    assert missing_in(text) == [
        f"Missing in this file: records of {name}, which did not answer. Make a new copy later."
    ]
    bases = scene.world.bases
    entries = entries_of(text)
    assert 0 < len(entries) < whole
    assert not [one for one in entries if one.startswith(bases["harbor"])]
    assert {base for base in bases.values() if any(one.startswith(base) for one in entries)} == {
        bases["cedar"],
        bases["home"],
    }


def test_nothing_but_the_missing_is_a_bundle_too(scene: Scene) -> None:
    for source in SOURCE_NAMES:
        scene.world.trouble["portal", source] = "stopped"
    text = scene.downloads().text
    assert len(missing_in(text)) == 3 == len(json.loads(text)["entry"])


def test_rules_and_the_page_to_print_say_the_same(scene: Scene) -> None:
    table, page = scene.at("/export/rules.csv").text, scene.at("/export/print").text
    for who in ("Dr. Bob Chen", "Dana Fox, LCSW", "Sam Carter", "River State Diabetes Study"):
        assert who in table and who in page
    assert "HbA1c 6.8 %" in page and SOURCE_NAMES["harbor"] in page
    assert "All your private topics stay private." in table


@pytest.mark.attack("WEB-02")
def test_who_signed_in_long_ago_signs_in_once_more(scene: Scene) -> None:
    for _ in range(2):  # she is at the page all the time, so her session lives
        scene.later(minutes=10)
        assert scene.at("/export").status == 200
    page = scene.downloads()
    assert "<h1>Sign in once more</h1>" in page.text and "resourceType" not in page.text
    form = next(one for one in page.forms if one.action.endswith("/login"))
    page = scene.alice.browser.submit(page, form)
    assert "Sign in to your sharing service" in page.text
    page = scene.alice.browser.submit(
        page, page.form("username"), {"username": "alice", "password": "demo"}
    )
    while page.form("decision") if "decision" in page.text else None:
        page = scene.alice.browser.submit(page, page.form("decision"), press=("decision", "allow"))
    assert page.url.endswith("/export")
    assert missing_in(scene.downloads().text) == []


def test_a_stranger_gets_nothing(scene: Scene) -> None:
    stranger = scene.world.browser()
    for path in ("/export", "/export/rules.csv", "/export/print"):
        page = stranger.get(f"{scene.world.layout.portal}{path}")
        assert page.url.startswith(f"{scene.world.layout.portal}/login")


BASE = "https://clinic.test/fhir/r/1"


class Told(NamedTuple):
    status: int
    content: bytes


class Way:
    """A clinic that answers what it is told to; both OwnRecord and its way out."""

    base, token = BASE, "t0k"

    def __init__(self, **pages: Any) -> None:
        self.pages, self.asked = pages, list[str]()
        self.clinics = self.outbound = self

    def request(self, _method: str, url: str, **_more: Any) -> Told:
        self.asked.append(url)
        told = self.pages[url.partition("_count=")[2].replace("&_cursor=", "_")]
        if isinstance(told, str):
            raise Unreachable(told)
        return Told(200, told if isinstance(told, bytes) else json.dumps(told).encode())


def page(*names: str, following: str = "") -> dict[str, Any]:
    links = [{"relation": "next", "url": following}] if following else []
    found = [{"fullUrl": f"{BASE}/{one}", "resource": {"id": one}} for one in names]
    return {"resourceType": "Bundle", "link": links, **({"entry": found} if found else {})}


def read(way: Way) -> list[str]:
    return [json.loads(one.text)["id"] for one in whole_record.resources(lambda: way)]  # type: ignore[arg-type,return-value]


def test_pages_are_read_to_the_end_and_each_resource_once() -> None:
    first = f"{BASE}/Patient/$everything?_count=20&_cursor=b"
    assert read(Way(**{"20": page("a", "p", following=first), "20_b": page("b", "p")})) == [
        "a",
        "p",
        "b",
    ]
    assert read(Way(**{"20": page()})) == []


def test_a_page_that_is_too_large_is_asked_for_one_by_one() -> None:
    following = f"{BASE}/Patient/$everything?_count=1&_cursor=b"
    way = Way(**{"20": "large", "1": page("a", following=following), "1_b": page("b")})
    assert read(way) == ["a", "b"]
    with pytest.raises(ClinicDown):
        read(Way(**{"20": "large", "1": "large"}))


@pytest.mark.parametrize(
    "told",
    [
        page("a", following="https://evil.test/fhir/r/1/Patient/$everything?_count=20"),
        page("a", following=f"{BASE}0/Patient/$everything"),
        b'{"entry": [{"resource": {"id": "a"}, "resource": {"id": "b"}}]}',
        b'{"entry": {}}',
        b"[]",
        b"<html>",
        "slow",
        "silent",
    ],
)
def test_a_clinic_that_answers_otherwise_is_away_and_gets_no_key_elsewhere(told: Any) -> None:
    way = Way(**{"20": told})
    with pytest.raises(ClinicDown):
        read(way)
    assert {one.partition("?")[0] for one in way.asked} == {f"{BASE}/Patient/$everything"}


def test_parts_of_a_text_are_found_as_they_stand() -> None:
    text = ' { "a" : [ {"b":1.50 } , "\\u00e9" ], "c":{} , "d": [] } '
    found = {name: text[begin:end] for name, (begin, end) in members(text)}
    assert found == {"a": '[ {"b":1.50 } , "\\u00e9" ]', "c": "{}", "d": "[]"}
    at = dict(members(text))["a"][0]
    assert [text[begin:end] for begin, end in elements(text, at)] == ['{"b":1.50 }', '"\\u00e9"']
    assert list(elements("[]", 0)) == [] == list(members("{}"))
    for broken in ("", "[", '{"a" 1}', '{"a":1 "b":2}'):
        with pytest.raises(ValueError):
            list(members(broken))
