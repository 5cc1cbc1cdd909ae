"""Random texts that people type: arguments of a command, and what one tells another."""

from __future__ import annotations

import secrets


def new(size: int) -> str:
    """`size` random bytes, url-safe, that no command line takes for an option.

    One text in 64 would begin with a dash; leaving those out costs a 44th of a bit.
    """
    while (text := secrets.token_urlsafe(size)).startswith("-"):
        pass
    return text


LETTERS = "23456789ACDEFGHJKMNPRTWXY"
"""What a reader of handwriting and a listener on the phone tells apart: no 0 and O, no 1, I and L,
no B, S, Z beside 8, 5 and 2, no U and V, no Q."""


def readable(size: int) -> str:
    """`size` random characters that one person writes down or says and another one types, in
    groups of four: 4.6 bits each.

    >>> [len(group) for group in readable(8).split("-")]
    [4, 4]
    """
    drawn = "".join(secrets.choice(LETTERS) for _ in range(size))
    return "-".join(drawn[start : start + 4] for start in range(0, size, 4))


def retyped(text: str) -> str:
    """What somebody typed of such a text, however she wrote it down.

    >>> retyped(" k7my - 2pxa ")
    'K7MY2PXA'
    """
    return "".join(letter for letter in text.upper() if letter in LETTERS)
