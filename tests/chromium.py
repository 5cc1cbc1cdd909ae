"""Find a Chromium for the browser tests, or install one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]
_SHELL = "chromium-headless-shell"
"""The same browser without its windows: a test of a page takes a sixth less of the processor."""
_NAMES = (_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def find() -> str | None:
    """The path of a Chromium: `CHROMIUM_PATH`, one of the system, or Playwright's own; else None.

    Of the system's ones the one without windows comes first.
    """
    named = os.environ.get("CHROMIUM_PATH")
    if named and Path(named).exists():
        return named
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    return _playwrights_own()


def find_or_install() -> str | None:
    """The path of a Chromium, after trying Playwright's download and, as root, Debian's package."""
    if found := find():
        return found
    print("No Chromium found; installing one for the browser tests ...", flush=True)
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        capture_output=True,
        timeout=600,
    )
    if found := find():
        return found
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet: dict[str, Any] = {
            "capture_output": True,
            "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        }
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", _SHELL], **quiet)
        if not find():  # an older Debian has no package of it
            subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], **quiet)
    return find()
