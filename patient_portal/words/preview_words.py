"""What a page needs to show a preview: its lists, its hints, and the link to hand over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from patient_portal.policies.linked import Record
from patient_portal.policies.view import View

MOST_LETTERS = 100
"""Of what she looks for: what a clinic takes."""


def search_words(args: Mapping[str, str]) -> str:
    """What she looks for among her records, empty when she looks for nothing."""
    return args.get("q", "").strip()[:MOST_LETTERS]


def preview_words(view: View, args: MultiDict[str, str]) -> dict[str, Any]:
    """What the preview's lists need; `q` narrows them, `ok` are hints she has looked at."""
    search = search_words(args)
    seen = args.getlist("ok")
    return {
        "view": view,
        "listed": view.found(search) if search else view,
        "q": search,
        "ok": seen,
        "hints": [row for row in view.hints if row.reference not in seen],
        "opened": args.get("kind", ""),
    }


class Link:
    """The link that `name` hands over: where her records are. It opens nothing by itself."""

    def __init__(self, requester_url: str, name: str, known: Sequence[Record]) -> None:
        self._url, self._name, self._known = requester_url, name, known

    def words(self, places: Mapping[str, str] | Sequence[str]) -> dict[str, Any]:
        """The link, and which of her clinics it leads to and leaves out, by name."""
        return {
            "link": self.to(places),
            "leads_to": [record.rs for record in self._known if record.record in places],
            "left_out": [record.rs for record in self._known if record.record not in places],
        }

    def to(self, places: Mapping[str, str] | Sequence[str]) -> str:
        """`places` are record bases with the names of their clinics; an older form kept the bases
        alone."""
        named = places if isinstance(places, Mapping) else dict.fromkeys(places, "")
        query = [("from", self._name), *(("at", base) for base in named)]
        if all(named.values()):
            query += [("place", name) for name in named.values()]
        return f"{self._url}/open?{urlencode(query)}"
