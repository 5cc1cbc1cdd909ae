"""A decision as plain sentences, for the owner, the audit and the developer (no personal data)."""

from __future__ import annotations

from collections.abc import Iterable

from as_server.policy.model import (
    Assessment,
    Granted,
    NeedInfo,
    Reason,
    RequestSubmitted,
    SharingPolicy,
    Tell,
    WhoLevel,
)
from heart_uma.kinds import KIND_NAMES
from heart_uma.purposes import PURPOSES
from heart_uma.topics import TOPIC_BY_CODE

CLAIM_NAMES = {
    "sub": "who you are",
    "role": "your role",
    "organization": "your organization",
    "purpose_of_use": "why you ask",
}
SENTENCES = {
    "permit": "A sharing rule allows this.",
    "deny": "A sharing rule says no.",
    "ask_me": "The owner wants to be asked first.",
    "default_deny": "No sharing rule allows this.",
    "answered": "The owner has answered this request.",
    "withdrawn": "The request was taken back.",
    "too_many": "Too many requests are waiting for the owner.",
}


def sentence(reason: Reason) -> str:
    """One reason in one sentence."""
    text = SENTENCES[reason.code]
    if reason.about is None:
        return text
    name = KIND_NAMES.get(reason.about) or reason.about
    return f"{name}: {text[0].lower()}{text[1:]}"


def sentences(assessment: Assessment) -> list[str]:
    """Every reason of an assessment, in its order, each once."""
    if isinstance(assessment, Granted):
        return list(dict.fromkeys(sentence(reason) for reason in assessment.reasons))
    if isinstance(assessment, NeedInfo):
        missing = ", ".join(CLAIM_NAMES[claim] for claim in assessment.required_claims)
        return [f"A sharing rule needs to know {missing}."]
    return [sentence(assessment.reason)]


def outcome(assessment: Assessment) -> str:
    """The short word for the history: issued, need_info, asked or denied."""
    if isinstance(assessment, Granted):
        return "issued"
    if isinstance(assessment, NeedInfo):
        return "need_info"
    return "asked" if isinstance(assessment, RequestSubmitted) else "denied"


def told(policies: Iterable[SharingPolicy]) -> Tell:
    """What the party is told about what is held back: the word of the policy that names it most
    closely; where two do, the one that tells less."""
    closest = sorted(policies, key=lambda p: (-p.who.level, p.tell.level == "kinds", p.id))
    return closest[0].tell if closest else Tell()


def policy_sentence(policy: SharingPolicy) -> str:
    """What a policy says, in one sentence the owner can check."""
    verb = "may not see" if policy.effect == "deny" else "may see"
    if policy.ask_me:
        verb = "may ask to see"
    parts = [f"{_who(policy)} {verb} {_what(policy)}"]
    if policy.why:
        parts.append("for " + " or ".join(PURPOSES.get(code, code) for code in policy.why))
    if policy.say_why:
        parts.append("once they say why")
    if policy.when.end is not None:
        parts.append(f"until {policy.when.end:%Y-%m-%d}")
    return ", ".join(parts) + "."


def _who(policy: SharingPolicy) -> str:
    if policy.who.level is WhoLevel.ANYONE:
        return "Anyone"
    if policy.who.level is WhoLevel.NOBODY:
        return "Nobody"
    if policy.label.name:
        return policy.label.name
    # An account key says nothing to a reader, a role or an organization does.
    return "One person" if policy.who.level is WhoLevel.PERSON else policy.who.value


def _what(policy: SharingPolicy) -> str:
    what = policy.what
    named = ["everything"] if what.everything else []
    named += [name for kind, name in KIND_NAMES.items() if kind in what.kinds]
    named += [TOPIC_BY_CODE[t].name for t in sorted(what.topics) if t in TOPIC_BY_CODE]
    if what.include:
        named.append(f"{len(what.include)} picked records")
    if what.exclude:
        named.append(f"but not {len(what.exclude)} picked records")
    if what.places:
        named.append(f"from {len(what.places)} of the places only")
    return ", ".join(named) if named else "nothing"
