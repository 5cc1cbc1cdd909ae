"""Answers about RPTs that are still true: each under everything that it was made of.

That is the row that is read for every question, in which another number stands after any change of
the owner's rules or registrations; and the time between two of her rules' beginnings and ends.
"""

import threading
from collections.abc import Hashable
from datetime import datetime
from typing import NamedTuple

MOST = 8 * 1024 * 1024
"""Bytes of answers that a process keeps; then the oldest are forgotten."""


class Answer(NamedTuple):
    """The bytes of an answer, true from `begins` on and before `ends`."""

    body: bytes
    begins: datetime
    ends: datetime


class RememberedAnswers:
    """Of this process."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Answer] = {}
        self._size = 0
        self._lock = threading.Lock()

    def find(self, made_of: Hashable, at: datetime) -> bytes | None:
        """The answer to give at this moment, if it is known."""
        found = self._kept.get(made_of)
        return found.body if found is not None and found.begins <= at < found.ends else None

    def keep(self, made_of: Hashable, answer: Answer) -> None:
        """Remember an answer in the place of an older one."""
        with self._lock:
            self._forget(made_of)
            self._kept[made_of] = answer
            self._size += len(answer.body)
            while self._size > MOST:
                self._forget(next(iter(self._kept)))

    def _forget(self, made_of: Hashable) -> None:
        found = self._kept.pop(made_of, None)
        self._size -= 0 if found is None else len(found.body)
