"""What strangers make the server chew on: time, memory and locks stay bounded (DOS, M8, M13)."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
import time
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from as_server.context import AsServer
from as_server.settings import AsSettings
from heart_uma.strict_json import StrictJsonError, loads
from tests.as_server.person import App, Person
from tests.as_server.uma import Uma
from tests.attacks.conftest import refused, unharmed

HOSTILE_JSON = {
    "quotes without an end": b'"' + b'\\"' * 60_000,
    "quotes and a last backslash": b'"' + b'\\"' * 60_000 + b"\\",
    "backslashes": b'"' + b"\\" * 120_001,
    "strings in a row": b'["' * 60_000,
    "many strings": b'["a",' * 20_000,
    "deep arrays": b"[" * 120_000,
    "deep objects": b'{"a":' * 20_000,
    "depth hidden in a string": b'{"a":"]]]]\\"[[[[","b":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "a long integer": b"9" * 4_301,
    "infinity": b"[1e400]",
    "not a number": b"[NaN]",
    "a lone surrogate": b'["\\ud800"]',
    "a NUL": b'["\\u0000"]',
    "a member twice": b'{"a":1,"a":2}',
    "no UTF-8": b'["\xff"]',
    "a byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.attack("DOS-04")
@pytest.mark.attack("DOS-07")
@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_hostile_json_costs_nothing(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(StrictJsonError):
        loads(HOSTILE_JSON[name])
    assert time.process_time() - begun < 0.3


@pytest.mark.attack("DOS-04")
def test_brackets_inside_strings_are_no_depth() -> None:
    text = '[{ "a\\"]" : "' + "[" * 200 + '\\\\" }, "\\\\", "{\\"["]'
    assert loads(text.encode()) == json.loads(text)


@pytest.mark.attack("DOS-04")
@pytest.mark.attack("JWT-16")
def test_hostile_json_at_every_door(as_app: AsServer, app: App) -> None:
    wire = as_app.test_client()
    payload = base64.urlsafe_b64encode(HOSTILE_JSON["quotes without an end"][:11_000])
    token = f"e30.{payload.rstrip(b'=').decode()}.AAAA"
    begun = time.process_time()
    for name in ("quotes without an end", "quotes and a last backslash", "deep arrays"):
        answer = wire.post("/register", data=HOSTILE_JSON[name], content_type="application/json")
        refused(answer, 400)
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
    refused(wire.post("/token", data=form | {"client_assertion": token}), 401, "invalid_client")
    unharmed(wire.get("/logout", query_string={"id_token_hint": token}))
    assert time.process_time() - begun < 1


class Watched(io.RawIOBase):
    """A request body that, while it is read, sees whether others can still write."""

    def __init__(self, body: bytes, settings: AsSettings) -> None:
        self._body = io.BytesIO(body)
        self._path = settings.database_url.removeprefix("sqlite:///")
        self.locked = False

    def read(self, size: int = -1) -> bytes:
        with sqlite3.connect(self._path, timeout=0, isolation_level=None) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            except sqlite3.OperationalError:
                self.locked = True
        return self._body.read(size)

    def readinto(self, buffer: Any) -> int:
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def readable(self) -> bool:
        return True


def send_slowly(
    server: AsServer, method: str, path: str, body: bytes, content_type: str, headers: Any
) -> tuple[int, bool]:
    """The status of a request, and whether its sender held everybody up meanwhile."""
    watched = Watched(body, server.settings)
    builder = EnvironBuilder(path, method=method, headers=headers)
    environ = builder.get_environ()
    environ["wsgi.input"] = watched
    environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"] = str(len(body)), content_type
    status: list[str] = []
    answer = server.wsgi_app(environ, lambda line, _headers: status.append(line))
    b"".join(answer)
    return int(status[0][:3]), watched.locked


@pytest.mark.attack("DOS-20")
@pytest.mark.parametrize("path", ["/login", "/accounts", "/logout", "/authorize/some-key"])
def test_a_slow_form_holds_no_lock(as_app: AsServer, alice: Person, path: str) -> None:
    alice.get("/login")
    cookie = alice.browser.get_cookie("heart_as")
    assert cookie is not None
    headers = {"Cookie": f"heart_as={cookie.value}"}
    for _ in range(2):  # the first one is due for housekeeping too
        form = ("application/x-www-form-urlencoded", headers)
        assert send_slowly(as_app, "POST", path, b"csrf_token=x", *form) == (403, False)


@pytest.mark.attack("DOS-20")
def test_a_slow_client_holds_no_lock_at_an_endpoint(uma: Uma) -> None:
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    uma.trade(uma.ask((resource := uma.register(), "Condition")), ask_id="q")
    (waiting,) = uma.owner_call("GET", "/requests").json["requests"]
    owner = {"Authorization": f"Bearer {uma.pats['alice', 'policy']}"}
    server = {"Authorization": f"Bearer {uma.pat()}"}
    form, json_ = "application/x-www-form-urlencoded", "application/json"
    for method, path, content_type, headers in (
        ("POST", f"/requests/{waiting['id']}/answer", json_, owner),
        ("PUT", f"/policy/{'p' * 22}", json_, owner),
        ("POST", "/policy/preview", json_, owner),
        ("PUT", f"/resource/{resource}", json_, server),
        ("POST", "/resource", json_, server),
        ("POST", "/permission", json_, server),
        ("POST", "/introspect", form, server),
        ("POST", "/token", form, {}),
        ("POST", "/revoke", form, {}),
        ("POST", "/register", json_, {}),
    ):
        uma.clock.advance(minutes=2)
        owner_of = send_slowly(uma.app, method, path, b"{}", content_type, headers)
        assert owner_of[1] is False, path
        assert owner_of[0] < 500, path
