"""Every face has help in the same place of each page, in plain words; no contact is invented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from demo.stage import StageSettings, create_app
from tests.world import World

FACES = {
    "as": "/login",
    "portal": "/login",
    "requester": "/signed-out",
    "cedar": "/link",
}
SERVICES = {"as": "AS", "portal": "PORTAL", "requester": "REQUESTER", "cedar": "RS"}
UNKNOWN, DEMO = "No phone number or address is given here.", "No one waits behind it"
FOOT = re.compile(r'<footer.*?<a href="([^"]+)">Help and contact</a>.*?</footer>', re.DOTALL)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("help") / "world")


def helped(app: object, page: str) -> str:
    """The help page, by the link in the foot of another page and of itself."""
    browser = app.test_client()  # type: ignore[attr-defined]
    headers = {"Accept": "text/html"}
    texts = [browser.get(page, headers=headers).text]
    for _ in range(2):
        found = FOOT.search(texts[-1])
        assert found is not None, texts[-1]
        texts.append(browser.get(found[1], headers=headers).text)
    assert "<h1>Help and contact</h1>" in texts[-1]
    return str(texts[-1])


@pytest.mark.parametrize("service", FACES)
def test_help_leads_from_every_face(world: World, service: str) -> None:
    page = helped(world.apps[service], FACES[service])
    assert "What this is" in page and "Whom to ask" in page
    # The demo has nobody behind it; a service of one's own may have a number.
    assert (DEMO in page, UNKNOWN in page) == (service != "cedar", service == "cedar")
    assert "https://" not in page and "mailto:" not in page


@pytest.mark.parametrize("service", FACES)
def test_help_gives_the_contact_that_the_operator_set(tmp_path: Path, service: str) -> None:
    prefix = SERVICES[service]
    changes = {
        f"{prefix}_CONTACT": "555-0142 <b>, Monday to Friday",
        f"{prefix}_DEMO_MODE": "false",
    }
    world = World(tmp_path / "world", **changes)
    page = helped(world.apps[service], FACES[service])
    assert "<p>555-0142 &lt;b&gt;, Monday to Friday</p>" in page
    assert UNKNOWN not in page and DEMO not in page


def test_the_stage_has_help_too(tmp_path: Path) -> None:
    assert DEMO in helped(create_app(StageSettings(data_dir=tmp_path)), "/")
