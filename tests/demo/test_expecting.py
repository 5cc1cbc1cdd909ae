"""An answer that a scenario did not expect is one sentence, and ends a headless run with 1."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from demo.layout import Layout
from demo.scenarios import headless
from demo.scenarios.expecting import Unexpected, expect

ASKED = httpx.Request("POST", "http://localhost:9700/token?code=secret")


def test_another_status_or_code_is_named_without_what_was_sent() -> None:
    denied = httpx.Response(403, json={"error": "request_denied"}, request=ASKED)
    assert expect(denied, 403, "request_denied") == {"error": "request_denied"}
    for status, error in ((200, ""), (403, "need_info")):
        with pytest.raises(Unexpected) as problem:
            expect(denied, status, error)
        said = str(problem.value)
        assert said.startswith("POST http://localhost:9700/token answered 403 request_denied")
        assert "secret" not in said
    assert expect(httpx.Response(200, text="<p>", request=ASKED), 200) == {}


@pytest.mark.parametrize(("problem", "code"), [("", 0), ("It was 200.", 1)])
def test_a_headless_run_says_by_its_code_how_it_went(
    problem: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"title": "A run", "messages": [], "problem": problem}
    monkeypatch.setattr(headless, "play", lambda *_: "http://localhost:9704/runs/1")
    monkeypatch.setattr(httpx, "get", lambda *_, **__: SimpleNamespace(json=lambda: told))
    assert headless.run(Layout(9700), "1") == code
    assert (problem in capsys.readouterr().err) is True
