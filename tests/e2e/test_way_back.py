"""The way back to an app, in a real browser: to another origin of its own, and to IPv6 loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, redirect, request
from pydantic import SecretStr
from werkzeug.serving import make_server

from as_server.app import create_app
from as_server.models import account
from as_server.settings import AsSettings
from heart_ground.orm import writing
from heart_uma.jose import KeySet
from tests.as_server.person import App

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@contextmanager
def served(app: Flask, host: str, port: int) -> Iterator[None]:
    server = make_server(host, port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def free_port(host: str = "127.0.0.1", family: int = socket.AF_INET) -> int:
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def app_at(done: str) -> Flask:
    """An app whose callback sends the browser on to `done`, which may be another origin."""
    app = Flask("app")
    app.add_url_rule("/cb", view_func=lambda: redirect(f"{done}/done?{urlencode(request.args)}"))
    app.add_url_rule("/done", "done", lambda: "<h1>Back at the app</h1>")
    return app


@pytest.fixture
def issuer(tmp_path: Any) -> Iterator[tuple[str, Any]]:
    port = free_port()
    settings = AsSettings(
        issuer=f"http://localhost:{port}",
        secret=SecretStr("a secret of the tests, 0123456789 abcdef"),
        database_url=f"sqlite:///{tmp_path}/as.db",
        argon2_memory_kib=64,
        registration_rate_per_hour=0,
        ballast_bytes=0,
    )
    server = create_app(settings, key_set=KeySet.generate())
    with writing(server.engine) as db:
        account.create(
            db,
            login="alice",
            password_hash=server.passwords.hash("demo"),
            name="Alice Moreno",
            created_at=1,
        )
    with served(server, "127.0.0.1", port):
        yield settings.issuer, server


@pytest.mark.fault("1.6")
@pytest.mark.parametrize("kind", ["another origin", "the same origin", "IPv6"])
def test_the_browser_arrives_at_the_app(issuer: Any, browser: Any, kind: str) -> None:
    address, server = issuer
    with ExitStack() as running:
        here, there = free_port(), free_port()
        host = "127.0.0.1"
        if kind == "IPv6":
            try:
                here, host = free_port("::1", socket.AF_INET6), "::1"
            except OSError:
                pytest.skip("this machine has no IPv6 loopback")
        own = f"http://[::1]:{here}" if kind == "IPv6" else f"http://127.0.0.1:{here}"
        done = f"http://127.0.0.1:{there}" if kind == "another origin" else own
        running.enter_context(served(app_at(done), host, here))
        running.enter_context(served(app_at(done), "127.0.0.1", there))
        app = App(server, lambda: datetime.now(UTC))
        app.redirect_uri = f"{own}/cb"
        app.register()
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/authorize?{urlencode(app.query())}")
        page.get_by_label("Sign-in name").fill("alice")
        page.get_by_label("Password").fill("demo")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.locator("button[value=allow]").click()
        page.wait_for_load_state()
        arrived, blocked = page.url, [text for text in said if "form-action" in text]
        page.close()
        assert blocked == []
        assert arrived.startswith(f"{done}/done?code=")
