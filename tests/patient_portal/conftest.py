"""A portal in one process with fakes behind it, and Alice signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from pydantic import SecretStr
from werkzeug.test import TestResponse

from heart_uma.jose import KeySet
from patient_portal.app import create_app
from patient_portal.context import PatientPortal
from patient_portal.settings import PortalSettings
from tests.patient_portal import fakes

KEYS = KeySet.generate("ES256")


@dataclass
class Alice:
    """Alice's browser: follows links, sends forms with their hidden fields."""

    browser: FlaskClient
    portal: PatientPortal
    service: fakes.FakeService

    def opens(self, path: str) -> TestResponse:
        return self.browser.get(path)

    def sends(self, page: str, data: dict[str, Any] | None = None, to: str = "") -> TestResponse:
        """Open `page`, take its hidden fields, post them with `data`, follow one redirect."""
        html = self.browser.get(page).text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
        form = {k: unescape(v) for k, v in fields.items()} | (data or {})
        return self.browser.post(to or page, data=form, follow_redirects=True)

    def signs_in(self) -> TestResponse:
        out = self.browser.post("/login")
        assert out.status_code == 303
        back = self.portal.http.get(out.location)
        here = back.headers["location"].removeprefix(self.portal.settings.url)
        return self.browser.get(here, follow_redirects=True)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    KEYS.save(path)
    return path


@pytest.fixture
def service() -> fakes.FakeService:
    return fakes.world()


@pytest.fixture
def database() -> str:
    return "sqlite://"


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once for all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def visitor(
    service: fakes.FakeService,
    key_file: Path,
    database: str,
    compiled: FileSystemBytecodeCache,
) -> Iterator[Alice]:
    settings = PortalSettings(
        secret=SecretStr("a secret of the tests, 0123456789 abcdef"),
        key_file=key_file,
        database_url=database,
        parallel=1,
    )

    def clock() -> datetime:
        return service.now

    portal = create_app(settings, clock=clock, http=fakes.http_to(service))
    portal.jinja_env.bytecode_cache = compiled
    yield Alice(portal.test_client(), portal, service)
    portal.engine.dispose()


@pytest.fixture
def alice(visitor: Alice) -> Alice:
    visitor.opens("/people")
    visitor.signs_in()
    return visitor
