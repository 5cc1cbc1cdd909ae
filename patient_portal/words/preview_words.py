"""What a page needs to show a preview: its lists, its hints, and the search that narrows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

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
