"""PURE: server-sent events as they are written (HTML 9.2): names are the page's, never shown."""

from __future__ import annotations


def event(name: str, data: str = "") -> str:
    """One event; `data` is one line."""
    return f"event: {name}\ndata: {data}\n\n"


def come_back(seconds: int) -> str:
    """After how long the browser comes back when the stream is over."""
    return f"retry: {seconds * 1000}\n\n"
