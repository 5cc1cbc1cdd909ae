"""P1: the grid tells the truth, also when a clinic is down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.patient_portal import story
from tests.patient_portal.conftest import Alice


def test_each_box_says_what_the_clinics_answered(alice: Alice) -> None:
    html = alice.opens("/").text
    assert "Dr. Bob Chen, Medicines: 7 of 8 shared" in html
    assert "Dr. Bob Chen, Vital signs: all 104 shared" in html
    assert "Dana Fox, LCSW, Allergies: nothing shared" in html
    assert "Sam Carter, Medicines: paused" in html


def test_heading_and_waiting_strip(alice: Alice) -> None:
    html = alice.opens("/").text
    assert "2 people can see some of your records. 1 share is paused." in html
    assert "2 records are hidden from everyone." in html
    assert "1 person is waiting for you" in html
    assert "Requests (1)" in html


def test_private_topics_are_counted(alice: Alice) -> None:
    html = alice.opens("/").text
    for line in (
        "Mental health: 6",
        "Genetics: 4",
        "Alcohol and drug use: 3",
        "Violence or abuse: 2",
    ):
        assert line in html


def test_by_kind_turns_the_grid(alice: Alice) -> None:
    html = alice.opens("/?by=kind").text
    assert "Kinds of records down the side" in html
    assert "Dr. Bob Chen, Medicines: 7 of 8 shared" in html


def test_counts_are_kept_for_a_minute_and_then_asked_again(alice: Alice) -> None:
    alice.opens("/")
    cedar = alice.service.clinics[story.CEDAR]
    asked = cedar.previews
    alice.opens("/")
    assert cedar.previews == asked
    alice.service.now += timedelta(seconds=61)
    alice.opens("/")
    assert cedar.previews > asked


def test_however_many_people_each_place_is_asked_once(alice: Alice) -> None:
    first = next(iter(alice.service.policies.values()))
    for number in range(150):
        more = {
            **first,
            "id": f"more-{number:<20}".replace(" ", "x"),
            "who": {"person": f"p{number}"},
        }
        alice.service.policies[more["id"]] = more
    alice.service.previewed = 0
    before = {name: clinic.previews for name, clinic in alice.service.clinics.items()}
    page = alice.opens("/")
    assert page.text.count("<th scope=row") + page.text.count('<th scope="row"') >= 150
    assert {n: c.previews - before[n] for n, c in alice.service.clinics.items()} == dict.fromkeys(
        before, 1
    )
    assert alice.service.previewed == 2  # a hundred at a time


def test_a_clinic_of_before_is_asked_one_by_one_and_tells_the_same(alice: Alice) -> None:
    now = alice.opens("/").text
    alice.service.now += timedelta(seconds=61)
    for clinic in alice.service.clinics.values():
        clinic.counts = False
    before = alice.opens("/").text
    table = slice(now.index("<table"), now.index("</table>"))
    assert before[table] == now[table] and "7 of 8 shared" in now[table]
    assert "can not reach" not in before


def test_a_change_is_seen_at_once(alice: Alice) -> None:
    alice.opens("/")
    alice.sends(
        "/share/s-bob-0000000000000000", {"how": "open"}, "/share/s-bob-0000000000000000/pause"
    )
    html = alice.opens("/").text
    assert "Dr. Bob Chen, Medicines: paused" in html
    assert "1 person can see some of your records. 2 shares are paused." in html


@pytest.mark.fault("C26")
def test_a_clinic_that_is_down_is_named_and_its_numbers_are_the_last_known(alice: Alice) -> None:
    alice.opens("/")
    alice.service.clinics[story.HARBOR].down = True
    alice.service.now += timedelta(minutes=5)
    html = alice.opens("/").text
    assert "We can not reach Harbor Counseling right now" in html
    assert "last known ones, from 10:00 UTC" in html
    assert "Dana Fox, LCSW, Conditions: 7 of 9 shared" in html


@pytest.mark.fault("C26")
def test_a_clinic_never_reached_leaves_the_rest(visitor: Alice) -> None:
    visitor.service.clinics[story.HARBOR].down = True
    html = visitor.signs_in().text
    assert "We can not reach Harbor Counseling right now" in html
    assert "Dr. Bob Chen, Vital signs: 104 of the 104 that are loaded shared" in html
    assert "Sam Carter, Vital signs: not loaded" in html
    assert "Not loaded: Harbor Counseling" in html
    assert "Not all numbers are loaded, so this is not the whole picture." in html
    assert "can see some of your records" not in html


def test_nobody_shared_with_yet(alice: Alice) -> None:
    alice.service.policies.clear()
    html = alice.opens("/").text
    assert "You are not sharing with anyone yet" in html
    assert "Share with someone" in html


def test_no_clinic_linked_yet(alice: Alice) -> None:
    alice.service.linked.clear()
    html = alice.opens("/").text
    assert "Link a clinic first" in html


def test_the_grid_shows_what_is_on_or_paused_or_ended_alone(alice: Alice) -> None:
    def people(query: str) -> list[str]:
        html = alice.opens(f"/?{query}").text.partition('aria-labelledby="mx"')[2]
        names = ("Dr. Bob Chen", "Dana Fox, LCSW", "Sam Carter")
        return [name for name in names if name in html.partition('<div class="grid">')[0]]

    assert people("show=on") == ["Dr. Bob Chen", "Dana Fox, LCSW"]
    assert people("show=paused") == people("by=kind&show=paused") == ["Sam Carter"]
    assert people("show=nonsense") == people("") == ["Dr. Bob Chen", "Dana Fox, LCSW", "Sam Carter"]
    assert "Nothing you shared has ended." in alice.opens("/?show=ended").text
    alice.sends("/share/s-bob-0000000000000000/stop")
    assert people("show=ended") == ["Dr. Bob Chen"]
    assert people("show=on") == ["Dana Fox, LCSW"]
    alice.sends("/share/s-dana-000000000000000/stop")
    assert "No share is on." in alice.opens("/?show=on").text
    # The choice of how to show it keeps which to show.
    assert 'href="/?by=kind&amp;show=paused"' in alice.opens("/?show=paused").text
