"""What a page needs to show a preview: its lists, its hints, and the link to hand over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from patient_portal.context import current_portal
from patient_portal.policies.view import View
from patient_portal.sharing import as_api
from patient_portal.signing_in import sessions

MOST_LETTERS = 100
"""Of what she looks for: what a clinic takes."""


def search_words() -> str:
    """What she looks for among her records, empty when she looks for nothing."""
    return request.args.get("q", "").strip()[:MOST_LETTERS]


def preview_words(view: View) -> dict[str, Any]:
    """What the preview's lists need; `q` narrows them, `ok` are hints she has looked at."""
    search = search_words()
    seen = request.args.getlist("ok")
    return {
        "view": view,
        "listed": view.found(search) if search else view,
        "q": search,
        "ok": seen,
        "hints": [row for row in view.hints if row.reference not in seen],
        "opened": request.args.get("kind", ""),
    }


def link_words(places: Mapping[str, str] | Sequence[str]) -> dict[str, Any]:
    """The link to hand over, and which of her clinics it leads to and leaves out, by name."""
    known = as_api.records()
    return {
        "link": pointer(places),
        "leads_to": [record.rs for record in known if record.record in places],
        "left_out": [record.rs for record in known if record.record not in places],
    }


def pointer(places: Mapping[str, str] | Sequence[str]) -> str:
    """The link to hand over: where the records are. It opens nothing by itself.

    `places` are record bases with the names of their clinics; an older form kept the bases alone.
    """
    live = sessions.required()
    named = places if isinstance(places, Mapping) else dict.fromkeys(places, "")
    query = [("from", live.name), *(("at", base) for base in named)]
    if all(named.values()):
        query += [("place", name) for name in named.values()]
    return f"{current_portal.settings.requester_url}/open?{urlencode(query)}"
