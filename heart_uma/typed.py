"""Random texts that people give to a command as an argument."""

from __future__ import annotations

import secrets


def new(size: int) -> str:
    """`size` random bytes, url-safe, that no command line takes for an option.

    One text in 64 would begin with a dash; leaving those out costs a 44th of a bit.
    """
    while (text := secrets.token_urlsafe(size)).startswith("-"):
        pass
    return text
