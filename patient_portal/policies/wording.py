"""PURE. Plain words for people: what a form means as a policy, what a policy says as sentences.

No protocol word leaves this room. `say` translates a sentence and fills it in; it is gettext in
the pages and plain English by default.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from heart_uma.labels import KIND_NAMES, KINDS, TOPIC_BY_CODE
from heart_uma.purposes import PURPOSES
from patient_portal.policies.policy import HistoryVersion, Person, Policy
from patient_portal.policies.view import Because

Say = Callable[..., str]

OFFERED_PURPOSES = ("TREAT", "FAMRQT", "CAREMGT", "HRESCH", "HPAYMT")
PURPOSE_HINTS = {
    "TREAT": "A doctor, nurse or counselor who treats you.",
    "FAMRQT": "Family or a friend who helps you.",
    "CAREMGT": "Someone who plans or joins up your care.",
    "HRESCH": "A study you have joined.",
    "HPAYMT": "A health plan or a payer.",
}
LENGTHS: tuple[tuple[str, str, timedelta | None], ...] = (
    ("visit", "One visit (24 hours)", timedelta(hours=24)),
    ("month", "30 days", timedelta(days=30)),
    ("half", "6 months", timedelta(days=182)),
    ("year", "1 year", timedelta(days=365)),
    ("open", "Until I stop it", None),
)
BASICS = ("about", "conditions", "medicines", "allergies", "results", "vitals", "vaccines")
NOT_CLINICAL = frozenset({"", "family", "friend", "helper", "patient", "researcher", "company"})
REASONS_FOR_NO = (
    ("unknown", "I do not know them"),
    ("much", "They ask for too much"),
    ("later", "Not now"),
    ("other", "Another reason"),
)
WHY_HELD = {
    "kind": "Kind not shared",
    "hidden": "Hidden by you",
    "pick": "Only people you pick",
    "named": "Held back by you",
    "dates": "Outside the dates",
}


def english(text: str, **values: Any) -> str:
    return text % values if values else text


def kind_name(kind: str) -> str:
    return KIND_NAMES.get(kind, KIND_NAMES["other"])


def topic_name(code: str) -> str:
    topic = TOPIC_BY_CODE.get(code)
    return topic.name if topic else "A label we do not know"


def is_topic(code: str) -> bool:
    return code in TOPIC_BY_CODE


def purpose_name(code: str | None) -> str:
    return PURPOSES.get(code or "", "No reason given")


def listed(words: Sequence[str], say: Say = english) -> str:
    """`A, B and C`."""
    if len(words) < 2:
        return "".join(words)
    return say("%(first)s and %(last)s", first=", ".join(words[:-1]), last=words[-1])


def day(moment: datetime | None, zone: ZoneInfo) -> str:
    """A date written out: `25 May 2027`."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y}"


