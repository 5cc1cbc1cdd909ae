"""PURE. Plain words for people: what a form means as a policy, what a policy says as sentences.

No protocol word leaves this room.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from heart_ui import months
from heart_ui.words import N_
from heart_ui.words import gettext as _
from heart_uma.kinds import KIND_NAMES, KINDS
from heart_uma.purposes import PURPOSES
from heart_uma.topics import TOPIC_BY_CODE
from patient_portal.policies.policy import HistoryVersion, Person, Policy
from patient_portal.policies.view import Because

OFFERED_PURPOSES = ("TREAT", "FAMRQT", "CAREMGT", "HRESCH", "HPAYMT")
PURPOSE_HINTS = {
    "TREAT": N_("A doctor, nurse or counselor who treats you."),
    "FAMRQT": N_("Family or a friend who helps you."),
    "CAREMGT": N_("Someone who plans or joins up your care."),
    "HRESCH": N_("A study you have joined."),
    "HPAYMT": N_("A health plan or a payer."),
}
LENGTHS: tuple[tuple[str, str, timedelta | None], ...] = (
    ("visit", N_("One visit (24 hours)"), timedelta(hours=24)),
    ("month", N_("30 days"), timedelta(days=30)),
    ("half", N_("6 months"), timedelta(days=182)),
    ("year", N_("1 year"), timedelta(days=365)),
    ("open", N_("Until I stop it"), None),
)
BASICS = ("about", "conditions", "medicines", "allergies", "results", "vitals", "vaccines")
NOT_CLINICAL = frozenset({"", "family", "friend", "helper", "patient", "researcher", "company"})
REASONS_FOR_NO = (
    ("unknown", N_("I do not know them")),
    ("much", N_("They ask for too much")),
    ("later", N_("Not now")),
    ("other", N_("Another reason")),
)
WHY_HELD = {
    "kind": N_("Kind not shared"),
    "hidden": N_("Hidden by you"),
    "pick": N_("Only people you pick"),
    "named": N_("Held back by you"),
    "dates": N_("Outside the dates"),
}


def kind_name(kind: str) -> str:
    return KIND_NAMES.get(kind, KIND_NAMES["other"])


def topic_name(code: str) -> str:
    topic = TOPIC_BY_CODE.get(code)
    return topic.name if topic else N_("A label we do not know")


def is_topic(code: str) -> bool:
    return code in TOPIC_BY_CODE


def purpose_name(code: str | None) -> str:
    return PURPOSES.get(code or "", N_("No reason given"))


def listed(words: Sequence[str]) -> str:
    """`A, B and C`."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s", first=", ".join(words[:-1]), last=words[-1])


def day(moment: datetime | None, zone: ZoneInfo) -> str:
    """A date written out: `25 May 2027`."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local.day} {months.name(local.month)} {local.year}"


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
        month = f"{months.name(found.month)} {found:%Y}"
        return {10: f"{found.day} {month}", 7: month, 4: f"{found:%Y}"}[length]
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
    for key, _words, delta in LENGTHS:
        if delta is not None and timedelta(0) <= delta - left < timedelta(minutes=30):
            return key
    return "keep"


def what_sentences(policy: Policy) -> list[str]:
    """What is shared and what is not."""
    what, lines = policy.what, []
    if what.everything:
        lines.append(_("All kinds of records, and new kinds when they arrive."))
    elif what.kinds:
        names = [_(kind_name(kind)) for kind in in_order(what.kinds)]
        lines.append(_("These kinds: %(kinds)s.", kinds=listed(names)))
    elif not what.records.include:
        lines.append(_("No records yet."))
    if what.topics:
        names = [_(topic_name(code)) for code in what.topics]
        lines.append(_("Private topics you turned on: %(topics)s.", topics=listed(names)))
        lines.append(_("All other private topics stay private."))
    else:
        lines.append(_("All your private topics stay private."))
    if what.records.include:
        lines.append(_("Records you picked by name: %(n)s.", n=len(what.records.include)))
    if what.records.exclude:
        lines.append(_("Records you held back by name: %(n)s.", n=len(what.records.exclude)))
    if what.since:
        lines.append(_("Only records from %(day)s on.", day=plain_day(what.since)))
    if what.until:
        lines.append(_("Only records up to %(day)s.", day=plain_day(what.until)))
    return lines


def until_sentence(policy: Policy, zone: ZoneInfo) -> str:
    if policy.when.until is None:
        return _("Until you stop it.")
    return _("Until %(day)s.", day=day(policy.when.until, zone))


def told_sentence(policy: Policy) -> str:
    if policy.tell.level == "kinds":
        return _(
            "%(who)s is told which kinds may not be complete, and for which kinds other places "
            "are not included, but never what is held back, how much, or where.",
            who=policy.label.name,
        )
    return _("%(who)s is told only that lists may not be complete.", who=policy.label.name)


def why_words(policy: Policy) -> str:
    return listed([_(purpose_name(code)) for code in policy.why])


def change_words(version: HistoryVersion, before: HistoryVersion | None) -> str:
    """What one step in a share's history was."""
    now, then = version.state, before.state if before else ""
    if now == "ended":
        return N_("You stopped it")
    if now == "draft" and before is None:
        return N_("You wrote it, but did not start it")
    if now == "draft":
        return N_("You changed the draft")
    if now == "paused":
        return N_("You paused it")
    if then == "paused":
        return N_("You turned it on again")
    return N_("You changed it") if then == "on" else N_("You started it")


