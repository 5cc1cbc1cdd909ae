"""What a person told before and let this server remember (PCT): it counts for her and for the
client that holds it, and says no more than why she asks (Grant 3.3.1, 3.3.5, 5.2).

It proves nobody: who she is takes a claim of now. It has no role, and no purpose of an emergency.
"""

from dataclasses import replace

from as_server.grants.presented_ticket import MAX_TICKET, TicketRequest
from as_server.models import persisted_claims, whose
from as_server.models.persisted_claims import LIFETIME, Remembered
from as_server.policy.matching import EMERGENCY_PURPOSES
from as_server.policy.model import Party


def recall(request: TicketRequest, party: Party | None) -> Remembered | None:
    """What the `pct` of the request adds, where a rule needs it and nothing says it now; None where
    it adds nothing, and the answer does not tell why."""
    value, work = request.form.get("pct", ""), request.work
    if party is None or not 0 < len(value) <= MAX_TICKET or request.appeal.purpose is not None:
        return None
    owner = whose.owner_of(work.connection, request.issuer.seals, value)
    if owner != party.key:
        return None
    client_id = request.client.client_id
    found = persisted_claims.find(work.connection, owner, value, client_id, work.now)
    if found is None or found.purpose in EMERGENCY_PURPOSES:
        return None
    appeal = request.appeal
    words = {} if appeal.reason else {"reason": found.reason, "by_hand": True}
    request.appeal = replace(appeal, purpose=found.purpose, **words)  # type: ignore[arg-type]
    return found


def next_pct(request: TicketRequest, party: Party, recalled: Remembered | None) -> str | None:
    """The token of a success answer: where she wanted it just now, and in exchange for one that
    was of use. It is exchanged once."""
    told, work, client_id = request.spent.claims, request.work, request.client.client_id
    keep: Remembered | None = None
    if told is not None and told.remember and told.party == party.key and told.purpose:
        keep = Remembered(told.purpose, told.reason, work.now + LIFETIME)
    elif recalled is not None and persisted_claims.rotate(
        work.connection, party.key, request.form["pct"], work.now
    ):
        keep = recalled
    if keep is None:
        return None
    return persisted_claims.keep(work.connection, request.issuer.seals, party.key, client_id, keep)
