"""`python -m docs --screenshots`: pictures of one walk through a demo that is started for it.

Dr. Nair asks, Alice looks at the request, checks what would be seen, shares in part and stops.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.house import House
    from tests.e2e.visitor import Visitor

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
PORT_BASE = 8480
WIDTH = 1280
MOST_BYTES = 300_000


def take() -> Path:
    """Start a demo, walk through it, keep the pictures; the folder they are in."""
    from tests.e2e.house import House

    IMAGES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "demo.command", "demo", "--no-browser"]
        command += ["--port-base", str(PORT_BASE), "--data-dir", folder]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as demo:
            try:
                _wait(demo)
                _walk(House(PORT_BASE, Path(folder)))
            finally:
                demo.send_signal(signal.SIGTERM)
                demo.communicate()
    return IMAGES


def _wait(demo: subprocess.Popen[str]) -> None:
    said = []
    for line in demo.stdout or ():
        said.append(line)
        if "Ctrl-C" in line:
            return
    raise RuntimeError("".join(said))


def _walk(house: House) -> None:
    from playwright.sync_api import sync_playwright

    from tests import chromium
    from tests.e2e import stories
    from tests.e2e.visitor import Visitor

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        look = {"viewport": {"width": WIDTH, "height": 800}, "color_scheme": "light"}
        priya = Visitor(house, browser, **look).sign_in("priya")
        stories.ask(priya)
        alice = Visitor(house, browser, **look).sign_in("alice")
        _keep(alice, "home", 1210)
        alice.follow("Look at the request")
        alice.headed("wants to see some of your records")
        alice.tick("Yes to some")
        for kind in stories.KINDS:
            alice.tick(kind)
        _keep(alice, "request", 1400)
        alice.press("Next")
        alice.headed("Check what")
        _keep(alice, "check", 1210)
        alice.press("Start sharing")
        alice.headed("You said yes")
        stories.look_again(priya, "said yes")
        priya.follow("Open the chart")
        priya.reads("140 records from")
        _keep(priya, "chart", 1400)
        stories.stop_priya(alice)
        priya.page.reload()
        priya.reads("Your access ended")
        alice.page.reload()
        alice.reads("turned away")
        _keep(alice, "stop", 620)
        browser.close()


def _keep(visitor: Visitor, name: str, height: int) -> None:
    """The top of the page, down to `height`."""
    visitor.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    visitor.page.mouse.move(0, 0)
    path = IMAGES / f"{name}.png"
    clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": float(height)}
    visitor.page.screenshot(path=path, full_page=True, clip=clip)  # type: ignore[arg-type]
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise RuntimeError(f"{path.name} has {size} bytes")
