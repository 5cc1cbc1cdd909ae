"""The tutorial's wire part, run as it stands: a shell, curl, and the running demo."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.demo.conftest import ROOT, Launch

PAGE = ROOT / "docs/tutorial.md"
MARK = "===== next ====="
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One shell block, and the answer printed below it ("" where the page shows none)."""

    script: str
    answer: str


def steps(text: str) -> list[Step]:
    """The steps of the wire part, in order."""
    found: list[Step] = []
    for kind, body in _BLOCK.findall(text.partition("## On the wire")[2]):
        if kind == "sh":
            found.append(Step(body, ""))
        elif kind:
            assert not found[-1].answer, body
            found[-1] = Step(found[-1].script, body)
    return found


def fits(answer: str, printed: str) -> bool:
    """True when what was printed is the answer of the page; an ellipsis stands for anything."""
    parts = [re.escape(part) for part in answer.strip().split("…")]
    return re.fullmatch(".*?".join(parts), printed.strip(), re.DOTALL) is not None


def moved(text: str, port_base: int) -> str:
    """The same text for a demo on other ports."""
    return re.sub(r"localhost:84(0\d)", lambda m: f"localhost:{port_base + int(m[1])}", text)


def test_every_step_of_the_wire_part_is_found() -> None:
    found = steps(PAGE.read_text("utf-8"))
    assert len(found) >= 12
    assert sum(bool(step.answer) for step in found) >= 12


def test_an_answer_fits_only_where_the_page_leaves_a_gap() -> None:
    assert fits('{"ticket": "…"}\n', '{"ticket": "abc"}')
    assert not fits('{"error": "need_info"}', '{"error": "request_denied"}')


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
def test_the_wire_part_runs_and_answers_as_it_says(running_demo: Launch, tmp_path: Path) -> None:
    running_demo.put_back()  # the page begins at the start
    try:
        walk(running_demo.port_base, tmp_path)
    finally:
        running_demo.put_back()


def walk(port_base: int, folder: Path) -> None:
    """Run all blocks in one shell and compare each one's output."""
    found = steps(PAGE.read_text("utf-8"))
    script = "set -eu -o pipefail\n" + f"echo '{MARK}'\n".join(step.script for step in found)
    done = subprocess.run(
        ["bash"],
        input=moved(script, port_base),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"},
        timeout=120,
    )
    printed = done.stdout.split(f"{MARK}\n")
    for place, step in enumerate(found):
        said = printed[place] if place < len(printed) else "(the script ended before)"
        answer = moved(step.answer, port_base)
        assert fits(answer, said), f"{step.script}\n{answer}\n--- printed:\n{said}\n{done.stderr}"
    assert done.returncode == 0, done.stderr
