"""PURE. A draft with one answer more: kinds, topics, reason, or one record by name."""

from __future__ import annotations

from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import Tell, What, When


def with_kinds(draft: Policy, kinds: tuple[str, ...], *, everything: bool) -> Policy:
    what = draft.what.model_copy(
        update={"everything": everything, "kinds": () if everything else kinds}
    )
    return draft.changed(what=what)


def with_topics(draft: Policy, topics: tuple[str, ...]) -> Policy:
    return draft.changed(what=draft.what.model_copy(update={"topics": topics}))


def with_reason(draft: Policy, why: str, when: When, tell: Tell, *, say_why: bool) -> Policy:
    return draft.changed(why=(why,), say_why=say_why, when=when, tell=tell)


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
