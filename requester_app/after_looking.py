"""What is kept of a look at a record: its key, its state, when it was seen (Grant 3.3.5, 3.6)."""

from __future__ import annotations

from collections.abc import Mapping

from heart_uma.sealing import seal
from requester_app.answers import Answer, Held
from requester_app.held_keys import kept_of
from requester_app.models import key as keys
from requester_app.models.key import Key
from requester_app.visit import Means


def keep_refreshed(means: Means, key: Key, held: Held) -> None:
    """Write down a refreshed key in the thread that got it: its page may be over by then."""
    used, key.sealed = key.sealed, seal(means.secret, kept_of(held))
    key.expires = means.now() + held.expires_in
    with means.writing() as session:
        keys.exchange(session, key, used)


def store_answers(means: Means, held: dict[str, Key], answers: Mapping[str, Answer]) -> None:
    changed = [
        _after(means, held[base], answer)
        for base, answer in answers.items()
        # An outage changes nothing, but for a ticket that may have been presented before it.
        if answer.state != "down" or held[base].state == keys.WAITING
    ]
    with means.writing() as session:
        for key in changed:
            keys.store(session, key)


def _after(means: Means, key: Key, answer: Answer) -> Key:
    """`key` as it is after `answer`."""
    now, before = means.now(), key.state
    key.source = answer.source or key.source
    if answer.state == "open":
        key.state, key.shown = keys.OPEN, now
        if answer.fresh or answer.expires_in:
            key.sealed, key.expires = seal(means.secret, kept_of(answer)), now + answer.expires_in
            key.issued = now if answer.fresh else key.issued
    elif answer.state == "waiting":
        key.state, key.next_poll = keys.WAITING, now + answer.interval
        key.sealed = seal(means.secret, {"ticket": answer.ticket, "issuer": answer.issuer})
    elif answer.state == "facts":
        key.state, key.sealed = keys.FACTS, _way_to_tell(means, answer)
    elif answer.state in ("denied", "ended"):
        key.state = keys.ENDED if key.shown else keys.NO_ACCESS
        key.sealed = key.sealed if answer.state == "ended" and answer.rpt else ""
    elif answer.state == "gone":
        key.state, key.sealed = keys.GONE, ""
    elif before == keys.WAITING and answer.state != "sign_in":
        # The ticket may have been presented before the fault: it is not used again.
        key.sealed = ""
    key.changed = now if key.state != before else key.changed
    return key


def _way_to_tell(means: Means, answer: Answer) -> str:
    """The ticket that takes the person to where she can tell more, sealed; empty without one."""
    if not answer.tells_at:
        return ""
    kept = {"ticket": answer.ticket, "issuer": answer.issuer, "tells_at": answer.tells_at}
    return seal(means.secret, kept)
