"""A service that is started without the demo has nothing of the demo in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from demo import keys
from demo.environment import TARGETS, settings_of
from demo.house import DemoHouse
from demo.layout import Layout
from operator_tools.command import SERVICE_CHOICES
from operator_tools.serving import SERVICES
from tests.demo.conftest import ROOT

START = """
import importlib, sys
from operator_tools.serving import SERVICES
for target in SERVICES.values():
    module, _, name = target.partition(":")
    app = getattr(importlib.import_module(module), name)()
    print(*(rule.rule for rule in app.url_map.iter_rules()), sep="\\n")
print("modules:", *(name for name in sys.modules if name.partition(".")[0] == "demo"))
"""


@pytest.mark.slow
def test_no_service_loads_what_hears(tmp_path: Path) -> None:
    layout = Layout(9700, tmp_path)
    _, secrets = keys.prepare(layout)
    settings: dict[str, str] = {"PYTHONPATH": str(ROOT)}
    for service in ("as", "cedar", "portal", "requester"):
        settings |= settings_of(service, layout, secrets)
    done = subprocess.run(
        [sys.executable, "-c", START], env=settings, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    *routes, modules = done.stdout.splitlines()
    assert modules == "modules:"
    assert len(routes) > 60
    assert [route for route in routes if "wire" in route or "messages" in route] == []


def test_what_hears_is_started_by_the_demo_alone() -> None:
    assert not [target for target in (*SERVICES.values(), *TARGETS.values()) if "capture" in target]
    heard = {name for name, target in DemoHouse.services.items() if "capture" in target}
    assert heard == {f"demo-{service}" for service in SERVICE_CHOICES}
