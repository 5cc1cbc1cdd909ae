"""One running demo: its addresses, its reset, and what may never happen while anyone uses it."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from demo import snapshot
from demo.cast import BY_LOGIN
from demo.layout import Layout
from heart_uma.kinds import KIND_NAMES

OFFSETS = {
    "service": 0, "cedar": 1, "portal": 2, "clinic": 3, "stage": 4, "harbor": 5, "home": 6,
}  # fmt: skip
HTML_BYTES, CSS_BYTES, JS_BYTES = 60 * 1024, 20 * 1024, 12 * 1024
_LOOSE = re.compile(r"unsafe-|\*|\bhttps?:(?!//)|\bdata:(?=.*script)")
_NEEDED = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
_LEAD_AWAY = re.compile(r"^/(?:login|accounts|authorize(?:/.*)?|link)$")
"""Pages whose form ends, by redirects, at another service: form-action cannot name where."""


@dataclass(frozen=True)
class House:
    """Where each service of the demo answers."""

    port_base: int
    data_dir: Path

    def at(self, place: str, path: str = "/") -> str:
        return f"http://localhost:{self.port_base + OFFSETS[place]}{path}"

    @property
    def origins(self) -> set[str]:
        return {self.at(place, "") for place in OFFSETS}

    def app_of(self, login: str) -> str:
        return "portal" if BY_LOGIN[login].app == "portal" else "clinic"

    def records(self, owner: str = "alice") -> list[str]:
        found = httpx.get(self.at("stage", "/cast.json"), timeout=30).json()["records"]
        return [record["base"] for record in found if record["owner"] == owner]

    def link(self) -> str:
        """The pointer that Alice would hand out."""
        query = httpx.QueryParams([("from", "Alice Moreno"), *(("at", b) for b in self.records())])
        return self.at("clinic", f"/open?{query}")

    def let_sessions_end(self) -> None:
        """As if everyone had been away for hours: both apps find their sessions too old."""
        for service, table in (("portal", "portal_session"), ("requester", "session")):
            with closing(sqlite3.connect(self.data_dir / f"{service}.sqlite3", timeout=10)) as db:
                db.execute(f"UPDATE {table} SET seen = seen - 36000")
                db.commit()

    def trouble_alices_shares(self) -> None:
        """Dana has no account any more, nobody can read Sam's share, Bob is blocked beside his, and
        an update narrowed it."""
        with closing(sqlite3.connect(self.data_dir / "as.sqlite3", timeout=10)) as db:
            keys = dict(db.execute("SELECT login, key FROM account"))
            db.execute("UPDATE account SET disabled = 1 WHERE login = 'dana'")
            theirs = "WHERE owner = ? AND who_value = ? AND state IN ('on', 'paused')"
            db.execute(f"UPDATE policy SET body = '?' {theirs}", (keys["alice"], keys["sam"]))
            found = f"SELECT id, body FROM policy {theirs}"
            share, body = db.execute(found, (keys["alice"], keys["bob"])).fetchone()
            what = {"everything": True, "kinds": list(KIND_NAMES)}
            block = json.loads(body) | {"id": "b" * 22, "effect": "deny", "what": what}
            row = (keys["alice"], block["id"], keys["bob"], json.dumps(block))
            db.execute("INSERT INTO policy VALUES (?, ?, 1, 'on', 1, 4, ?, ?, 1, 1)", row)
            change = (keys["alice"], share, block["id"])
            db.execute("INSERT INTO outcome_change VALUES (?, ?, ?)", change)
            db.commit()

    @contextmanager
    def out_of_order(self, service: str) -> Iterator[None]:
        """The service answers everybody with an error of its own: its main table is not there."""
        path, table = self.data_dir / f"{service}.sqlite3", {"as": "token"}.get(service, "resource")
        _rename(path, table, f"{table}_away")
        try:
            yield
        finally:
            _rename(path, f"{table}_away", table)

    def kill(self, place: str, *, seconds: float = 40) -> None:
        """End one service, as if it had crashed; back when it answers again."""
        port = str(self.port_base + OFFSETS[place])
        (victim,) = [int(p.name) for p in Path("/proc").glob("[0-9]*") if _serves(p, port)]
        os.kill(victim, signal.SIGTERM)
        end = time.monotonic() + seconds
        while not self._runs_again(place, victim):
            assert time.monotonic() < end, f"{place} was not started again"
            time.sleep(0.1)

    def _runs_again(self, place: str, victim: int) -> bool:
        if Path(f"/proc/{victim}").exists():
            return False
        try:
            return httpx.get(self.at(place, "/readyz"), timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def keep_as_start(self) -> None:
        """From now on a reset goes back to how everything is at this moment."""
        layout = Layout(data_dir=self.data_dir, port_base=self.port_base)
        seed = snapshot.held(layout)
        assert seed is not None
        snapshot.save(layout, seed)

    def reset(self) -> None:
        """Back to the start through the stage's own form, while everything runs."""
        with httpx.Client(timeout=60, follow_redirects=True) as client:
            page = client.get(self.at("stage", "/reset")).text
            token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
            sent = client.post(
                self.at("stage", "/reset"), data={"csrf_token": token, "confirm": "yes"}
            )
            assert "Back to the start" in sent.text


