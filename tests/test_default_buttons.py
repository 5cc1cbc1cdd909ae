"""Enter presses a form's own button: the first submit button in the document is its main one.

HTML 4.10.21.2 (implicit submission): Enter in a field activates the first submit button in tree
order, whatever it is called and wherever it is drawn.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(
    path
    for room in ("patient_portal", "requester_app", "as_server", "demo", "heart_ui")
    for path in (ROOT / room / "templates").rglob("*.html")
)
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
_BUTTON = re.compile(r"<button\b[^>]*?type=\"submit\".*?>|\{\{ ?buttons\(")
_FIELD = re.compile(r"<input\b(?![^>]*type=\"hidden\")|\{\{ ?(?:field|choice|choices|select)\(")
_MAIN = re.compile(r"class=\"btn(?: btn-stop|\{% if [^%]*%\} btn-2\{% endif %\})?\"")


def _forms() -> list[tuple[str, str]]:
    found = []
    for path in TEMPLATES:
        for number, match in enumerate(_FORM.findall(path.read_text(encoding="utf-8"))):
            if len(_BUTTON.findall(match)) > 1 and _FIELD.search(match):
                found.append((f"{path.relative_to(ROOT)} form {number + 1}", match))
    return found


def test_there_are_such_forms() -> None:
    assert any("wizard_what.html" in name for name, _form in _forms())


@pytest.mark.fault("C12")
@pytest.mark.parametrize(("name", "form"), _forms(), ids=[name for name, _form in _forms()])
def test_the_first_submit_button_is_the_main_one(name: str, form: str) -> None:
    first = _BUTTON.findall(form)[0]
    assert first.startswith("{{") or _MAIN.search(first), f"{name} begins with {first}"
