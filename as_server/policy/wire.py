"""A sharing policy as JSON, both ways; what is wrong is named by its member (policy API)."""

from __future__ import annotations

import re
from typing import Any, cast

from as_server.policy.members import (
    PolicyError,
    print_moment,
    read_choice,
    read_codes,
    read_day,
    read_flag,
    read_moment,
    read_object,
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
from heart_uma.labels import KIND_NAMES, TOPIC_BY_CODE
from heart_uma.purposes import KNOWN

POLICY_ID = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)
MAX_TEXT = 280
WHO_MEMBERS = {
    "person": WhoLevel.PERSON,
    "role": WhoLevel.ROLE,
    "organization": WhoLevel.ORGANIZATION,
    "anyone": WhoLevel.ANYONE,
}
# Members a client may echo from an earlier answer; the server decides their values.
ECHOED = {"created", "updated"}


def from_wire(wire: Any, *, policy_id: str | None = None) -> SharingPolicy:
    """Read and validate a policy. Raise PolicyError for an unknown member or a bad value.

    `policy_id` is the id in the request's path; a different one in the body is an error.
    """
    body = read_object(wire, "policy", set(SharingPolicy.__dataclass_fields__) | ECHOED)
    found = body.get("id", policy_id)
    if not isinstance(found, str) or not POLICY_ID.fullmatch(found):
        raise PolicyError("id", "must be 22 to 64 characters of A-Z a-z 0-9 _ -")
    if policy_id is not None and found != policy_id:
        raise PolicyError("id", "differs from the id in the address")
    version = body.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 2**31:
        raise PolicyError("version", "must be a whole number")
    policy = SharingPolicy(
        id=found,
        version=version,
        state=cast(State, read_choice(body, "state", ("draft", "on", "paused", "ended"), "draft")),
        effect=cast(Effect, read_choice(body, "effect", ("permit", "deny"), "permit")),
        ask_me=read_flag(body, "ask_me"),
        who=_who(body.get("who")),
        what=_what(body.get("what")),
        why=_why(body.get("why")),
        when=_when(body.get("when")),
        paused_until=read_moment(body.get("paused_until"), "paused_until"),
        tell=_tell(body.get("tell")),
        label=_label(body.get("label")),
    )
    _check_together(policy)
    return policy


def to_wire(policy: SharingPolicy) -> dict[str, Any]:
    """The JSON form; `created` and `updated` are added by whoever stores it."""
    what, who = policy.what, policy.who
    member = next((name for name, level in WHO_MEMBERS.items() if level is who.level), None)
    return {
        "id": policy.id,
        "version": policy.version,
        "state": policy.state,
        "effect": policy.effect,
        "ask_me": policy.ask_me,
        "who": {} if member is None else {member: True if member == "anyone" else who.value},
        "what": {
            "everything": what.everything,
            "kinds": [kind for kind in KIND_NAMES if kind in what.kinds],
            "topics": sorted(what.topics),
            "records": {"include": list(what.include), "exclude": list(what.exclude)},
            "since": what.since,
            "until": what.until,
            "write": what.write,
        },
        "why": list(policy.why),
        "when": {"from": print_moment(policy.when.start), "until": print_moment(policy.when.end)},
        "paused_until": print_moment(policy.paused_until),
        "tell": {"level": policy.tell.level, "note": policy.tell.note},
        "label": {"name": policy.label.name, "detail": policy.label.detail},
    }


def _check_together(policy: SharingPolicy) -> None:
    what = policy.what
    if policy.state != "draft" and policy.who.level is WhoLevel.NOBODY:
        raise PolicyError("who", "must name a person, a role, an organization or anyone")
    if policy.effect == "deny":
        if policy.ask_me:
            raise PolicyError("ask_me", "belongs to a permit")
        # A deny with holes would give: what it leaves out belongs in a permit.
        if what.exclude or what.since or what.until or what.write:
            raise PolicyError("what", "exclude, since, until and write belong to a permit")
    elif "other" in what.kinds:
        raise PolicyError("what.kinds", "other records are shared only with everything")
    if policy.paused_until is not None and policy.state != "paused":
        raise PolicyError("paused_until", "belongs to the state paused")
    if set(what.include) & set(what.exclude):
        raise PolicyError("what.records", "a record is both included and excluded")


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


def _what(wire: Any) -> What:
    members = {"everything", "kinds", "topics", "records", "since", "until", "write"}
    body = read_object(wire, "what", members)
    records = read_object(body.get("records"), "what.records", {"include", "exclude"})
    since, until = read_day(body, "since"), read_day(body, "until")
    if since and until and until < since:
        raise PolicyError("what.until", "is before since")
    return What(
        everything=read_flag(body, "everything", "what."),
        kinds=read_codes(body.get("kinds"), "what.kinds", KIND_NAMES),
        topics=read_codes(body.get("topics"), "what.topics", TOPIC_BY_CODE),
        include=read_records(records.get("include"), "what.records.include"),
        exclude=read_records(records.get("exclude"), "what.records.exclude"),
        since=since,
        until=until,
        write=read_flag(body, "write", "what."),
    )


def _why(wire: Any) -> tuple[str, ...]:
    return tuple(sorted(read_codes(wire, "why", dict.fromkeys(KNOWN))))


def _when(wire: Any) -> When:
    body = read_object(wire, "when", {"from", "until"})
    start, end = (
        read_moment(body.get("from"), "when.from"),
        read_moment(body.get("until"), "when.until"),
    )
    if start is not None and end is not None and end <= start:
        raise PolicyError("when.until", "is not after from")
    return When(start, end)


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
