"""PURE: kinds, topics, purposes and lengths as a requester reads and picks them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from heart_ui.words import N_
from heart_ui.words import gettext as _
from heart_uma.kinds import KIND_NAMES, KINDS, TYPE_KINDS
from heart_uma.purposes import PURPOSES
from heart_uma.topics import TOPIC_BY_CODE
from requester_app.answers import Terms

OWN_WORDS = 280
"""Characters a patient is given to read."""
ASKABLE_KINDS: tuple[str, ...] = tuple(key for key, _name in KINDS if key != "other")
TOPICS: tuple[str, ...] = (
    "ETH",
    "PSY",
    "PSYTHPN",
    "HIV",
    "SEX",
    "STD",
    "SDV",
    "GDIS",
    "SCA",
    "ADOL",
    "SOC",
)
TOPIC_NAMES: dict[str, str] = {code: TOPIC_BY_CODE[code].name for code in TOPICS}
_PERSONAL = {"about": N_("Personal details")}
ASK_PURPOSES: dict[str, str] = {
    "TREAT": N_("Caring for this patient"),
    "FAMRQT": N_("Helping a family member or friend"),
    "CAREMGT": N_("Planning care"),
    "HRESCH": N_("Research"),
    "HPAYMT": N_("Paying for care"),
}
"""Purposes a person can pick, in her own words; the patient reads `PURPOSES`."""
LENGTHS: dict[str, tuple[str, int]] = {
    "1": (N_("One visit (24 hours)"), 1),
    "30": (N_("30 days"), 30),
    "183": (N_("6 months"), 183),
    "365": (N_("1 year"), 365),
}
TEMPLATES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "doctor",
        N_("First visit with a doctor"),
        ("about", "conditions", "medicines", "allergies", "results", "vitals", "visits"),
    ),
    (
        "specialist",
        N_("Specialist visit"),
        ("conditions", "medicines", "results", "vitals", "visits"),
    ),
    ("family", N_("Family or friend who helps"), ("about", "conditions", "medicines", "allergies")),
    ("study", N_("Research study"), ("results", "vitals")),
)


def kind_name(kind: str) -> str:
    """A kind as the requester reads it: it is the patient's record, not his own."""
    return _(_PERSONAL.get(kind, KIND_NAMES.get(kind, kind)))


def names(kinds: Iterable[str]) -> str:
    """Several kinds in one line."""
    return ", ".join(kind_name(kind) for kind in kinds)


def query_for(kinds: Iterable[str]) -> dict[str, str]:
    """The search parameters that ask a record for these kinds and no others."""
    wanted = [kind for kind in ASKABLE_KINDS if kind in set(kinds)]
    types = [name for name, may_be in TYPE_KINDS.items() if set(may_be) & set(wanted)]
    return {"_type": ",".join(types), "kind": ",".join(wanted)}


_TOPIC_WORDS = " About the private topic: "


@dataclass(frozen=True, slots=True)
class AskAnswers:
    """What a person filled in on the ask page, not yet checked."""

    kinds: tuple[str, ...] = ()
    wants_topics: bool = False
    topics: tuple[str, ...] = ()
    topic_words: str = ""
    purpose: str = ""
    words: str = ""
    length: str = ""

    @property
    def reason(self) -> str:
        """The text the patient reads: own words, then why a private topic is needed."""
        words = " ".join(self.words.split())
        more = " ".join(self.topic_words.split()) if self.wants_topics else ""
        return f"{words}{_TOPIC_WORDS}{more}" if more else words

    @property
    def asked_topics(self) -> tuple[str, ...]:
        """The topics, none unless the block was opened on purpose."""
        return self.topics if self.wants_topics else ()


def as_asked(
    kinds: Iterable[str], topics: Iterable[str], purpose: str, reason: str, lasting: timedelta
) -> AskAnswers:
    """An earlier request as answers to start from, so that less or more is a tick away."""
    words, _about, topic_words = reason.partition(_TOPIC_WORDS)
    length = next((key for key, (_words, days) in LENGTHS.items() if lasting.days <= days), "")
    chosen = tuple(topics)
    return AskAnswers(
        kinds=tuple(kind for kind in kinds if kind in ASKABLE_KINDS),
        wants_topics=bool(chosen),
        topics=chosen,
        topic_words=topic_words,
        purpose=purpose,
        words=words,
        length=length,
    )


def problems(answers: AskAnswers) -> dict[str, str]:
    """What is missing or wrong, by field; empty when the ask can be sent."""
    found: dict[str, str] = {}
    if not answers.kinds or set(answers.kinds) - set(ASKABLE_KINDS):
        found["kind"] = _("Pick at least one kind of record.")
    if answers.wants_topics and (not answers.topics or set(answers.topics) - set(TOPICS)):
        found["topic"] = _("Pick the private topic you need, or untick the box above.")
    if answers.wants_topics and not answers.topic_words.strip():
        found["topicwords"] = _("Say why you need a private topic.")
    if answers.purpose not in ASK_PURPOSES:
        found["purpose"] = _("Pick why you need these records.")
    if not answers.words.strip():
        found["words"] = _("Say in your own words why you ask. The patient reads this.")
    elif len(answers.reason) > OWN_WORDS:
        over = len(answers.reason) - OWN_WORDS
        found["words"] = _("Make your words shorter: take out %(n)s or more characters.", n=over)
    if answers.length not in LENGTHS:
        found["length"] = _("Pick for how long you need them.")
    return found


def until(length: str, now: datetime) -> str:
    """When the asked access would end, as RFC 3339."""
    return (now + timedelta(days=LENGTHS[length][1])).strftime("%Y-%m-%dT%H:%M:%SZ")


def terms_of(
    purpose: str, reason: str, requested_until: str, ask_id: str, topics: Iterable[str]
) -> Terms:
    """The parameters beside the ticket; a private topic is named as a scope."""
    scope = " ".join(TOPIC_BY_CODE[code].scope for code in topics)
    return Terms(purpose, reason, requested_until, ask_id, scope)


def purpose_read(purpose: str) -> str:
    """A purpose as the patient reads it."""
    return _(PURPOSES.get(purpose, ""))
