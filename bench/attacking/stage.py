"""The stage of the attacks: the scene of the benchmark, a portal, and what honest people do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench import servers, walks
from bench.plan import Plan, Step
from bench.scene import Scene, playing
from bench.servers import Server
from demo.cast import OWNER, PASSWORD
from operator_tools.browser import Browser
from operator_tools.signing_in import sign_in_and_allow

HONEST_CLIENTS = 4
RAISED_HERE = {"AS_REGISTRATION_RATE_PER_HOUR": "0"}
"""Many apps register from one address; all that is measured under attack keeps its limits."""


@dataclass
class Stage:
    """Everything is on loopback and ends with the block that made it."""

    scene: Scene
    authority: Server
    clinic: Server
    portal: Server

    def granting(self, seconds: float) -> Plan:
        """An honest clinic at the authorization server: it asks for tickets."""
        return walks.permission(self.scene)

    def reading(self, seconds: float) -> Plan:
        """An honest doctor at the resource server."""
        return walks.enforced_read(self.scene)

    def visiting(self, seconds: float) -> Plan:
        """Anybody at the portal: its first page."""
        return Plan((Step("page", f"{self.portal.origin}/login"),))

    @contextmanager
    def owner_at_home(self) -> Iterator[httpx.Client]:
        """The owner's browser, signed in at the portal."""
        with httpx.Client(timeout=30, trust_env=False) as http:
            browser = Browser(http)
            page = browser.get(f"{self.portal.origin}/")
            page = browser.submit(page, page.form("csrf_token"))
            sign_in_and_allow(browser, page, OWNER, PASSWORD)
            yield http


@contextmanager
def staged(folder: Path, *, workers: int, threads: int) -> Iterator[Stage]:
    """Set everything up, and stop the servers when the block ends."""
    with ExitStack() as stack:
        ours = playing(folder, workers=workers, threads=threads, raised=RAISED_HERE)
        cast = stack.enter_context(ours)
        scene, authority, clinic = cast
        portal = scene.launch("portal")
        stack.enter_context(servers.running([portal]))
        yield Stage(scene, authority, clinic, portal)
