"""The generated pages are current, links lead somewhere, marks that nobody knows are refused."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from docs import settings_reference
from docs.__main__ import ROOT, stale
from docs.spec_coverage import MarkError, Shown, page, scan


def test_the_generated_pages_are_current() -> None:
    assert stale() == [], "run `make docs`"


def marked(folder: Path, text: str) -> list[Shown]:
    (folder / "tests").mkdir()
    (folder / "tests/test_one.py").write_text(text)
    return scan(folder / "tests")


def test_marks_are_found_on_functions_classes_modules_and_parameters(tmp_path: Path) -> None:
    found = marked(
        tmp_path,
        "pytestmark = [pytest.mark.spec('A-1')]\n"
        "@pytest.mark.spec('B-2', 'B-3')\n"
        "def test_f(): ...\n"
        "@pytest.mark.attack('C-4')\n"
        "class TestC:\n"
        "    @pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.spec('D-5'))])\n"
        "    def test_m(self): ...\n"
        "def not_a_test(): ...\n",
    )
    assert {(one.kind, one.id, one.test) for one in found} == {
        ("spec", "A-1", "test_f"),
        ("spec", "B-2", "test_f"),
        ("spec", "B-3", "test_f"),
        ("spec", "A-1", "TestC.test_m"),
        ("attack", "C-4", "TestC.test_m"),
        ("spec", "D-5", "TestC.test_m"),
    }


def test_a_mark_whose_id_is_computed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MarkError, match=r"test_one\.py:1"):
        marked(tmp_path, "@pytest.mark.spec(name)\ndef test_f(): ...\n")


@pytest.mark.parametrize("kind", ["spec", "attack"])
def test_an_id_that_nobody_knows_is_refused(kind: str) -> None:
    with pytest.raises(MarkError, match="QQ-1"):
        page([Shown(kind, "QQ-1", "tests/test_one.py", "test_f")], {})


def test_the_page_says_what_no_test_shows() -> None:
    requirements = {f"G-{n}": ["MUST", "1.1", "Topic"] for n in (1, 2, 3, 5, 10)}
    text = page([Shown("spec", "G-3", "tests/a.py", "test_f")], requirements)
    assert "| G-3 | MUST | 1.1 | Topic | [test_f](../tests/a.py) |" in text
    assert "No test is marked for G-1 to 2, 5, 10." in text
    assert "| G | UMA 2.0 Grant for OAuth 2.0 | 5 | 1 | 5 | 1 |" in text


@pytest.mark.parametrize("service", settings_reference.SERVICES)
def test_every_setting_says_what_it_is_and_no_secret_has_a_default(service: str) -> None:
    found = settings_reference.settings_of(service)
    secrets = [one for one in found if one.variable.endswith("_SECRET")]
    assert len(secrets) == 1 and secrets[0].default is None
    assert all(one.description for one in found)


@pytest.mark.parametrize("service", settings_reference.SERVICES)
def test_a_refused_setting_is_not_repeated(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = settings_reference.settings_of(service)[0].variable.split("_")[0]
    monkeypatch.setenv(f"{prefix}_SECRET", "too-short")
    module = importlib.import_module(f"{service}.settings")
    (cls,) = (
        value
        for name, value in vars(module).items()
        if name.endswith("Settings") and value.__module__ == module.__name__
    )
    with pytest.raises(ValueError) as refused:
        cls()
    assert f"{prefix}_SECRET" in str(refused.value)
    assert "too-short" not in str(refused.value)


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/*.md", "heart_ui/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)


def anchors(text: str) -> set[str]:
    """The fragments that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ +(.+?)\s*$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", h).lower()) for h in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    lost = []
    # A code block shows text, it does not link.
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for match in LINK.finditer(text):
        address = match[1] or match[2]
        path, _, fragment = address.partition("#")
        if "://" in address or address.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        found = target.exists() and ROOT in (target, *target.parents)
        if not found or (
            fragment
            and target.suffix == ".md"
            and fragment not in anchors(target.read_text("utf-8"))
        ):
            lost.append(address)
    assert lost == []
