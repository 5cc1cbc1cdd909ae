"""What is counted once for each state of a record, and remembered: a bounded number of answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

MOST = 4_096
"""Answers that are remembered for one database; the oldest goes."""
T = TypeVar("T")
_lock = Lock()
_of: WeakKeyDictionary[Engine, dict[Hashable, Any]] = WeakKeyDictionary()


def once(engine: Engine, key: Hashable, find: Callable[[], T]) -> T:
    """What `find` found when `key` was asked for first.

    `key` names all that the answer depends on, and the state in which the database is seen.
    """
    with _lock:
        kept = _of.setdefault(engine, {})
        if key in kept:
            found: T = kept[key]
            return found
    made = find()
    with _lock:
        kept[key] = made
        while len(kept) > MOST:
            del kept[next(iter(kept))]
    return made
