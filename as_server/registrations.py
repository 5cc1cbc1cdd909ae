"""Everything that is registered for an owner, kept in memory while it stands (hot path).

A token answer that tells of other places looks at some thirty registrations a record. They
seldom change, and each change shows: replacing or deleting one raises the owner's epoch, which
never falls, and a new one makes them more. Both are read anew each time, so what another process
changed is seen as well.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, func, select

from as_server.models import requested_resource
from as_server.models.account import Account
from as_server.models.resource import COLUMNS
from as_server.policy.model import RequestedResource

MOST = 512
_OWNER = Account.__table__.c  # type: ignore[attr-defined]
_STATE = select(
    _OWNER.epoch,
    select(func.count())
    .select_from(COLUMNS.id.table)
    .where(COLUMNS.owner == bindparam("of_owner"))
    .scalar_subquery(),
).where(_OWNER.key == bindparam("of_owner"))

Registered = Mapping[str, tuple[RequestedResource, ...]]


class Registrations:
    """One for an application; it keeps the `most` owners that were asked for last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[tuple[int, int], Registered]] = OrderedDict()
        self._lock = threading.Lock()

    def of_owner(self, connection: Connection, owner: str) -> Registered:
        """The resources of an owner by RS client id, each as if somebody asked to read it."""
        found = connection.execute(_STATE, {"of_owner": owner}).first()
        if found is None:
            return {}
        state = (int(found[0]), int(found[1]))
        kept = self._kept.get(owner)
        if kept is not None and kept[0] == state:
            return kept[1]
        resources = requested_resource.of_owner(connection, owner)
        with self._lock:
            self._kept[owner] = (state, resources)
            self._kept.move_to_end(owner)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return resources
