"""What a page that failed may say about her changes: only what this request knows.

A page is shown after a form was carried out as well, so one that only shows something cannot say
that nothing was changed. One that carries out a form can, unless it sent a change: then it was
saved, or nobody here knows.
"""

from __future__ import annotations

from flask import g, request
from flask_babel import gettext as _

SAVED, UNKNOWN = "saved", "unknown"


def note(what: str) -> None:
    """A change of this request was saved, or has had no answer: what was saved stays said."""
    if g.get("changed") != SAVED:
        g.changed = what


def words() -> str:
    """What became of what she did, in a sentence or two."""
    return str(_(_sentence(request.method, g.get("changed"))))


def _sentence(method: str, changed: str | None) -> str:
    if method in ("GET", "HEAD"):
        return (
            "We could not show this. Your last change may have been saved: check Who can see what."
        )
    if changed == SAVED:
        return "Your last change may have been saved: check Who can see what."
    if changed == UNKNOWN:
        return "We do not know whether it worked. Check Who can see what before you try again."
    return "Nothing was shared or changed."
