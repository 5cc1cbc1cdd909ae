"""PURE: what somebody wrote about a record in sentences: its notes, and its narrative (R4)."""

from __future__ import annotations

from heart_reading.dates import spoken
from heart_reading.markup_text import lines
from heart_reading.words import Resource, items, part, text
from heart_ui.words import gettext as _

Texts = tuple[tuple[str, tuple[str, ...]], ...]


def notes(resource: Resource) -> Texts:
    """The notes beside a record, each with its day."""
    found = []
    for one in items(resource.get("note")):
        words = one.get("text")
        day = spoken(text(one.get("time")))
        head = _("Note of %(day)s", day=day) if day else _("Note")
        if isinstance(words, str) and words.strip():
            found.append((head, tuple(filter(None, map(str.strip, words.splitlines())))))
    return tuple(found)


def written(resource: Resource) -> Texts:
    """The narrative of a record, as its source wrote it for people."""
    markup = part(resource.get("text"), "div")
    found = tuple(lines(markup)) if isinstance(markup, str) else ()
    return ((_("What the source wrote about it"), found),) if found else ()
