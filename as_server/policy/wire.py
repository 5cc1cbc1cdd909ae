"""A sharing policy as JSON, both ways; what is wrong is named by its member (policy API).

New input and stored text have a reader each. `from_wire` checks what an owner may say today.
`from_stored` reads whatever was ever accepted: a rule about input must not make a share unreadable
that its owner may want to stop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from as_server.policy.members import (
    PolicyError,
    read_choice,
    read_codes,
    read_day,
    read_flag,
    read_moment,
    read_object,
    read_places,
    read_records,
    read_text,
)
from as_server.policy.model import (
    Effect,
    Label,
    SharingPolicy,
    State,
    Tell,
    What,
    When,
    Who,
    WhoLevel,
)
from heart_uma.kinds import KIND_NAMES
from heart_uma.purposes import KNOWN
from heart_uma.rfc3339 import print_moment
from heart_uma.topics import TOPIC_BY_CODE

POLICY_ID = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)
MAX_TEXT = 280
WHO_MEMBERS = {
    "person": WhoLevel.PERSON,
    "role": WhoLevel.ROLE,
    "organization": WhoLevel.ORGANIZATION,
    "anyone": WhoLevel.ANYONE,
}
ORDER = list(KIND_NAMES)


class Codes(NamedTuple):
    """The codes that a reader takes; None takes any."""

    kinds: Mapping[str, Any] | None
    topics: Mapping[str, Any] | None
    purposes: Mapping[str, Any] | None


KNOWN_CODES = Codes(KIND_NAMES, TOPIC_BY_CODE, dict.fromkeys(KNOWN))
ANY_CODES = Codes(None, None, None)
# Members a client may echo from an earlier answer; the server decides their values.
ECHOED = {"created", "updated"}


def from_wire(wire: Any, *, policy_id: str | None = None) -> SharingPolicy:
    """Read and validate a policy. Raise PolicyError for an unknown member or a bad value.

    `policy_id` is the id in the request's path; a different one in the body is an error.
    """
    policy = _read(wire, policy_id, KNOWN_CODES)
    if not POLICY_ID.fullmatch(policy.id):
        raise PolicyError("id", "must be 22 to 64 characters of A-Z a-z 0-9 _ -")
    if policy_id is not None and policy.id != policy_id:
        raise PolicyError("id", "differs from the id in the address")
    _check_together(policy)
    return policy


def from_stored(wire: Any) -> SharingPolicy:
    """The policy in a stored body, whatever rules for input there were when it was stored.

    Raise PolicyError only where its meaning is lost: for another shape, or for a member that is
    not known here (a condition must not be dropped). A code that is not known stays: it matches
    nothing.
    """
    return _read(wire, None, ANY_CODES)


def _read(wire: Any, default_id: str | None, codes: Codes) -> SharingPolicy:
    body = read_object(wire, "policy", set(SharingPolicy.__dataclass_fields__) | ECHOED)
    version = body.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 2**31:
        raise PolicyError("version", "must be a whole number")
    return SharingPolicy(
        id=read_text(body.get("id", default_id), "id", 1, 64),
        version=version,
        state=cast(State, read_choice(body, "state", ("draft", "on", "paused", "ended"), "draft")),
        effect=cast(Effect, read_choice(body, "effect", ("permit", "deny"), "permit")),
        ask_me=read_flag(body, "ask_me"),
        who=_who(body.get("who")),
        what=_what(body.get("what"), codes),
        why=tuple(sorted(read_codes(body.get("why"), "why", codes.purposes))),
        say_why=read_flag(body, "say_why"),
        when=_when(body.get("when")),
        paused_until=read_moment(body.get("paused_until"), "paused_until"),
        tell=_tell(body.get("tell")),
        label=_label(body.get("label")),
    )


def to_wire(policy: SharingPolicy) -> dict[str, Any]:
    """The JSON form; `created` and `updated` are added by whoever stores it."""
    what = policy.what
    return {
        "id": policy.id,
        "version": policy.version,
        "state": policy.state,
        "effect": policy.effect,
        "ask_me": policy.ask_me,
        "who": who_to_wire(policy.who),
        "what": {
            "everything": what.everything,
            "kinds": sorted(what.kinds, key=_place_of_kind),
            "topics": sorted(what.topics),
            "records": {"include": list(what.include), "exclude": list(what.exclude)},
            "since": what.since,
            "until": what.until,
            "write": what.write,
            # Left out where there is none: a rule without it is read by every version.
            **({"places": sorted(what.places)} if what.places else {}),
        },
        "why": list(policy.why),
        "say_why": policy.say_why,
        "when": {"from": print_moment(policy.when.start), "until": print_moment(policy.when.end)},
        "paused_until": print_moment(policy.paused_until),
        "tell": {"level": policy.tell.level, "note": policy.tell.note},
        "label": {"name": policy.label.name, "detail": policy.label.detail},
    }


def who_to_wire(who: Who) -> dict[str, Any]:
    """The party of a policy as JSON: one member, or none for nobody."""
    member = next((name for name, level in WHO_MEMBERS.items() if level is who.level), None)
    return {} if member is None else {member: True if member == "anyone" else who.value}


def _check_together(policy: SharingPolicy) -> None:
    what = policy.what
    # An ended policy reaches nobody, so one that was never finished can be ended too.
    if policy.state in ("on", "paused") and policy.who.level is WhoLevel.NOBODY:
        raise PolicyError("who", "must name a person, a role, an organization or anyone")
    if policy.say_why and (policy.effect == "deny" or policy.ask_me):
        raise PolicyError("say_why", "belongs to a permit that asks nobody first")
    if policy.effect == "deny":
        if policy.ask_me:
            raise PolicyError("ask_me", "belongs to a permit")
        # A deny with holes would give: what it leaves out belongs in a permit.
        if what.exclude or what.since or what.until or what.write:
            raise PolicyError("what", "exclude, since, until and write belong to a permit")
    if what.places and (policy.effect == "deny" or policy.ask_me):
        raise PolicyError("what.places", "belongs to a permit that shares")
    if policy.effect == "permit" and "other" in what.kinds:
        raise PolicyError("what.kinds", "other records are shared only with everything")
    if policy.paused_until is not None and policy.state != "paused":
        raise PolicyError("paused_until", "belongs to the state paused")
    if set(what.include) & set(what.exclude):
        raise PolicyError("what.records", "a record is both included and excluded")
    if what.since and what.until and what.until < what.since:
        raise PolicyError("what.until", "is before since")
    start, end = policy.when.start, policy.when.end
    if start is not None and end is not None and end <= start:
        raise PolicyError("when.until", "is not after from")


def _place_of_kind(kind: str) -> tuple[int, str]:
    return (ORDER.index(kind) if kind in KIND_NAMES else len(ORDER), kind)


def _who(wire: Any) -> Who:
    body = read_object(wire, "who", set(WHO_MEMBERS))
    if not body:
        return Who()
    if len(body) > 1:
        raise PolicyError("who", "must have exactly one member")
    member, value = next(iter(body.items()))
    if member == "anyone":
        if value is not True:
            raise PolicyError("who.anyone", "must be true")
        return Who(WhoLevel.ANYONE)
    return Who(WHO_MEMBERS[member], read_text(value, f"who.{member}", 1, 200))


def _what(wire: Any, codes: Codes) -> What:
    members = {"everything", "kinds", "topics", "records", "since", "until", "write", "places"}
    body = read_object(wire, "what", members)
    records = read_object(body.get("records"), "what.records", {"include", "exclude"})
    return What(
        everything=read_flag(body, "everything", "what."),
        kinds=read_codes(body.get("kinds"), "what.kinds", codes.kinds),
        topics=read_codes(body.get("topics"), "what.topics", codes.topics),
        include=read_records(records.get("include"), "what.records.include"),
        exclude=read_records(records.get("exclude"), "what.records.exclude"),
        since=read_day(body, "since"),
        until=read_day(body, "until"),
        write=read_flag(body, "write", "what."),
        places=read_places(body.get("places"), "what.places"),
    )


def _when(wire: Any) -> When:
    body = read_object(wire, "when", {"from", "until"})
    return When(
        read_moment(body.get("from"), "when.from"), read_moment(body.get("until"), "when.until")
    )


def _tell(wire: Any) -> Tell:
    body = read_object(wire, "tell", {"level", "note"})
    level = read_choice(body, "level", ("kinds", "neutral"), "neutral", "tell.")
    note = body.get("note")
    return Tell(
        "kinds" if level == "kinds" else "neutral",
        None if note is None else read_text(note, "tell.note", 0, MAX_TEXT) or None,
    )


def _label(wire: Any) -> Label:
    body = read_object(wire, "label", {"name", "detail"})
    return Label(
        read_text(body.get("name", ""), "label.name", 0, 200),
        read_text(body.get("detail", ""), "label.detail", 0, 200),
    )
