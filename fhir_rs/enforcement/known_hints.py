"""What each record may give away, remembered: the owner's previews ask it of all of them at once.

A hint depends on the text of a record, its title and the rules alone, so it is found once for each
text, of every topic; what a set of permissions holds back picks from these.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.hints import Hint, Hints, is_held
from fhir_rs.enforcement.lenses import EVERY_BIT

MOST = 50_000
"""Records of which this is remembered; the oldest goes. Most give nothing away: an empty pair."""


class GivenAway(NamedTuple):
    """The topics that a record may give away, and whether a file of it could not be read."""

    hints: tuple[Hint, ...]
    unread: bool

    def held_back(self, mask: int) -> list[Hint]:
        """Those of the topics in `mask`."""
        return [hint for hint in self.hints if is_held(hint.topic, mask)]


NOTHING = GivenAway((), unread=False)
Key = tuple[str, str]
"""The digest of a record's text, and its title."""


class KnownHints:
    """Remembers for one process; `words` are the rules."""

    def __init__(self, words: Hints) -> None:
        self._words = words
        self._lock = Lock()
        self._known: OrderedDict[Key, GivenAway] = OrderedDict()

    def unknown(self, keys: Sequence[Key]) -> list[Key]:
        """Those whose text has to be looked at."""
        with self._lock:
            return [key for key in keys if key not in self._known]

    def look(self, key: Key, type_: str, body: bytes) -> GivenAway:
        """Find what this text gives away, and remember it."""
        resource: Mapping[str, Any] = json.loads(body)
        facts = facts_of(resource)
        texts = [key[1], *facts.texts]
        hints = tuple(self._words.given_away(type_, texts, facts.codings, EVERY_BIT))
        found = GivenAway(hints, bool(facts.unread)) if hints or facts.unread else NOTHING
        with self._lock:
            self._known[key] = found
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return found

    def of(self, key: Key) -> GivenAway:
        """What is known of it; nothing where it was not looked at."""
        with self._lock:
            return self._known.get(key, NOTHING)
