"""Pages of commands that are given beside a running demo: records, the audit chain, the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.conftest import Launch
from tests.how_to.pages import Shell, blocks
from tests.test_tutorial import fits

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]

JO = {"resourceType": "Patient", "id": "jo", "name": [{"family": "Doe", "given": ["Jo"]}]}
COUGH = {
    "resourceType": "Condition",
    "id": "cough",
    "code": {"text": "Cough"},
    "subject": {"reference": "Patient/jo"},
}


@pytest.fixture
def shell(running_demo: Launch, tmp_path: Path) -> Iterator[Shell]:
    place = ("--data-dir", str(running_demo.data_dir.resolve()))
    yield Shell(tmp_path, (*place, "--port-base", str(running_demo.port_base)))
    running_demo.put_back()


def test_records_are_imported_and_linked(shell: Shell, running_demo: Launch) -> None:
    reading, adding = blocks("import-and-link-records", "sh")
    folder = shell.folder / "my-records"
    folder.mkdir()
    for resource in (JO, COUGH):
        (folder / f"{resource['id']}.json").write_text(json.dumps(resource))
    said = shell.run(reading)
    (shown,) = blocks("import-and-link-records", "text")
    shown = re.sub(r"(record|code|code=)( ?)[\w-]{22}", r"\1\2…", shown)
    shown = shown.replace("localhost:8401", f"localhost:{running_demo.port_base + 1}")
    assert fits(shown, said), said
    code = re.search(r"claim code (\S+)", said)
    assert code is not None
    linked = shell.run(adding, {"CODE": code[1]})
    assert linked.splitlines() == [
        "Jo Doe can now sign in as jo.",
        "Cedar Valley Family Practice now holds this record for jo.",
    ]


def test_the_audit_chain_is_verified(shell: Shell, running_demo: Launch) -> None:
    of_the_demo, of_any = blocks("verify-the-audit-chain", "sh")
    shown, _ = blocks("verify-the-audit-chain", "text")
    assert shell.run(of_the_demo) == shown
    data = running_demo.data_dir.resolve()
    changes = {
        "sqlite:///run/rs.sqlite3": f"sqlite:///{data}/cedar.sqlite3",
        "run/rs.keys.json": f"{data}/cedar.keys.json",
        "http://localhost:8401": running_demo.address(1),
    }
    said = shell.run(of_any, changes)
    assert said == f"{running_demo.address(1)}/fhir: every entry holds\n"


def test_a_scenario_is_printed(shell: Shell, running_demo: Launch) -> None:
    (printing,) = blocks("show-the-wire", "sh")
    said = shell.run(printing)
    assert "permission ticket" in said and "Protected resource" in said, said
