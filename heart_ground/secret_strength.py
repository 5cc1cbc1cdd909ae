"""What makes a secret none: too short, too regular, or a placeholder that was left in place."""

from __future__ import annotations

MIN_SECRET_BYTES = 32
MIN_DISTINCT = 8
"""Different characters that a secret has at least."""
_PLACEHOLDERS = (
    "changeme",
    "change-me",
    "change_me",
    "default",
    "example",
    "placeholder",
    "password",
    "secret",
)
_LEFT_OF_A_PLACEHOLDER = 16
"""Characters of a secret that must remain without the words above."""
_ROWS = ("0123456789abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz0123456789")


def weakness_of(secret: str) -> str:
    """Why `secret` protects nothing, as the end of a sentence; empty for one that does."""
    # Characters: at least as many bytes, and what sealing asks for.
    if len(secret) < MIN_SECRET_BYTES:
        return f"needs at least {MIN_SECRET_BYTES} bytes"
    rest = secret.lower()
    # One text said twice, a row of the alphabet: long, and guessed at once.
    repeated = secret in (secret + secret)[1:-1]
    in_a_row = any(rest in row * 4 or rest in row[::-1] * 4 for row in _ROWS)
    if len(set(secret)) < MIN_DISTINCT or repeated or in_a_row:
        return "is too regular to be a secret"
    for word in _PLACEHOLDERS:
        rest = rest.replace(word, "")
    if len(rest) < min(_LEFT_OF_A_PLACEHOLDER, len(secret)):
        return "is a placeholder, not a secret"
    return ""
