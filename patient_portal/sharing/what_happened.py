"""What a page that failed may say about her changes: only what this request knows.

A page is shown after a form was carried out as well, so one that only shows something cannot say
that nothing was changed. One that carries out a form can, unless it sent a change: then it was
saved, or nobody here knows.
"""

from __future__ import annotations

from heart_ui.words import gettext as _

SAVED, UNKNOWN = "saved", "unknown"


class Changes:
    """What is known of the changes of one request."""

    def __init__(self) -> None:
        self._known = ""

    def note(self, what: str) -> None:
        """A change was saved, or has had no answer: what was saved stays said."""
        if self._known != SAVED:
            self._known = what

    def words(self, method: str) -> str:
        """What became of what she did, in a sentence or two."""
        return _sentence(method, self._known)


def _sentence(method: str, changed: str) -> str:
    if method in ("GET", "HEAD"):
        return _(
            "We could not show this. Your last change may have been saved: check Who can see what."
        )
    if changed == SAVED:
        return _("Your last change may have been saved: check Who can see what.")
    if changed == UNKNOWN:
        return _("We do not know whether it worked. Check Who can see what before you try again.")
    return _("Nothing was shared or changed.")
