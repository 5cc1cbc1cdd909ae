"""Telling resource servers at once that an owner's rules changed (RFC 8417, RFC 8935, CAEP).

After the commit the latest epoch is pushed to every resource server of the owner in parallel, with
one deadline for all; who does not answer stays in the outbox and is tried again. A pushed event
carries a number and nothing else: an RS that reads it knows only that its cache is old.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from as_server.models import client as clients
from as_server.models import outbox, resource
from as_server.models.client import Client
from as_server.models.outbox import Outbox
from as_server.sharing.deliveries import Deliveries, Push
from as_server.sharing.retries import Retries
from as_server.sharing.security_event import address_of, event_token
from as_server.tokens.issuing import Issuer
from as_server.work import Work
from heart_ground.durable.ballast import Ballast
from heart_ground.durable.unavailable import is_outage
from heart_uma.rfc3339 import print_moment

log = logging.getLogger("as_server")


class Announcements:
    """Tells the resource servers of one application what its owners changed.

    `new_work` begins a work of its own, for what is tried again.
    """

    def __init__(
        self,
        issuer: Issuer,
        deliveries: Deliveries,
        ballast: Ballast,
        new_work: Callable[[], Work],
    ) -> None:
        self.settings = issuer.settings
        self._issuer = issuer
        self._deliveries = deliveries
        self._ballast = ballast
        self._new_work = new_work
        self.retries = Retries(self.retry_due, self.something_waits)

    def take_effect(self, work: Work, owner: str) -> dict[str, Any]:
        """Commit what was changed, push it, and say how that went: the `effect` of an answer.

        An RS may use its next introspection before this returns. What was changed is on disk when
        it is pushed, so a database that fails from then on fails nothing: it is pending.
        """
        work.commit()
        changed = owner in work.untold
        work.untold.discard(owner)
        for _ in range(2):
            try:
                return self._announce(work, owner, changed=changed)
            except Exception as error:
                if not is_outage(error):
                    raise
                work.close()
                if not self._ballast.helps(error):
                    break
        log.warning("an owner's change is on disk; who was told of it could not be noted")
        self.retries.wake()
        at = print_moment(work.later())
        return {"status": "pending", "at": at, "resource_servers": []}

    def tell(self, work: Work, owners: Iterable[str]) -> None:
        """The same for several owners, where nobody waits to hear how it went."""
        work.commit()
        for owner in owners:
            self.take_effect(work, owner)

    def tell_rest(self, work: Work) -> None:
        """Tell of what was taken away on the way to an error (a copied token, say)."""
        if work.untold:
            self.tell(work, sorted(work.untold))

    def retry_due(self) -> None:
        """Try again what is due, and end what is over."""
        work = self._new_work()
        try:
            outbox.end(work.connection, self._outdated(work))
            self._push(work, outbox.untold(work.db, due=work.now))
        finally:
            work.close()

    def something_waits(self) -> bool:
        with self._new_work().reading() as connection:
            return outbox.something_waits(connection)

    def _announce(self, work: Work, owner: str, *, changed: bool) -> dict[str, Any]:
        holding = set(resource.servers_of(work.db, owner))
        waiting = outbox.untold(work.db, owner)
        newest = max((row.epoch for row in waiting), default=0)
        # A server that holds nothing of hers any more is told of the change that took it away, and
        # is no part of the proof of a later one.
        concerned = holding | {row.client_id for row in waiting if changed and row.epoch == newest}
        current = {row.client_id for row in waiting if row.changed_at > self._outdated(work)}
        late = (concerned & current) - self._push(work, waiting)
        names = {client_id: work.db.get(Client, client_id) for client_id in concerned}
        return {
            "status": "pending" if late else "effective",
            "at": print_moment(work.later()),
            "resource_servers": [
                {
                    "name": "" if server is None else server.name,
                    "base": "" if server is None else server.rs_base or "",
                    "status": "pending" if client_id in late else "effective",
                }
                for client_id, server in sorted(names.items())
            ],
        }

    def _push(self, work: Work, rows: list[Outbox]) -> set[str]:
        """Send the events of these rows; the client ids of the servers that took theirs."""
        pushes: list[Push] = []
        for row in rows:
            server = clients.by_id(work.db, row.client_id)
            address = address_of(server, self.settings.issuer)
            if server is not None and address is not None:
                token = event_token(work, self._issuer, server, row)
                pushes.append(Push(row.owner, row.client_id, row.epoch, address, token))
            else:
                # Nobody to tell: its cached answers age out by themselves, so nothing waits.
                outbox.told(work.db, row.owner, row.client_id, row.epoch)
        # No lock is held while strangers think: whatever was read or written is committed first.
        work.commit()
        taken = self._deliveries.send(pushes)
        for push in taken:
            outbox.told(work.db, push.owner, push.client_id, push.epoch)
        for push in pushes:
            if push not in taken:
                outbox.failed(work.db, push.owner, push.client_id, work.now)
        work.commit()
        if len(taken) < len(pushes):
            self.retries.wake()
        return {push.client_id for push in taken}

    def _outdated(self, work: Work) -> int:
        """The moment before which every token that was live has run out by now, and with it all
        that a resource server may have kept of it: a change of that time counts there, told or
        not."""
        settings = self.settings
        return work.now - max(settings.rpt_lifetime, settings.owner_token_lifetime)
