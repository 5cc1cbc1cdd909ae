"""The operator's commands where no demo is: every server by its addresses."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from operator_tools.command import main
from operator_tools.linking import claim_code
from operator_tools.servers import ResourceServer
from tests.demo.conftest import Launch

JO = {"resourceType": "Patient", "id": "jo", "name": [{"family": "Doe", "given": ["Jo"]}]}


@pytest.mark.parametrize(
    "words",
    [
        ("import", "a.json"),
        ("describe",),
        ("account", "add", "jo", "--name", "Jo"),
        ("audit", "verify"),
        ("link", "CODE", "--login", "jo"),
        ("link", "CODE", "--login", "jo", "--base", "https://rs.example.org/fhir"),
        ("serve", "stage"),
    ],
)
def test_what_a_house_would_know_has_to_be_said(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words)
    assert refused.value.code == 2


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "import" in capsys.readouterr().out


def test_an_import_says_where_to_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "jo.json").write_text(json.dumps(JO))
    url = tmp_path / "url"
    url.write_text(f"sqlite:///{tmp_path}/rs.sqlite3\n")
    words = ["import", str(tmp_path / "jo.json"), "--database", f"@{url}"]
    assert main([*words, "--base", "https://rs.example.org/fhir"]) == 0
    said = capsys.readouterr().out
    assert "Accepted 1, refused 0." in said
    assert "to link it: https://rs.example.org/link?code=" in said
    assert main(["describe", "--database", f"@{url}"]) == 0
    assert capsys.readouterr().out == "the database: nothing to do\n"


def test_a_log_needs_its_keys_and_its_base(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["audit", "verify", "--database", f"sqlite:///{tmp_path}/rs.sqlite3"]
    assert main(words) == 2
    assert "--database needs --key-file and --base as well." in capsys.readouterr().err


def test_a_claim_code_is_made_where_the_record_is_and_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/rs.sqlite3"
    server = ResourceServer("Clinic", url, "https://rs.example.org/fhir")
    assert claim_code(server, "a code") == "a code"
    assert not (tmp_path / "rs.sqlite3").exists()
    (tmp_path / "jo.json").write_text(json.dumps(JO))
    assert main(["import", str(tmp_path / "jo.json"), "--database", url]) == 0
    found = re.search(r"record (\S+), claim code (\S+)", capsys.readouterr().out)
    assert found is not None
    assert claim_code(server, found[1]) not in (found[1], found[2])
    assert claim_code(server, found[2]) == found[2]
    assert claim_code(ResourceServer("Elsewhere", ""), "a code") == "a code"


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
def test_a_record_is_linked_by_addresses(
    running_demo: Launch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "jo.json").write_text(json.dumps(JO))
    data = running_demo.data_dir.resolve()
    base = f"{running_demo.address(1)}/fhir"
    people = ["--database", f"sqlite:///{data}/as.sqlite3"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("a pass phrase\na pass phrase\n"))
    assert main(["account", "add", "joan", "--name", "Joan Doe", *people]) == 0
    records = ["--database", f"sqlite:///{data}/cedar.sqlite3"]
    assert main(["import", str(tmp_path / "jo.json"), *records, "--base", base]) == 0
    code = re.search(r"claim code (\S+)", capsys.readouterr().out)
    assert code is not None
    where = ["--base", base, "--issuer", running_demo.address(0)]
    assert main(["link", code[1], "--login", "joan", *where]) == 0
    assert capsys.readouterr().out == f"{base} now holds this record for joan.\n"
    running_demo.put_back()
