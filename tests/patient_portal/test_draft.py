"""Drafts: nothing is preselected, an edit knows its share, named records win and move."""

from __future__ import annotations

from patient_portal.policies import draft, draft_answers, draft_ids, draft_steps
from patient_portal.policies.person import Person
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import What

PRIYA = Person(key="p1", name="Dr. Nair", role="Specialist", role_code="s", organization="Lake")
SHARE = Policy(id="s" * 22, version=7, state="on", what=What(kinds=("vitals",)), why=("TREAT",))


def test_a_new_draft_shares_nothing() -> None:
    begun = draft.start(PRIYA)
    assert begun.state == "draft"
    assert begun.what == What()
    assert begun.why == ()
    assert begun.label.detail == "Specialist, Lake"
    assert 22 <= len(begun.id) <= 64


def test_ids_are_never_the_same() -> None:
    assert draft_ids.new_id() != draft_ids.new_id()


def test_an_edit_replaces_its_share_at_the_version_it_was_read() -> None:
    begun = draft.edit(SHARE)
    assert begun.state == "draft"
    assert begun.version is None
    assert len(begun.id) <= 64
    assert draft_ids.edit_of(begun.id) == draft_ids.Edit(SHARE.id, 7)
    started = draft.started(begun.changed(version=3))
    assert (started.id, started.version, started.state) == (SHARE.id, 7, "on")


def test_a_new_share_keeps_the_id_of_its_draft() -> None:
    begun = draft.start(PRIYA)
    assert draft.started(begun).id == begun.id
    assert draft_ids.edit_of(begun.id) is None


def test_everything_leaves_no_single_kinds() -> None:
    changed = draft_answers.with_kinds(SHARE, ("vitals",), everything=True)
    assert changed.what.everything
    assert changed.what.kinds == ()


def test_a_record_is_held_back_or_picked_but_never_both() -> None:
    held = draft_answers.holding_back(draft_answers.holding_back(SHARE, "r1"), "r1")
    assert held.what.records.exclude == ("r1",)
    picked = draft_answers.picking(held, "r1")
    assert picked.what.records.include == ("r1",)
    assert picked.what.records.exclude == ()
    assert draft_answers.not_naming(picked, "r1").what.records.include == ()


def test_the_next_step_is_the_first_without_an_answer() -> None:
    begun = draft.start(PRIYA)
    assert draft_steps.missing_step(begun) == "what"
    begun = draft_answers.with_kinds(begun, ("vitals",), everything=False)
    assert draft_steps.missing_step(begun) == "why"
    assert draft_steps.missing_step(begun.changed(why=("TREAT",))) == "check"


def test_steps_that_have_no_answer_yet_cannot_be_skipped() -> None:
    begun = draft.start(PRIYA)
    assert [step for step, reachable in draft_steps.steps(begun) if reachable] == ["who", "what"]
    assert not any(reachable for _step, reachable in draft_steps.steps(None))


def test_a_request_has_one_draft() -> None:
    assert draft_ids.for_request("q") == draft_ids.for_request("q")
    assert draft_ids.is_answer(draft_ids.for_request("q"))
