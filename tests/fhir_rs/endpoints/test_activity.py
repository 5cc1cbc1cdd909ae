"""$activity: the owner reads who looked; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.audit.plain_words import in_plain_words
from tests.fhir_rs.protected import RECORD, Protected, bare, fake, site

__all__ = ["bare", "fake", "site"]
ADDRESS = f"/fhir/r/{RECORD}/$activity"


def read(site: Protected, token: str | None, address: str = ADDRESS) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return site.client.get(address, headers=headers)


def test_the_owner_reads_who_what_why_and_which_rule(site: Protected) -> None:
    token = site.grant()
    site.fake.answers[token]["permissions"][0]["heart_uma_policy"] = "policy-of-bob"
    site.probe(token)
    site.probe(site.fake.rpt([]))
    site.probe(site.grant(heart_uma_party=None))
    entries = read(site, site.fake.owner_token()).get_json()["entries"]
    assert [(e["actor"], e["outcome"]) for e in entries] == [
        ("system", "shown"), ("person", "turned_away"), ("person", "shown"),
    ]  # fmt: skip
    shown = entries[-1]
    assert shown["who"] == {
        "name": "Dr. Bob Chen", "role": "Family doctor", "organization": "Cedar Valley",
    }  # fmt: skip
    assert shown["client"] == "Clinic app" and shown["why"] == "TREAT"
    assert shown["reason"] == "Visit on Friday" and shown["policy"] == "policy-of-bob"
    assert shown["what"] == {"interaction": "search-type", "kinds": ["results"], "count": 1}


def test_reading_it_is_an_entry_too(site: Protected) -> None:
    read(site, site.fake.owner_token())
    entries = read(site, site.fake.owner_token()).get_json()["entries"]
    assert [e["what"]["interaction"] for e in entries] == ["activity"]
    assert entries[0]["actor"] == "owner" and entries[0]["who"] is None


@pytest.mark.parametrize("caller", ["nobody", "rpt", "other owner"])
def test_nobody_else_reads_it(site: Protected, caller: str) -> None:
    token = {
        "nobody": lambda: None,
        "rpt": lambda: site.grant(),
        "other owner": lambda: site.fake.owner_token(sub="dora"),
    }[caller]()
    answer = read(site, token)
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    assert "entries" not in answer.get_json()


def test_pages_follow_each_other(site: Protected) -> None:
    token = site.grant()
    for _ in range(5):
        site.probe(token)
    owner, address, seen = site.fake.owner_token(), f"{ADDRESS}?_count=2&actor=person", []
    while address:
        page = read(site, owner, address).get_json()
        seen.append(len(page["entries"]))
        address = page["next"] and page["next"].removeprefix("http://rs.localhost:8401")
    assert seen == [2, 2, 1]


@pytest.mark.parametrize("query", ["_count=x", "cursor=-1", "cursor=1e9", "actor=robot"])
def test_parameters_are_checked(site: Protected, query: str) -> None:
    assert read(site, site.fake.owner_token(), f"{ADDRESS}?{query}").status_code == 400


def test_an_unknown_record_is_404(site: Protected) -> None:
    assert read(site, None, "/fhir/r/Unknown-Record-1234567/$activity").status_code == 404


def test_people_and_places_that_came_along_are_not_counted_as_her_records() -> None:
    agent = {"who": {"display": "Clinic app"}}
    detail = [("count", "13"), ("kind:conditions", "2"), ("kind:directory", "11")]
    event = {
        "recorded": "2026-01-01T00:00:00.000Z",
        "agent": [agent, agent, agent],
        "subtype": [{"code": "search-type"}],
        "entity": [{"detail": [{"type": t, "valueString": v} for t, v in detail]}],
    }
    what = in_plain_words(event, "person", "shown")["what"]
    assert (what["kinds"], what["count"]) == (["conditions"], 2)
