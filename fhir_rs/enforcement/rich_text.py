"""The words of RTF (Rich Text Format 1.9.1): control words out, escaped characters decoded.

Text of every destination is kept, that of annotations and of hidden text as well; left out is
only what is no text: pictures, embedded objects and other data written as hexadecimal digits.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"\\([A-Za-z]{1,32})(-?[0-9]{1,9})? ?"
    r"|\\'([0-9A-Fa-f]{2})"
    r"|\\(.)"
    r"|([{}])"
    r"|([^\\{}\r\n]+)",
    re.DOTALL,
)
_BREAKS = frozenset(
    {"par", "line", "tab", "cell", "row", "nestcell", "nestrow", "page", "column", "sect", "pard"}
)
_SIGNS = {
    "emdash": "\u2014", "endash": "\u2013", "bullet": "\u2022", "lquote": "\u2018",
    "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "emspace": " ",
    "enspace": " ", "qmspace": " ",
}  # fmt: skip
# Data that is not shown, and content that a person sees and nobody here can read.
_DATA = frozenset({"themedata", "colorschememapping", "datastore", "blipuid", "passwordhash"})
_UNREAD = frozenset({"pict", "objdata", "bin"})


@dataclass(slots=True)
class _State:
    page: str = "cp1252"
    words: list[str] = field(default_factory=list)
    octets: bytearray = field(default_factory=bytearray)
    saved: list[tuple[int, bool]] = field(default_factory=list)
    fallback: int = 1
    """How many characters stand for one of Unicode, for readers that know none (`\\uc`)."""
    passing: int = 0
    data: bool = False
    whole: bool = True

    def flush(self) -> None:
        if self.octets:
            self.words.append(bytes(self.octets).decode(self.page, "replace"))
            self.octets.clear()

    def say(self, text: str) -> None:
        if not self.data:
            self.flush()
            self.words.append(text)


def words_of_rtf(text: str) -> tuple[str, bool]:
    """The words of an RTF document, and whether that is all: not so with pictures and objects.

    >>> words_of_rtf(r"{\\rtf1 H\\b I\\b0 V posit\\'eff\\par}")
    ('HIV positïf ', True)
    """
    state = _State()
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        word, number, octet, sign, brace, plain = token.groups()
        if brace is not None:
            _brace(brace, state)
        elif word is not None:
            at += _control(word, int(number) if number else None, state)
        elif octet is not None:
            _octet(int(octet, 16), state)
        elif plain is not None:
            dropped = min(state.passing, len(plain))
            state.passing -= dropped
            state.say(plain[dropped:])
        elif sign in "~_\n\r{}\\":
            # A hyphen that only may be shown (\-) is none.
            state.say(sign if sign in "{}\\" else " ")
    state.flush()
    found = "".join(state.words).encode("utf-16-le", "surrogatepass")
    return found.decode("utf-16-le", "replace"), state.whole


def _brace(brace: str, state: _State) -> None:
    state.flush()
    state.passing = 0
    if brace == "{":
        state.saved.append((state.fallback, state.data))
    elif state.saved:
        state.fallback, state.data = state.saved.pop()


def _octet(value: int, state: _State) -> None:
    if state.passing:
        state.passing -= 1
    elif not state.data:
        state.octets.append(value)


def _control(word: str, number: int | None, state: _State) -> int:
    """Obey a control word; the number of characters behind it that are no text."""
    if word == "u" and number is not None:
        state.say(chr(number & 0xFFFF))
        state.passing = state.fallback
    elif word == "uc" and number is not None:
        state.fallback = max(0, min(number, 32))
    elif word == "ansicpg" and number is not None:
        state.page = _page(number)
    elif word in _BREAKS:
        state.say(" ")
    elif word in _SIGNS:
        state.say(_SIGNS[word])
    elif word in _UNREAD or word in _DATA:
        state.data = state.data or word != "bin"
        state.whole = state.whole and word in _DATA
        return max(0, number or 0) if word == "bin" else 0
    return 0


def _page(number: int) -> str:
    try:
        return codecs.lookup(f"cp{number}").name
    except (LookupError, ValueError):
        return "cp1252"
