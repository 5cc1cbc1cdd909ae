"""Every page: its commands exist, and each page is followed by a test."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec

import pytest

from demo.command import parser
from tests.how_to.pages import PAGES, ROOT, commands

NAMES = sorted(page.stem for page in PAGES.glob("*.md"))
FOLLOWED_BY = {
    "add-a-label-rule": "tests/how_to/test_add_a_label_rule.py",
    "add-a-policy-condition": "tests/test_how_to_add_a_policy_condition.py",
    "add-an-endpoint": "tests/how_to/test_add_an_endpoint.py",
    "deploy-with-containers": "tests/deploy/test_compose.py",
    "import-and-link-records": "tests/how_to/test_with_the_demo.py",
    "run-behind-a-pooler": "tests/how_to/test_run_behind_a_pooler.py",
    "run-on-postgresql": "tests/how_to/test_run_on_postgresql.py",
    "run-one-service": "tests/how_to/test_run_one_service.py",
    "send-notices-by-mail": "tests/as_server/sharing/test_mailings.py",
    "show-the-wire": "tests/how_to/test_with_the_demo.py",
    "survive-a-database-server": "tests/how_to/test_survive_a_database_server.py",
    "translate": "tests/how_to/test_translate.py",
    "verify-the-audit-chain": "tests/how_to/test_with_the_demo.py",
}


def test_every_page_is_followed_by_a_test() -> None:
    assert sorted(FOLLOWED_BY) == NAMES
    for name, test in FOLLOWED_BY.items():
        text = (ROOT / test).read_text("utf-8")
        assert name in text, f"{test} does not read {name}.md"


@pytest.mark.parametrize("name", NAMES)
def test_its_commands_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in commands(name):
        words = shlex.split(command)
        if words[0] == ".venv/bin/heart-uma":
            assert parser().parse_args([w for w in words[1:] if w != "@FILE"]).run, command
        elif words[0] == "make":
            assert words[1] in targets, command
        elif "-m" in words and words[0].endswith("python"):
            assert find_spec(words[words.index("-m") + 1]), command
