"""PURE. The entries of clinics and of the sharing service, read as looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from patient_portal.policies.call import Call
from patient_portal.policies.look import Look
from patient_portal.policies.outcomes import (
    AT_THE_SERVICE,
    CONFIRMED,
    COUNTED,
    DENIED,
    OPENED,
    OWN,
    PERSON,
    REFUSED,
    SYSTEM,
)
from patient_portal.policies.parts import Part

# `nothing`: she was let in, and there was nothing of what she may see. `counted`: she was told how
# many there are, and opened none. `confirmed`: what she has is still as it is at the clinic.
SHOWN = frozenset({"shown", "nothing", "counted", "confirmed", "ok", "allowed", "success"})


def read(clinic: str, wire: Mapping[str, Any], zone: tzinfo | None = UTC) -> Look | None:
    """One entry of a clinic's list, its moments in `zone`; None for one without a time.

    Days and weeks are those of `zone` from here on: what is shown, filtered and counted is one.
    """
    try:
        told = datetime.fromisoformat(str(wire.get("at")))
        at = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(zone)
    except (ValueError, OverflowError):
        return None
    who, what = wire.get("who") or {}, wire.get("what") or {}
    app = wire.get("client")
    number, outcome = int(what.get("count") or 0), wire.get("outcome")
    manner = outcome if outcome in (COUNTED, CONFIRMED) else OPENED
    kinds = tuple(str(kind) for kind in what.get("kinds") or ())
    name, shown = str(who.get("name") or ""), number if manner == OPENED else 0
    one = Call(at, clinic, _number(wire), name, kinds, shown)
    role = ", ".join(str(who[part]) for part in ("role", "organization") if who.get(part))
    return Look(
        at=at,
        until=at,
        who=name,
        role=role,
        app=str(app.get("name", "") if isinstance(app, dict) else app or ""),
        clinic=clinic,
        kinds=kinds,
        count=shown,
        each=(one,),
        person=str(who.get("key") or ""),
        parts=(Part(clinic, frozenset(kinds), number),) if manner == OPENED else (),
        told=0 if manner == OPENED else number,
        manner=manner,
        why=wire.get("why"),
        reason=wire.get("reason"),
        policy=wire.get("policy"),
        outcome=_outcome(wire),
    )


def at_the_service(wire: Mapping[str, Any], zone: tzinfo | None = UTC) -> Look | None:
    """A try that ended at the sharing service: no clinic showed anything, or knows of it."""
    event, who = wire.get("event"), wire.get("who")
    if event not in AT_THE_SERVICE or not isinstance(who, Mapping):
        return None
    told = {"at": wire.get("at"), "who": who, "client": wire.get("client"), "outcome": event}
    told["seq"] = wire.get("seq")
    more = {"why": wire.get("purpose_of_use"), "reason": wire.get("reason")}
    look = read(str(wire.get("rs") or ""), {**told, **more}, zone)
    return None if look is None else replace(look, outcome=DENIED, manner=str(event), parts=())


def _number(wire: Mapping[str, Any]) -> str:
    """The number of the entry where it is kept: at a clinic `id`, at the sharing service `seq`."""
    found = wire.get("id", wire.get("seq"))
    return str(found)[:40] if isinstance(found, int | str) else ""


def _outcome(wire: Mapping[str, Any]) -> str:
    if wire.get("actor") == "owner":
        return OWN
    if wire.get("outcome") == "refused":
        return REFUSED
    if str(wire.get("outcome", "shown")) not in SHOWN:
        return DENIED
    return SYSTEM if wire.get("actor") == "system" else PERSON
