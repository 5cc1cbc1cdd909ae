"""Every page of every person, with each service away in each way: the true sentence, and no other.

All in one process: what is away does not answer, lets its callers wait, refuses, or is slow. Every
page is compared with itself when all is well, before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from demo.records.sources import SOURCE_NAMES
from tests.outages.people import GROWS, WHOSE, Everybody
from tests.outages.sentences import (
    CLINIC,
    NO_ANSWER,
    SERVICE_OF_CLINIC,
    SHARING_SERVICE,
    sentence,
    untrue,
)

# One world, one worker.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("outages")]
AWAY = [
    *((SHARING_SERVICE, "*", "as", how) for how in ("stopped", "hanging", "refusing", "slow")),
    *((CLINIC, "*", "cedar", how) for how in ("stopped", "hanging", "refusing", "slow")),
    *((CLINIC, "*", source, "stopped") for source in ("harbor", "home")),
    *((SERVICE_OF_CLINIC, "cedar", "as", how) for how in ("stopped", "hanging", "refusing")),
]
SOME = re.compile(r"records|requests|share/KIND")


def needs(shape: str, clinic: str, when_well: str) -> bool:
    """Whether a page needs this clinic of several: a file the one that it is from, other pages the
    one that they name."""
    if found := re.match(r"chart/KIND/file/(\d)", shape):
        return list(SOURCE_NAMES.values())[int(found[1])] == clinic
    if re.match(r"looked/(question|unknown)", shape):
        return clinic == SOURCE_NAMES["cedar"]  # the newest look is of there
    if shape.endswith("/topics"):
        return clinic == SOURCE_NAMES["home"]  # the newest record is of there
    if shape.startswith("records/one/"):
        return f"From {clinic}" in when_well
    return not re.fullmatch(r"chart/KIND(/KIND)?", shape) or clinic in when_well


@pytest.fixture(autouse=True)
def all_is_well_again(everybody: Everybody) -> Iterator[None]:
    """What is back is read again as it was, whoever saw the outage."""
    yield
    everybody.world.trouble.clear()
    # A service that just started asks at once; one that was let wait leaves a clinic alone a while.
    everybody.start_anew()
    now = everybody.read(everybody.people[1:2]) | everybody.read(everybody.people[:1], SOME)
    assert [f"{where}: {words}" for where, words in everybody.changed(now)] == []


def test_the_pages_are_all_there(everybody: Everybody) -> None:
    """A page nobody walks to is not looked at by the tests below."""
    shapes = {shape for _login, shape in everybody.well}
    assert shapes >= {"records", "requests", "people", "looked", "chart/KIND", "chart/KIND/KIND"}
    assert len(everybody.well) >= 45, sorted(everybody.well)


@pytest.mark.fault("C3")
@pytest.mark.fault("C6")
@pytest.mark.parametrize(("away", "caller", "service", "how"), AWAY)
def test_every_page_says_what_is_so(
    everybody: Everybody, away: str, caller: str, service: str, how: str
) -> None:
    clinic = SOURCE_NAMES.get(service, SOURCE_NAMES["cedar"])
    everybody.later()
    everybody.world.trouble[caller, service] = how
    # Everybody looks when a service is stopped; how it is away is the same to all of a kind.
    now, wrong = everybody.read(everybody.people[: None if how == "stopped" else 2]), []
    if how == "slow":
        assert list(everybody.changed(now)) == []
        return
    for (login, shape), (status, words) in now.items():
        _, before = everybody.well[login, shape]
        wanted = sentence(WHOSE[login], away, how, shape, clinic)
        if away != SHARING_SERVICE and not needs(shape, clinic, before):
            wanted = None
        if WHOSE[login] == "asker" and words != before:  # she may just look whether there is a yes
            wanted = wanted or f"Not loaded: {clinic} {NO_ANSWER[how]}"
        if wanted is None and words != before and not GROWS.fullmatch(shape):
            wrong.append(f"{login} {shape} ({status}) reads otherwise: {words}")
        if wanted is not None and wanted not in words:
            wrong.append(f"{login} {shape} ({status}): {wanted!r} is not in: {words}")
        wrong += [f"{login} {shape} says {one!r}" for one in untrue(words, before)]
        if status not in (200, 403, 503):
            wrong.append(f"{login} {shape}: {status}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("source", ["cedar"])
def test_what_was_never_known_is_not_called_known(everybody: Everybody, source: str) -> None:
    """A portal that has just started knows no numbers from before."""
    world = everybody.world
    everybody.start_anew()
    everybody.later()
    world.trouble["*", source] = "stopped"
    alice = everybody.people[0]
    told = {shape: words for (_, shape), (_, words) in everybody.read([alice]).items()}
    assert [shape for shape, words in told.items() if "last known" in words] == []
    for shape, words in told.items():
        assert not untrue(words, everybody.well["alice", shape][1]), (shape, words)
    assert f"We can not reach {SOURCE_NAMES[source]} right now" in told[""]


@pytest.mark.parametrize("source", SOURCE_NAMES)
def test_a_clinic_that_is_away_when_a_key_is_renewed_costs_no_access(
    everybody: Everybody, source: str
) -> None:
    """The refresh token was spent before the clinic was asked: the new one must not be lost."""
    reader = everybody.people[1:2]
    for _ in range(2):
        everybody.later()
        everybody.world.trouble["*", source] = "stopped"
        everybody.read(reader)
        everybody.world.trouble.clear()
    everybody.later()
    assert list(everybody.changed(everybody.read(reader))) == []
