"""What a person meets when a page cannot go on: whose page it is, and what to do."""

from __future__ import annotations

import re

import pytest

from tests.as_server.person import App

HTML = {"Accept": "text/html"}
NOWHERE = ("/", "/nope", "/authorize", "/authorize?client_id=nobody", "/login/nope")


@pytest.mark.fault("C16")
@pytest.mark.parametrize("path", NOWHERE)
def test_an_error_page_says_whose_page_it_is(app: App, path: str) -> None:
    answer = app.wire.get(path, headers=HTML)
    assert answer.status_code in (400, 404)
    assert re.search(r"<title>[^<]+ - Sharing service</title>", answer.text)
    brand = re.search(r'<a class="brand".*?</a>', answer.text, re.DOTALL)
    assert brand is not None and brand[0].endswith("Sharing service</a>")
