"""Taking a person to the sharing service to tell more of herself, and back (Grant 3.3.2, 3.3.3).

What is remembered meanwhile is sealed in the row of the record: the state that has to come back,
and in which browser, so that no other person and no other window brings a ticket in.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from heart_uma import claims_interaction
from heart_uma.sealing import SealError, open_sealed, seal
from requester_app.held_keys import TRY
from requester_app.models import key as keys
from requester_app.models.key import Key
from requester_app.models.pointer import Pointer
from requester_app.visit import Visit


def set_out(visit: Visit, pointer: Pointer, browser: str) -> bool:
    """Set out for the first record that wants it; False where there is none with a ticket that was
    not taken there yet."""
    with visit.means.writing() as session:
        held = keys.of(session, visit.person, pointer.records)
        for base in pointer.records:
            key = held.get(base)
            kept = {} if key is None or key.state != keys.FACTS else _kept(visit, key)
            if key is None or not kept or not keys.spend(session, key):
                continue
            if "state" in kept:
                # She went there before and did not come back: that ticket is spent.
                key.state, key.sealed = TRY, ""
                keys.store(session, key)
                continue
            state = claims_interaction.new_state()
            under_way = {**kept, "state": state, "browser": browser, "pointer": pointer.id}
            key.sealed = seal(visit.means.secret, under_way)
            keys.store(session, key)
            return True
    return False


def way_out(visit: Visit, pointer: Pointer, browser: str, return_to: str) -> str:
    """The address of who has set out; empty for who has not, or is back already."""
    with visit.means.reading() as session:
        wanting = keys.that_want_facts(session, visit.person)
    for key in wanting:
        kept = _kept(visit, key)
        if kept.get("pointer") == pointer.id and kept["browser"] == browser:
            told = kept["tells_at"], kept["ticket"], return_to, kept["state"]
            return visit.means.servers.claims_address(*told)
    return ""


def come_back(visit: Visit, browser: str, answer: Mapping[str, str]) -> str | None:
    """The chart to go on with; None for an answer that this browser did not leave for.

    An answer counts once. Without a ticket the record is asked anew, from its start.
    """
    with visit.means.writing() as session:
        for key in keys.that_want_facts(session, visit.person):
            kept = _kept(visit, key)
            if not _is_answer(kept, browser, answer) or not keys.spend(session, key):
                continue
            ticket = claims_interaction.brought_back(answer, kept["ticket"])
            key.state, key.sealed, key.next_poll = TRY, "", 0
            if ticket:
                key.state = keys.WAITING
                key.sealed = seal(visit.means.secret, {"ticket": ticket, "issuer": kept["issuer"]})
            keys.store(session, key)
            return kept["pointer"]
    return None


def _is_answer(kept: Mapping[str, str], browser: str, answer: Mapping[str, str]) -> bool:
    expected, sent = kept.get("state", ""), answer.get("state", "")
    same = hmac.compare_digest(expected.encode(), sent.encode("utf-8", "replace"))
    return bool(expected) and same and kept["browser"] == browser


def _kept(visit: Visit, key: Key) -> dict[str, str]:
    """What is sealed in the row; empty where nothing can be read."""
    try:
        found = open_sealed(visit.means.secret, key.sealed) if key.sealed else {}
    except SealError:
        return {}
    return {name: str(value) for name, value in found.items()}
