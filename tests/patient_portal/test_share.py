"""P3: the live view, pause, and a stop that is proved and never claimed too early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.patient_portal import fakes, story
from tests.patient_portal.conftest import Alice

BOB, SAM = "s-bob-0000000000000000", "s-sam-0000000000000000"


def _refusal(alice: Alice, seconds: int, policy: str | None) -> dict[str, Any]:
    return {
        "at": (alice.service.now + timedelta(seconds=seconds)).isoformat(),
        "who": {"name": "Dr. Bob Chen", "role": "Family doctor", "organization": story.CEDAR},
        "client": "Clinic app",
        "actor": "person",
        "what": {"interaction": "search", "kinds": ["vitals"], "count": 0},
        "why": "TREAT",
        "policy": policy,
        "outcome": "turned_away",
    }


def test_what_they_see_is_live(alice: Alice) -> None:
    html = alice.opens(f"/share/{BOB}?kind=medicines").text
    assert "Dr. Bob Chen can see 159 of your 169 records now." in html
    assert "Metformin" in html
    assert "Mental health" in html
    cedar = alice.service.clinics[story.CEDAR]
    next(i for i in cedar.items if i.title == "Metformin").level = "hidden"
    alice.service.now += timedelta(minutes=2)
    html = alice.opens(f"/share/{BOB}?kind=medicines").text
    assert "Dr. Bob Chen can see 158 of your 169 records now." in html
    assert "Hidden by you" in html


def test_rules_are_sentences(alice: Alice) -> None:
    html = alice.opens(f"/share/{BOB}/rules").text
    assert "All kinds of records, and new kinds when they arrive." in html
    assert "Private topics you turned on: Genetics." in html


def test_pause_for_a_day_and_turn_on_again(alice: Alice) -> None:
    page = alice.sends(f"/share/{BOB}", {"how": "day"}, f"/share/{BOB}/pause")
    assert "is paused. Dr. Bob Chen can not open your records" in page.text
    stored = alice.service.policies[BOB]
    assert stored["state"] == "paused"
    assert stored["paused_until"].startswith("2025-11-26T10:00:00")
    assert "When you turn it on again, 159 of your" in page.text
    page = alice.sends(f"/share/{BOB}", to=f"/share/{BOB}/resume")
    assert "is on again" in page.text
    assert alice.service.policies[BOB]["paused_until"] is None
    history = alice.opens(f"/share/{BOB}/history").text
    assert history.index("You turned it on again") < history.index("You paused it")


def test_a_pause_that_ran_out_is_on_again(alice: Alice) -> None:
    alice.sends(f"/share/{BOB}", {"how": "day"}, f"/share/{BOB}/pause")
    alice.service.now += timedelta(days=1, minutes=1)
    alice.signs_in()
    assert "Dr. Bob Chen can see 159 of your 169 records now." in alice.opens(f"/share/{BOB}").text
    assert "Dr. Bob Chen, Medicines: 7 of 8 shared" in alice.opens("/").text


def test_a_change_of_a_paused_share_leaves_it_paused(alice: Alice) -> None:
    page = alice.sends(f"/share/{SAM}", to=f"/share/{SAM}/change")
    begun = page.request.args["draft"]
    done = alice.sends(f"/share/new/check?draft={begun}")
    assert "It is still paused." in done.text
    assert alice.service.policies[SAM]["state"] == "paused"


def test_stop_asks_first_and_by_get_nothing_stops(alice: Alice) -> None:
    html = alice.opens(f"/share/{BOB}/stop").text
    assert "Notes or copies from before may be kept." in html
    assert alice.service.policies[BOB]["state"] == "on"


def test_stop_gives_proof_with_times(alice: Alice) -> None:
    alice.service.clinics[story.CEDAR].entries.append(_refusal(alice, 61, BOB))
    alice.service.clinics[story.HOME].entries.append(_refusal(alice, -61, BOB))
    page = alice.sends(f"/share/{BOB}/stop")
    assert "You stopped sharing with Dr. Bob Chen" in page.text
    assert "The key of Dr. Bob Chen was cancelled on 25 November 2025 at 10:00:00 UTC." in page.text
    assert "turned away on 25 November 2025 at 10:01:01 UTC by Cedar Valley" in page.text
    assert page.text.count("turned away on") == 1
    assert alice.service.policies[BOB]["state"] == "ended"


def test_a_pending_stop_is_never_called_done(alice: Alice) -> None:
    alice.service.pending = [story.HARBOR]
    page = alice.sends(f"/share/{BOB}/stop")
    assert "is being stopped" in page.text
    assert "No answer yet from: Harbor Counseling" in page.text
    assert "cancelled" not in page.text
    assert "You stopped sharing" not in page.text
    alice.service.pending = []
    path = page.request.full_path
    page = alice.sends(path, to=page.request.path)
    assert "The key of Dr. Bob Chen was cancelled" in page.text


def test_without_word_from_the_clinics_nothing_is_claimed(alice: Alice) -> None:
    alice.sends(f"/share/{BOB}/stop")
    page = alice.opens(f"/share/{BOB}/stopped")
    assert "cancelled" not in page.text
    assert "You asked to stop on 25 November 2025" in page.text
    page = alice.sends(f"/share/{BOB}/stopped")
    assert "The key of Dr. Bob Chen was cancelled" in page.text


def test_a_clinic_that_does_not_answer_is_not_counted_as_quiet(alice: Alice) -> None:
    alice.service.clinics[story.HARBOR].down = True
    page = alice.sends(f"/share/{BOB}/stop")
    assert "No one has tried" not in page.text
    assert "so we do not know about tries there" in page.text


def test_stop_ends_every_share_with_that_person(alice: Alice) -> None:
    second = fakes.share("s-bob-2222222222222222", "bob", "Family doctor", kinds=["vitals"])
    alice.service.policies[second["id"]] = second
    alice.sends(f"/share/{BOB}/stop")
    assert alice.service.policies[second["id"]]["state"] == "ended"
    assert alice.service.policies[SAM]["state"] == "paused"


def test_an_ended_share_stays_readable(alice: Alice) -> None:
    alice.sends(f"/share/{BOB}/stop")
    page = alice.opens(f"/share/{BOB}")
    assert "This has ended." in page.text
    assert "Stop sharing" not in page.text
    assert "Dr. Bob Chen" in alice.opens("/people").text


def test_a_share_of_someone_else_is_not_found(alice: Alice) -> None:
    page = alice.opens("/share/unknown-unknown-unknown")
    assert page.status_code == 404
    assert "We can not find that page." in page.text
