"""survive-a-database-server.md: the page's command, on a Patroni pair; minutes, so by hand only.

`HEART_UMA_FAILOVER=1 .venv/bin/python -m pytest -m failover tests/how_to`
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from sqlalchemy.engine import make_url

from bench.failover.pair import missing
from tests.how_to.pages import ROOT, blocks

PAGE = "survive-a-database-server"


@pytest.mark.failover
@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost() -> None:
    if not os.environ.get("HEART_UMA_FAILOVER"):
        pytest.skip("takes minutes: HEART_UMA_FAILOVER=1 asks for it")
    if lacking := missing():
        pytest.skip(lacking)
    command = blocks(PAGE, "sh")[0].splitlines()[-1].split()
    assert command[0] == ".venv/bin/python"
    done = subprocess.run(
        [sys.executable, *command[1:], "--rounds", "2", "--ttl", "20"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("0 of them lost") == 4


def test_the_url_of_the_page_names_both_servers() -> None:
    exported = shlex.split(blocks(PAGE, "sh")[1])[-1].partition("=")[2]
    url = make_url(exported)
    assert url.query["host"] == ("db1:5432", "db2:5432")
    assert url.query["target_session_attrs"] == "read-write"