def clock(moment: datetime | None, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """A time of day with its zone: `14:02 UTC`."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local:%H:%M:%S %Z}" if seconds else f"{local:%H:%M %Z}"


def plain_day(text: str | None) -> str:
    """A record's own date, which may be only a year or a month: `12 March 2025`, `2017`."""
    if not text:
        return ""
    for shape, length in (("%Y-%m-%d", 10), ("%Y-%m", 7), ("%Y", 4)):
        try:
            found = datetime.strptime(text[:length], shape)  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
        return {10: f"{found.day} {found:%B %Y}", 7: f"{found:%B %Y}", 4: f"{found:%Y}"}[length]
    return text


def is_clinical(person: Person) -> bool:
    """Whether to suggest telling this person which kinds may not be complete."""
    return bool(person.organization) and (person.role_code or "") not in NOT_CLINICAL


def in_order(kinds: Collection[str]) -> tuple[str, ...]:
    """Known kinds, once each, in the order people see them."""
    return tuple(key for key, _ in KINDS if key in kinds)


def until_of(length: str, now: datetime) -> datetime | None:
    """The end that a chosen length means; KeyError for a length that is not offered."""
    lasting = {key: delta for key, _, delta in LENGTHS}[length]
    return None if lasting is None else now + lasting


def length_of(policy: Policy, now: datetime) -> str:
    """The length that explains a policy's end as chosen today; `keep` for any other end."""
    if not policy.why:
        return ""
    if policy.when.until is None:
        return "open"
    left = policy.when.until - now
    for key, _, delta in LENGTHS:
        if delta is not None and timedelta(0) <= delta - left < timedelta(minutes=30):
            return key
    return "keep"


def what_sentences(policy: Policy, say: Say = english) -> list[str]:
    """What is shared and what is not."""
    what, lines = policy.what, []
    if what.everything:
        lines.append(say("All kinds of records, and new kinds when they arrive."))
    elif what.kinds:
        names = [say(kind_name(kind)) for kind in in_order(what.kinds)]
        lines.append(say("These kinds: %(kinds)s.", kinds=listed(names, say)))
    elif not what.records.include:
        lines.append(say("No records yet."))
    if what.topics:
        names = [say(topic_name(code)) for code in what.topics]
        lines.append(say("Private topics you turned on: %(topics)s.", topics=listed(names, say)))
        lines.append(say("All other private topics stay private."))
    else:
        lines.append(say("All your private topics stay private."))
    if what.records.include:
        lines.append(say("Records you picked by name: %(n)s.", n=len(what.records.include)))
    if what.records.exclude:
        lines.append(say("Records you held back by name: %(n)s.", n=len(what.records.exclude)))
    if what.since:
        lines.append(say("Only records from %(day)s on.", day=plain_day(what.since)))
    if what.until:
        lines.append(say("Only records up to %(day)s.", day=plain_day(what.until)))
    return lines


def until_sentence(policy: Policy, zone: ZoneInfo, say: Say = english) -> str:
    if policy.when.until is None:
        return say("Until you stop it.")
    return say("Until %(day)s.", day=day(policy.when.until, zone))


def told_sentence(policy: Policy, say: Say = english) -> str:
    if policy.tell.level == "kinds":
        return say(
            "%(who)s is told which kinds may not be complete, and for which kinds other places "
            "are not included, but never what is held back, how much, or where.",
            who=policy.label.name,
        )
    return say("%(who)s is told only that lists may not be complete.", who=policy.label.name)


def why_words(policy: Policy, say: Say = english) -> str:
    return listed([say(purpose_name(code)) for code in policy.why], say)


def change_words(version: HistoryVersion, before: HistoryVersion | None) -> str:
    """What one step in a share's history was."""
    now, then = version.state, before.state if before else ""
    if now == "ended":
        return "You stopped it"
    if now == "draft":
        return "You wrote it, but did not start it" if before is None else "You changed the draft"
    if now == "paused":
        return "You paused it"
    if then == "paused":
        return "You turned it on again"
    return "You changed it" if then == "on" else "You started it"


SERVICE_WORDS = {
    "issued": "A key was given to %(who)s",
    "denied": "%(who)s tried. Turned away.",
    "turned_away": "%(who)s tried after you stopped. Turned away.",
    "asked": "%(who)s sent you a request",
    "tried": "%(who)s tried to open your records, without giving a reason",
    "withdrawn": "%(who)s took a request back",
    "told": "%(who)s was told what became of a request",
    "answered": "You answered the request of %(who)s",
    "shared": "You started sharing with %(who)s",
    "changed": "You changed your share with %(who)s",
    "paused": "You paused your share with %(who)s",
    "stopped": "You stopped sharing with %(who)s",
    "linked": "%(who)s was linked",
    "unlinked": "%(who)s was unlinked",
}
TRIED_IN_VAIN = "%(who)s tried while nothing was shared. Turned away."
"""An old key, where it is not known that she had stopped: a pause or a change counts too."""
RULE_WORDS = {
    "shared": "You made a rule about %(who)s",
    "changed": "You changed a rule about %(who)s",
    "paused": "You paused a rule about %(who)s",
    "stopped": "You ended a rule about %(who)s",
}
"""The same of a rule that shares nothing: a block, or "ask me first"."""


def service_words(event: str, *, of_a_rule: bool = False) -> str:
    """What the sharing service did, in words; empty for an event this portal does not know."""
    words = SERVICE_WORDS.get(event, "")
    return RULE_WORDS.get(event, words) if of_a_rule else words


def moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def home_sentences(seeing: int, paused: int, hidden: int, say: Say = english) -> list[str]:
    """The whole picture in a few sentences."""
    if seeing == 0:
        lines = [say("No one can see your records.")]
    elif seeing == 1:
        lines = [say("1 person can see some of your records.")]
    else:
        lines = [say("%(n)s people can see some of your records.", n=seeing)]
    if paused:
        lines.append(
            say("1 share is paused.") if paused == 1 else say("%(n)s shares are paused.", n=paused)
        )
    if hidden == 1:
        lines.append(say("1 record is hidden from everyone."))
    elif hidden:
        lines.append(say("%(n)s records are hidden from everyone.", n=hidden))
    return lines


def held_words(why: str, topics: Collection[str], say: Say = english) -> str:
    """Why one record stays private, as a tag."""
    if why == "topic" and topics:
        return ", ".join(say(topic_name(code)) for code in topics)
    return say(WHY_HELD.get(why, "Not shared"))


def because_words(because: Because, say: Say = english) -> str:
    """Why a record gives a topic away, as a sentence; empty where its clinic gives no reason."""
    if not because.use:
        return ""
    use = say(because.use)
    if because.word and because.name:
        return say("%(word)s is %(name)s, %(use)s.", word=because.word, name=because.name, use=use)
    subject = because.word or because.name
    return say("%(word)s is %(use)s.", word=subject[:1].upper() + subject[1:], use=use)
