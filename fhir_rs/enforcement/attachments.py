"""What an attachment says, judged by its bytes: a declared content type is only a claim.

An attachment that calls itself a picture and holds text is text to whoever opens it, so the
labelling rules read it as text. What cannot be read, or only in part, is said to be so.
"""

from __future__ import annotations

import binascii
import codecs
import re
from typing import NamedTuple

from fhir_rs.enforcement.markup import words_of_markup
from fhir_rs.enforcement.rich_text import words_of_rtf

MAX_READ = 8 * 1024 * 1024
"""Bytes of one attachment that are looked at; of a longer one the rest is not read."""

# Formats that begin like text, or whose bytes may happen to look like it.
_BINARY = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"BM",
    b"RIFF",
    b"\xd0\xcf\x11\xe0",
    b"%!PS",
    b"BZh",
    b"7z\xbc\xaf",
    b"Rar!",
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffd\ufffe\uffff]")
_FEW = 0.05
_A_FEW = 16
"""Up to this share, or this number, of characters that no text has the rest is taken for text."""
_NATIONAL = 0.3
"""The share of letters beyond ASCII above which eight-bit text is another alphabet than Latin."""
_JSON_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|([nrtbf"/\\]))')


class Reading(NamedTuple):
    """The text found, and whether that is everything: `("", False)` is what cannot be read."""

    text: str
    whole: bool


_NOTHING = Reading("", False)


def decoded(base64_text: str) -> bytes | None:
    """The bytes of a base64Binary (R4 datatypes), white space ignored; None when it is none."""
    dense = "".join(base64_text.split())
    try:
        return binascii.a2b_base64(dense, strict_mode=True) if len(dense) % 4 == 0 else None
    except (binascii.Error, ValueError):
        return None


def text_of(data: bytes) -> Reading:
    """What the bytes of an attachment say.

    Plain text in the usual encodings, HTML and XML (CDA as well), RTF and JSON are read; nothing
    that a tag, an entity or an escape hides from the eye of a rule stays hidden. Pictures, PDF,
    archives and what is encrypted are not. Takes time in proportion to the data, never raises.

    >>> text_of(b"<p title='allergy'>H<b>I</b>V</p>").whole
    True
    """
    characters = _characters(data[:MAX_READ], last=len(data) <= MAX_READ)
    text, dirty = _CONTROLS.subn("", characters.text)
    if dirty > max(_A_FEW, len(characters.text) * _FEW):
        return _NOTHING
    found = _words(text)
    clean = characters.whole and not dirty and len(data) <= MAX_READ
    return Reading(found.text, found.whole and clean and not data.startswith(_BINARY))


def _characters(data: bytes, *, last: bool) -> Reading:
    """`last`: nothing follows; otherwise the cap may have cut a character in two."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding)
    wide = _wide(data)
    if wide is not None:
        return _decode(data, wide)
    try:
        return Reading(codecs.getincrementaldecoder("utf-8")().decode(data, last), True)
    except UnicodeDecodeError:
        beyond = sum(map(data.count, range(0x80, 0x100)))
        return _decode(data, "cp1252", sure=beyond <= len(data) * _NATIONAL)


def _decode(data: bytes, encoding: str, *, sure: bool = True) -> Reading:
    # What is no character of the encoding comes out as U+FFFD, which no text has.
    return Reading(data.decode(encoding, "replace"), sure)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark, where it is obvious: every second byte mostly zero."""
    half = len(data) // 2
    if half == 0:
        return None
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if odd > half * 0.5 and even < half * _FEW:
        return "utf-16-le"
    if even > half * 0.5 and odd < half * _FEW:
        return "utf-16-be"
    return None


def _words(text: str) -> Reading:
    start = text.lstrip("\ufeff \t\r\n\f\v")
    if start.startswith("{\\rtf"):
        return Reading(*words_of_rtf(start))
    if start[:1] in ("{", "["):
        text = _JSON_ESCAPE.sub(_unescaped, text)
    if "<" not in text and "&" not in text:
        return Reading(text, True)
    words, whole = words_of_markup(text)
    # Text with a bracket in it is read both ways: as it stands, and as a browser would show it.
    return Reading(words if start.startswith("<") else f"{text}\n{words}", whole)


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return {'"': '"', "/": "/", "\\": "\\"}.get(match[2], " ")
    character = chr(int(match[1], 16))
    return " " if "\ud800" <= character <= "\udfff" else character
