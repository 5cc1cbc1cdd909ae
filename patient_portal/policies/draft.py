"""PURE. The life of a share that is being written: its ids, its steps, its answers.

A draft is a policy in state `draft`; its id is chosen here, so that a repeated submit is the same
policy. The id of an edit names the share and the version it started from.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from heart_ui.words import N_
from patient_portal.policies.policy import Label, Person, Policy, Tell, What, Who
from patient_portal.policies.wording import is_clinical

STEPS = ("who", "what", "topics", "why", "check")
STEP_NAMES = {
    "who": N_("Who"),
    "what": N_("What"),
    "topics": N_("Private topics"),
    "why": N_("Why and how long"),
    "check": N_("Check"),
}
_EDIT = re.compile(r"edit-(\d{1,9})-(.+)-([0-9a-f]{6})", re.ASCII)


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


@dataclass(frozen=True)
class Edit:
    """The share a draft will replace, and the version it was read at."""

    share: str
    version: int


def new_id() -> str:
    """An id nobody can guess: 128 bits, 22 characters."""
    return secrets.token_urlsafe(16)


def for_request(request_id: str) -> str:
    """The id of the draft that answers a request: the same one however often she comes back."""
    return "ask-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]


def is_answer(draft_id: str) -> bool:
    return draft_id.startswith("ask-")


def edit_of(draft_id: str) -> Edit | None:
    found = _EDIT.fullmatch(draft_id)
    return Edit(found[2], int(found[1])) if found else None


def start(person: Person) -> Policy:
    """A new draft: nothing is chosen but the person."""
    return Policy(
        id=new_id(),
        who=Who(person=person.key),
        label=Label(name=person.name, detail=person.detail),
        tell=Tell(level="kinds" if is_clinical(person) else "neutral"),
    )


def edit(share: Policy) -> Policy:
    """A draft that starts from a live share."""
    draft_id = f"edit-{share.version or 0}-{share.id}-{secrets.token_hex(3)}"
    return share.changed(id=draft_id, version=None, state="draft", paused_until=None)


def started(draft: Policy, replaced: Policy | None = None) -> Policy:
    """The share a draft becomes when she presses Start: its own id, or the one it replaces.

    A change of a paused share leaves it paused.
    """
    origin = edit_of(draft.id)
    if origin is None:
        return draft.changed(state="on")
    began = draft.changed(id=origin.share, version=origin.version, state="on")
    if replaced is not None and replaced.state == "paused":
        return began.changed(state="paused", paused_until=replaced.paused_until)
    return began


def mark(policy: Policy, step: str) -> str:
    """What one step says, as a short text: a page bears it, so that a change in between shows."""
    what = policy.what
    parts = {
        "what": (what.everything, what.kinds),
        "topics": (what.topics,),
        "why": (policy.why, str(policy.when.until), policy.tell.level, policy.tell.note),
    }
    return hashlib.sha256(repr(parts[step]).encode()).hexdigest()[:16]


def with_kinds(draft: Policy, kinds: tuple[str, ...], *, everything: bool) -> Policy:
    what = draft.what.model_copy(
        update={"everything": everything, "kinds": () if everything else kinds}
    )
    return draft.changed(what=what)


def with_topics(draft: Policy, topics: tuple[str, ...]) -> Policy:
    return draft.changed(what=draft.what.model_copy(update={"topics": topics}))


def with_reason(draft: Policy, why: str, until: datetime | None, tell: Tell) -> Policy:
    when = draft.when.model_copy(update={"until": until})
    return draft.changed(why=(why,), when=when, tell=tell)


def holding_back(policy: Policy, reference: str) -> Policy:
    """One record is held back by name: `exclude` wins over everything else."""
    return policy.changed(what=_named(policy.what, reference, "exclude"))


def picking(policy: Policy, reference: str) -> Policy:
    """One record is shown by name, also when only people she picks may see it."""
    return policy.changed(what=_named(policy.what, reference, "include"))


def not_naming(policy: Policy, reference: str) -> Policy:
    return policy.changed(what=_named(policy.what, reference, ""))


def _named(what: What, reference: str, where: str) -> What:
    lists = {
        name: tuple(one for one in getattr(what.records, name) if one != reference)
        + ((reference,) if name == where else ())
        for name in ("include", "exclude")
    }
    return what.model_copy(update={"records": what.records.model_copy(update=lists)})


def steps(shown: Policy | None) -> list[tuple[str, bool]]:
    """The steps in order, and whether each can be gone to now."""
    if shown is None:
        return [(step, False) for step in STEPS]
    last = STEPS.index(missing_step(shown))
    return [(step, step != "who" and STEPS.index(step) <= last) for step in STEPS]


def missing_step(draft: Policy) -> str:
    """The first step whose answer is still missing, or `check`."""
    if not (draft.what.everything or draft.what.kinds or draft.what.records.include):
        return "what"
    return "check" if draft.why else "why"
