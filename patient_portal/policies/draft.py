"""PURE. The life of a share that is being written: begun, begun from another, started.

A draft is a policy in state `draft`; its id is chosen here (`draft_ids`), so that a repeated submit
is the same policy. The id of an edit names the share and the version it started from.
"""

from __future__ import annotations

from patient_portal.policies.draft_ids import Edit, edit_of, for_edit, new_id
from patient_portal.policies.offers import is_clinical
from patient_portal.policies.person import Person
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import Label, NamedRecords, Tell, Who


class AlreadyStarted(Exception):
    """The address names a share that is no draft any more (Back after Start sharing).

    `was_live` tells a share that has ended from a draft that was deleted.
    """

    def __init__(self, policy: Policy, *, was_live: bool = True) -> None:
        super().__init__(policy.id)
        self.policy, self.was_live = policy, was_live


class Outdated(Exception):
    """The share was changed after the edit of it was begun."""

    def __init__(self, share: Policy) -> None:
        super().__init__(share.id)
        self.share = share


def start(person: Person) -> Policy:
    """A new draft: nothing is chosen but the person."""
    return Policy(
        id=new_id(),
        who=Who(person=person.key),
        label=Label(name=person.name, detail=person.detail),
        tell=Tell(level="kinds" if is_clinical(person) else "neutral"),
    )


def for_another(begun: Policy, person: Person) -> Policy:
    """The same answers for somebody else, but for what was meant for the one person: private
    topics, records by name, what they are told."""
    what = begun.what.model_copy(update={"topics": (), "records": NamedRecords()})
    new = start(person)
    return begun.changed(who=new.who, label=new.label, tell=new.tell, what=what)


def for_guest(begun: Policy | None, name: str, email: str) -> Policy:
    """A draft for somebody without an account: it names nobody before she has recognised them."""
    label, tell = Label(name=name, detail=email), Tell()
    if begun is None:
        return Policy(id=new_id(), label=label, tell=tell)
    what = begun.what
    if begun.who.key:
        what = what.model_copy(update={"topics": (), "records": NamedRecords()})
    return begun.changed(who=Who(), label=label, tell=tell, what=what)


def edit(share: Policy) -> Policy:
    """A draft that starts from a live share."""
    draft_id = for_edit(Edit(share.id, share.version or 0))
    return share.changed(id=draft_id, version=None, state="draft", paused_until=None)


def started(draft: Policy, replaced: Policy | None = None) -> Policy:
    """The share a draft becomes when she presses Start: its own id, or the one it replaces.

    A change of a paused share leaves it paused, unless it undoes the pause.
    """
    origin = edit_of(draft.id)
    if origin is None:
        return draft.changed(state="on")
    began = draft.changed(id=origin.share, version=origin.version, state="on")
    if replaced is not None and replaced.state == "paused" and not origin.turns_on:
        return began.changed(state="paused", paused_until=replaced.paused_until)
    return began
