"""What is installed is what was tested: every package in one version, with its files' hashes."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy import licences

ROOT = Path(__file__).resolve().parent.parent
ASKED_IN = {"requirements.txt": ["build"], "requirements-test.txt": ["build", "test"]}


def locked(name: str) -> dict[str, tuple[str, list[str]]]:
    """Package -> its one version, and the hashes of its files."""
    text = re.sub(r"^#.*\n", "", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)
    found = {}
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = line.split(" --hash=")
        parsed = Requirement(requirement)
        (pin,) = parsed.specifier
        assert pin.operator == "==" and parsed.url is None, line
        found[canonicalize_name(parsed.name)] = (pin.version, [text.strip() for text in hashes])
    return found


@pytest.mark.parametrize("name", ASKED_IN)
def test_every_package_has_one_version_and_the_hashes_of_its_files(name: str) -> None:
    for package, (_, hashes) in locked(name).items():
        assert hashes, package
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", text) for text in hashes), package
    assert "://" not in (ROOT / name).read_text("utf-8")  # an index is the reader's own choice


@pytest.mark.parametrize("name", ASKED_IN)
def test_what_the_project_asks_for_is_there_in_a_version_that_it_takes(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [project["optional-dependencies"][extra] for extra in ASKED_IN[name]]
    found = locked(name)
    for asked in map(Requirement, sum(extras, project["dependencies"])):
        version, _ = found[canonicalize_name(asked.name)]
        assert version in asked.specifier, f"{asked}: {version}; run make lock"


def test_the_tests_run_on_what_people_install() -> None:
    service, tests = locked("requirements.txt"), locked("requirements-test.txt")
    assert {name: tests.get(name) for name in service} == service


@pytest.mark.parametrize("name", ASKED_IN)
def test_what_is_installed_here_is_what_is_pinned(name: str) -> None:
    """Packages for other systems or interpreters are not here at all."""
    wrong = {}
    for package, (version, _) in locked(name).items():
        asked = asked_here(name, package)
        if asked and (found := metadata.version(package)) != version:
            wrong[package] = f"{found}, not {version}"
    assert wrong == {}, "install from the lock: make test"


def asked_here(name: str, package: str) -> bool:
    """Whether the lock means this package for this system and interpreter."""
    for line in (ROOT / name).read_text("utf-8").replace("\\\n", " ").splitlines():
        asked = line.split(" --hash=")[0]
        if asked and not asked.startswith("#"):
            found = Requirement(asked)
            if canonicalize_name(found.name) == package:
                return found.marker is None or found.marker.evaluate()
    raise AssertionError(package)


@pytest.mark.parametrize("name", ASKED_IN)
def test_every_installed_package_tells_its_licence(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert licences.main([str(ROOT / name)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 30
    assert [line for line in lines if re.search(r"\b(AGPL|GPL)\b|not told", line)] == []
