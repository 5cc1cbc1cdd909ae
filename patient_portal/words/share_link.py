"""The link that she hands over: where her records are. It opens nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from heart_ui import qr
from heart_ui.words import gettext as _
from patient_portal.policies.linked import Record
from patient_portal.words import letter

Places = Mapping[str, str] | Sequence[str]
"""Record bases with the names of their clinics; an older form kept the bases alone."""


class Link:
    """The link that `name` hands over, leading to her records among the `known` ones."""

    def __init__(self, requester_url: str, name: str, known: Sequence[Record]) -> None:
        self._url, self.name, self._known = requester_url, name, known

    def words(self, places: Places, who: str) -> dict[str, Any]:
        """The link as `who` gets it, by each way, and which of her clinics it leads to and leaves
        out, by name."""
        return {
            "link": self.to(places),
            "leads_to": [record.rs for record in self._known if record.record in places],
            "left_out": [record.rs for record in self._known if record.record not in places],
            "code": self.drawn(places, who),
            "letter": letter.to(self.unnamed(places), self.name),
        }

    def to(self, places: Places) -> str:
        named = places if isinstance(places, Mapping) else dict.fromkeys(places, "")
        query = [("from", self.name), *(("at", base) for base in named)]
        if all(named.values()):
            query += [("place", name) for name in named.values()]
        return f"{self._url}/open?{urlencode(query)}"

    def unnamed(self, places: Places) -> str:
        """The link for paper and mail, which others may read: it calls no clinic by its name."""
        return self.to(list(places))

    def drawn(self, places: Places, who: str) -> Markup:
        """The same as a picture for a phone; empty where it would be too fine to be read."""
        return qr.code(
            self.unnamed(places),
            key="code",
            title=_("A code with the link for %(who)s", who=who),
            spoken=_("A phone or a tablet with a camera reads it. It holds the link and no more."),
        )
