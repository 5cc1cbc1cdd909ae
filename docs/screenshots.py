"""`python -m docs --screenshots`: the README's picture, taken of a demo that is started for it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "docs/images/home.png"
PORT_BASE = 8480


def take() -> Path:
    """Sign in as Alice, and keep her first page."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "demo.command", "demo", "--no-browser"]
        command += ["--port-base", str(PORT_BASE), "--data-dir", folder]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as demo:
            try:
                _wait(demo)
                _home(f"http://localhost:{PORT_BASE + 2}/")
            finally:
                demo.send_signal(signal.SIGTERM)
                demo.communicate()
    return HOME


def _wait(demo: subprocess.Popen[str]) -> None:
    said = []
    for line in demo.stdout or ():
        said.append(line)
        if "Ctrl-C" in line:
            return
    raise RuntimeError("".join(said))


def _home(address: str) -> None:
    from playwright.sync_api import sync_playwright

    from tests import chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme="light")
        page.goto(address)
        page.get_by_role("link", name=re.compile("Sign in")).or_(
            page.get_by_role("button", name=re.compile("Sign in"))
        ).first.click()
        page.fill("[name=username]", "alice")
        page.fill("[name=password]", "demo")
        page.get_by_role("button", name="Sign in", exact=True).click()
        if page.locator("button[value=allow]").count():
            page.locator("button[value=allow]").click()
        page.get_by_role("heading", name="Who can see what").wait_for()
        HOME.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=HOME)
        browser.close()
