"""PURE: what a file may be shown as: a claim of its type counts only where its bytes agree.

A picture or a text of this short list may be looked at in a browser; everything else is handed over
as bytes without a type. Markup is read for its words, and never rendered.
"""

from __future__ import annotations

from typing import NamedTuple

from heart_reading.markup_text import lines

PICTURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
PDF, TEXT, UNKNOWN = "application/pdf", "text/plain", "application/octet-stream"
MARKUP = frozenset(
    {"text/html", "text/xml", "application/xml", "application/xhtml+xml",
     "application/hl7-v3+xml", "application/cda+xml", "application/hl7-cda+xml"}
)  # fmt: skip
MOST_READ = 100_000
"""Bytes of a text that are shown."""


class Seen(NamedTuple):
    """A file after a look at its bytes: the `type` it is handed over as, and its `words`.

    `words` are the lines of a text or of what is marked up; none for anything else. `whole` is
    False where the text is longer than what is shown of it.
    """

    type: str
    words: tuple[str, ...] = ()
    whole: bool = True

    @property
    def is_picture(self) -> bool:
        """True for what may stand in a page as a picture."""
        return self.type in PICTURES


def seen(declared: str, raw: bytes) -> Seen:
    """What a file is.

    >>> seen("image/png", b"<svg onload=x()>").type, seen("text/plain", b"One\\nTwo").words
    ('application/octet-stream', ('One', 'Two'))
    """
    if raw.startswith(PICTURES.get(declared, ())):
        return Seen(declared)
    if declared == PDF and raw.startswith(b"%PDF-"):
        return Seen(PDF)
    if declared == TEXT or declared in MARKUP:
        return _as_words(declared, raw)
    return Seen(UNKNOWN)


def _as_words(declared: str, raw: bytes) -> Seen:
    whole = len(raw) <= MOST_READ
    try:
        words = raw[:MOST_READ].decode("utf-8", "strict" if whole else "ignore")
    except UnicodeDecodeError:
        return Seen(UNKNOWN)
    if "\0" in words:
        return Seen(UNKNOWN)
    if declared == TEXT:
        return Seen(TEXT, tuple(words.splitlines()), whole)
    return Seen(UNKNOWN, tuple(lines(words)), whole)
