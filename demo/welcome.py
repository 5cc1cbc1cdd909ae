"""What a person who started the demo is shown: a table of addresses, and the first page."""

from __future__ import annotations

import os
import sys
import webbrowser

from demo.cast import CAST, PASSWORD
from demo.layout import Layout
from demo.records.sources import SOURCES


def print_table(layout: Layout, seconds: float) -> None:
    rows = [(layout.title(s), _address(layout, s)) for s in layout.services]
    width = max(len(title) for title, _ in rows)
    lines = [f"  {title.ljust(width)}  {address}" for title, address in rows]
    lines += ["", f"  People (password of all: {PASSWORD})"]
    lines += [f"  {p.login.ljust(8)}{p.name.ljust(18)}{p.can}" for p in CAST]
    lines += ["", "  Made-up people only. Do not enter real health data. Ctrl-C stops everything."]
    print(f"\nheart-uma is ready ({seconds:.1f} s)\n", *lines, sep="\n", flush=True)


def _address(layout: Layout, service: str) -> str:
    return layout.fhir_base(service) if service in SOURCES else layout.origin(service)


def open_browser(address: str) -> None:
    """A text browser would take the terminal over, so without a screen nothing is opened."""
    screen = sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    try:
        opened = screen and webbrowser.open(address)
    except webbrowser.Error:
        opened = False
    if not opened:
        print(f"  No browser was found on this machine: open {address} yourself.", flush=True)