def _rename(path: Path, table: str, name: str) -> None:
    with closing(sqlite3.connect(path, timeout=10)) as db:
        # Foreign keys and indexes keep to the old name: it comes back.
        db.execute("PRAGMA legacy_alter_table = ON")
        db.execute(f"ALTER TABLE {table} RENAME TO {name}")
        db.commit()


def _serves(process: Path, port: str) -> bool:
    """Whether it is what the launcher started for this port, and not a worker of that."""
    try:
        said = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return False
    leads = os.getsid(int(process.name)) == int(process.name)
    return leads and "serve" in said and "--port" in said and said[said.index("--port") + 1] == port


@dataclass
class Problems:
    """What a browser met that no page may cause; a test ends with none."""

    house: House
    found: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    def add(self, words: str) -> None:
        self.found.append(words)

    def of_answer(self, url: str, status: int, headers: dict[str, str], navigation: bool) -> None:
        if status >= 500:
            self.add(f"{status} from {url}")
        if navigation and 400 <= status < 500:
            self.answered.add(url)
        kind, size = headers.get("content-type", ""), int(headers.get("content-length", 0))
        if kind.startswith("text/html") and not 300 <= status < 400:
            self.found += [f"{words}: {url}" for words in faults_of_page(headers, url)]
            if size > HTML_BYTES:
                self.add(f"page of {size} bytes: {url}")
        for ending, most in (("css", CSS_BYTES), ("javascript", JS_BYTES)):
            if ending in kind and size > most:
                self.add(f"{size} bytes of {ending}: {url}")

    def of_request(self, url: str, navigation: bool, page_url: str) -> None:
        """Pages lead to one another, but each fetches from its own origin only."""
        parts = urlsplit(url)
        if parts.scheme in ("data", "blob", "about"):
            return
        origin = f"{parts.scheme}://{parts.netloc}"
        own = urlsplit(page_url)
        if origin not in self.house.origins:
            self.add(f"request that leaves the house: {url}")
        elif not navigation and origin != f"{own.scheme}://{own.netloc}":
            self.add(f"{page_url} fetches from another origin: {url}")

    def of_console(self, kind: str, text: str, url: str) -> None:
        if kind not in ("error", "warning"):
            return
        # Chromium reports each 4xx answer to a navigation, which is the page's proper status.
        if "Failed to load resource" in text and url in self.answered:
            return
        self.add(f"console {kind}: {text} ({url})")


def faults_of_page(headers: dict[str, str], url: str) -> list[str]:
    """What is missing or loose in the headers of an HTML page."""
    policy = headers.get("content-security-policy", "")
    faults = [f"CSP lacks {part}" for part in _NEEDED if part not in policy]
    if "form-action 'self'" not in policy and not _LEAD_AWAY.match(urlsplit(url).path):
        faults.append("CSP lacks form-action")
    if found := _LOOSE.search(re.sub(r"img-src [^;]*;?", "", policy)):
        faults.append(f"CSP is loose ({found.group()}): {policy}")
    if headers.get("cache-control") != "no-store":
        faults.append(f"kept in caches ({headers.get('cache-control')})")
    if headers.get("x-content-type-options") != "nosniff":
        faults.append("nosniff is missing")
    if headers.get("referrer-policy") != "no-referrer":
        faults.append("tells other pages where the person came from")
    return faults
