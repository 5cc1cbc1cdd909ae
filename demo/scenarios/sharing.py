"""Scenarios in which sharing goes as its owner wants it."""

from __future__ import annotations

import secrets
from typing import Any

from demo.cast import BY_LOGIN, OWNER, PASSWORD
from demo.house import server_of
from demo.rules import policy, what
from demo.scenarios.actors import Actors
from demo.scenarios.clinic_app import KINDS
from demo.scenarios.expecting import Unexpected, challenged, expect, key_for
from operator_tools.linking import claim_code, link_record

SOURCE = "home"
"""The record that is linked anew: the one with the fewest kinds of things in it."""


def link_a_clinic(actors: Actors) -> None:
    """Alice brings a record under her rules, as if for the first time (FedAuthz 1.3, 3)."""
    record, layout = actors.records[SOURCE], actors.layout
    actors.owner_app().unlink(record)
    code = claim_code(server_of(layout, SOURCE), record.rpartition("/")[2])
    with actors.browser("owner") as browser, actors.shown():
        link_record(browser, layout.origin(SOURCE), layout.issuer, code, OWNER, PASSWORD)


def said_yes_in_advance(actors: Actors) -> None:
    """Dr. Bob reads what Alice's rule lets him see; nobody calls her (Grant 3.1 to 3.5)."""
    app, record = actors.clinic_app("bob"), actors.records["cedar"]
    with actors.shown():
        rpt = key_for(app, record)
        expect(app.read(record, rpt), 200)


def ask_first(actors: Actors) -> None:
    """No rule covers Dr. Nair: Alice is asked, answers when she has time (Grant 3.3.6)."""
    app, record, alice = actors.clinic_app("priya"), actors.records["cedar"], actors.owner_app()
    asked: dict[str, Any] = {
        "purpose_of_use": "TREAT",
        "reason": "You are booked to see me on Friday.",
        "ask_id": secrets.token_urlsafe(24),
    }
    with actors.shown():
        ticket = challenged(app, record)
        waiting = expect(app.trade(ticket, **asked), 403, "request_submitted")
        priya = BY_LOGIN["priya"]
        mine = [one for one in alice.requests() if one["who"]["name"] == priya.name]
        if not mine:
            raise Unexpected("The request did not reach Alice.")
        who, kinds = {"person": mine[0]["who"]["key"]}, tuple(KINDS.split(","))
        rule = policy(priya.name, priya.role, who, what=what(kinds=kinds))
        alice.answer(mine[0]["id"], "some", rule)
        issued = expect(app.trade(waiting["ticket"]), 200)
        expect(app.read(record, issued["access_token"]), 200)


def stop_sharing(actors: Actors) -> None:
    """Alice stops; the key that worked a moment ago opens nothing (Grant 6.1)."""
    app, record, alice = actors.clinic_app("bob"), actors.records["cedar"], actors.owner_app()
    bob = BY_LOGIN["bob"].name
    (rule,) = [one["id"] for one in alice.policies() if one["label"]["name"] == bob]
    with actors.shown():
        rpt = key_for(app, record)
        expect(app.read(record, rpt), 200)
        alice.end_policy(rule)
        expect(app.trade(challenged(app, record, rpt)), 403)
