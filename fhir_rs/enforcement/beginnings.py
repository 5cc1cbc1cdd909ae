"""How the words that a rule's pattern matches begin: a cheap look that most texts do not pass.

A pattern that matches regardless of case is slow, and almost no text of a record matches any. So a
text is first searched for the beginnings of all patterns, in lower case, as one automaton; only
where one is found is a pattern asked. What begins a pattern is worked out here, so that the rules
are written once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

LEAST = 3
"""A beginning of fewer characters would be found in most texts."""
_LETTER = re.compile(
    r"\\?([^\W_]|[ '-])(?![?*+{])|([^\W_]|[ '-])(\?)|\[([^\]\\^]+)\](\??)(?![?*+{])"
)
_NOT_LETTERS = re.compile(r"\\[A-Za-z0-9]")
# The characters beyond ASCII that `re.IGNORECASE` takes for letters of ASCII.
_LIKE_ASCII = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}


def lowered(text: str) -> str:
    """`text` as beginnings are looked for in it."""
    return text.lower() if text.isascii() else text.translate(_LIKE_ASCII).lower()


def begins(patterns: Iterable[str]) -> re.Pattern[str]:
    """What finds the beginning of a match of any of `patterns` in a lowered text.

    Raise ValueError for a pattern with a match that may begin with fewer than `LEAST` letters that
    are known.

    >>> bool(begins([r"\\bHIV(?:-?[12])?\\b|h[ae]?mophilia"]).search("known hiv"))
    True
    """
    found = {start for pattern in patterns for start in beginnings(pattern)}
    return re.compile(_automaton(found))


def beginnings(pattern: str) -> Iterator[str]:
    """The literal beginnings of what `pattern` matches, one for each of its alternatives."""
    for alternative in _alternatives(pattern):
        for start in _starts(alternative, ""):
            if len(start) < LEAST:
                raise ValueError(f"{alternative!r} begins with fewer than {LEAST} known letters")
            yield lowered(start)


def _alternatives(pattern: str) -> list[str]:
    """`pattern` cut at each `|` that stands in no bracket."""
    found, depth, at = [""], 0, 0
    while at < len(pattern):
        step = 2 if pattern[at] == "\\" else 1
        if pattern[at] == "|" and depth == 0:
            found.append("")
        else:
            depth += (pattern[at] in "([") - (pattern[at] in ")]")
            found[-1] += pattern[at : at + step]
        at += step
    return found


def _starts(rest: str, head: str) -> Iterator[str]:
    while rest:
        if rest.startswith("\\b"):
            rest = rest[2:]
            continue
        if rest.startswith("(?:"):
            yield from _of_group(rest, head)
            return
        letter = None if _NOT_LETTERS.match(rest) else _LETTER.match(rest)
        if letter is None:
            break
        rest = rest[letter.end() :]
        if letter[4] is not None:
            for each in [*letter[4], *([""] if letter[5] else [])]:
                yield from _starts(rest, head + each)
            return
        if letter[3] is not None:
            yield from _starts(rest, head)
        head += letter[1] or letter[2]
    yield head


def _of_group(rest: str, head: str) -> Iterator[str]:
    depths = accumulate((c == "(") - (c == ")") for c in rest)
    end = next((at for at, depth in enumerate(depths) if depth == 0), len(rest))
    inner, after = rest[3:end], rest[end + 1 :]
    if after[:1] in ("*", "+", "{"):
        yield head
        return
    if after[:1] == "?":
        after = after[1:]
        yield from _starts(after, head)
    for alternative in _alternatives(inner):
        yield from _starts(alternative + after, head)


def _automaton(words: Iterable[str]) -> str:
    """A pattern for any of `words`, each common beginning written once."""
    by_letter: dict[str, set[str]] = {}
    for word in words:
        if not word:
            return ""
        by_letter.setdefault(word[0], set()).add(word[1:])
    parts = [re.escape(first) + _automaton(rest) for first, rest in sorted(by_letter.items())]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