SERVICE_WORDS = {
    "issued": N_("A key was given to %(who)s"),
    "denied": N_("%(who)s tried. Turned away."),
    "turned_away": N_("%(who)s tried after you stopped. Turned away."),
    "asked": N_("%(who)s sent you a request"),
    "tried": N_("%(who)s tried to open your records, without giving a reason"),
    "withdrawn": N_("%(who)s took a request back"),
    "told": N_("%(who)s was told what became of a request"),
    "answered": N_("You answered the request of %(who)s"),
    "shared": N_("You started sharing with %(who)s"),
    "changed": N_("You changed your share with %(who)s"),
    "paused": N_("You paused your share with %(who)s"),
    "stopped": N_("You stopped sharing with %(who)s"),
    "linked": N_("%(who)s was linked"),
    "unlinked": N_("%(who)s was unlinked"),
}
TRIED_IN_VAIN = N_("%(who)s tried while nothing was shared. Turned away.")
"""An old key, where it is not known that she had stopped: a pause or a change counts too."""
RULE_WORDS = {
    "shared": N_("You made a rule about %(who)s"),
    "changed": N_("You changed a rule about %(who)s"),
    "paused": N_("You paused a rule about %(who)s"),
    "stopped": N_("You ended a rule about %(who)s"),
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


def home_sentences(seeing: int, paused: int, hidden: int) -> list[str]:
    """The whole picture in a few sentences."""
    if seeing == 0:
        lines = [_("No one can see your records.")]
    elif seeing == 1:
        lines = [_("1 person can see some of your records.")]
    else:
        lines = [_("%(n)s people can see some of your records.", n=seeing)]
    if paused:
        lines.append(
            _("1 share is paused.") if paused == 1 else _("%(n)s shares are paused.", n=paused)
        )
    if hidden == 1:
        lines.append(_("1 record is hidden from everyone."))
    elif hidden:
        lines.append(_("%(n)s records are hidden from everyone.", n=hidden))
    return lines


def held_words(why: str, topics: Collection[str]) -> str:
    """Why one record stays private, as a tag."""
    if why == "topic" and topics:
        return ", ".join(_(topic_name(code)) for code in topics)
    return _(WHY_HELD.get(why, "Not shared"))


def because_words(because: Because) -> str:
    """Why a record gives a topic away, as a sentence; empty where its clinic gives no reason."""
    if not because.use:
        return ""
    use = _(because.use)
    if because.word and because.name:
        return _("%(word)s is %(name)s, %(use)s.", word=because.word, name=because.name, use=use)
    subject = because.word or because.name
    return _("%(word)s is %(use)s.", word=subject[:1].upper() + subject[1:], use=use)
