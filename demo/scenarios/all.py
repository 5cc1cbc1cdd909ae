"""Every scenario that the stage offers: its words (`data/scenarios.json`) and its play."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files

from demo.scenarios import failing, sharing
from demo.scenarios.actors import Actors
from demo.scenarios.scenario import Scenario

_PLAYS: Mapping[str, Callable[[Actors], None]] = {
    "0": sharing.link_a_clinic,
    "1": sharing.said_yes_in_advance,
    "2": sharing.ask_first,
    "6": sharing.stop_sharing,
    "12": failing.stranger,
    "reused-ticket": failing.reused_ticket,
    "too-broad": failing.too_broad,
    "given-back": failing.given_back,
    "bad-signature": failing.bad_signature,
    "revoked-pat": failing.revoked_pat,
}


def _read() -> tuple[Scenario, ...]:
    text = (files("demo.scenarios") / "data" / "scenarios.json").read_text("utf-8")
    rows = json.loads(text)
    return tuple(
        Scenario(**row | {"notes": tuple(row["notes"]), "play": _PLAYS[row["key"]]}) for row in rows
    )


SCENARIOS = _read()
BY_KEY = {one.key: one for one in SCENARIOS}
