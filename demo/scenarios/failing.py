"""Scenarios in which somebody is turned away, or something is broken: it fails closed."""

from __future__ import annotations

from demo.scenarios.actors import Actors
from demo.scenarios.expecting import Unexpected, challenged, expect, key_for

WARNING = "199"


def stranger(actors: Actors) -> None:
    """Whom Alice shut out is told nothing, and what is broken shows nothing."""
    app, record = actors.clinic_app("vic"), actors.records["cedar"]
    with actors.shown():
        ticket = challenged(app, record)
        expect(app.trade(ticket), 403, "request_denied")
        expect(app.trade(ticket), 400, "invalid_grant")
        expect(app.trade(challenged(app, record), scope="everything"), 400, "invalid_scope")


def reused_ticket(actors: Actors) -> None:
    """A ticket is good for one try (Grant 5.5)."""
    app, record = actors.clinic_app("bob"), actors.records["cedar"]
    with actors.shown():
        ticket = challenged(app, record)
        expect(app.trade(ticket), 200)
        expect(app.trade(ticket), 400, "invalid_grant")


def too_broad(actors: Actors) -> None:
    """A scope that no resource of the ticket has (Grant 3.3.4)."""
    app, record = actors.clinic_app("bob"), actors.records["cedar"]
    with actors.shown():
        expect(app.trade(challenged(app, record), scope="everything"), 400, "invalid_scope")


def given_back(actors: Actors) -> None:
    """A key that its client gave back (Grant 3.7) opens nothing any more."""
    app, record = actors.clinic_app("bob"), actors.records["cedar"]
    with actors.shown():
        rpt = key_for(app, record)
        expect(app.read(record, rpt), 200)
        expect(app.give_back(rpt), 200)
        challenged(app, record, rpt)


def bad_signature(actors: Actors) -> None:
    """A key with one changed character: the resource server need not even ask."""
    app, record = actors.clinic_app("bob"), actors.records["cedar"]
    with actors.shown():
        header, claims, signature = key_for(app, record).split(".")
        other = "A" if signature[9] != "A" else "B"
        forged = ".".join((header, claims, signature[:9] + other + signature[10:]))
        challenged(app, record, forged)


def revoked_pat(actors: Actors) -> None:
    """Alice took the clinic's token away: no ticket, a warning, no data (Grant 3.2.2)."""
    app, record, alice = actors.clinic_app("bob"), actors.records["home"], actors.owner_app()
    with actors.shown():
        alice.unlink(record)
        answer = app.read(record)
        expect(answer, 403)
        if not answer.headers.get("Warning", "").startswith(WARNING):
            raise Unexpected("The refusal had no warning.")
