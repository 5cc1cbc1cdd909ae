"""An owner who invites, and somebody with a browser, a link and a passcode."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from as_server.models import account as accounts
from as_server.models.account import Account
from heart_ground.orm import reading
from tests.as_server.person import Person
from tests.as_server.uma import Uma, pid

PASSWORD = "three words in a row"
CLINIC = "https://clinic.example"


def drafted(uma: Uma, name: str = "maria", **members: Any) -> dict[str, Any]:
    """A draft of Alice's for Maria, who has no account."""
    body = {
        "state": "draft",
        "who": {},
        "what": {"kinds": ["conditions"]},
        "label": {"name": "Maria, my daughter"},
    } | members
    answer = uma.owner_call("PUT", f"/policy/{pid(name)}", body)
    assert answer.status_code in (200, 201), answer.text
    policy: dict[str, Any] = answer.json["policy"]
    return policy


def invite(uma: Uma, name: str = "maria", **members: Any) -> dict[str, Any]:
    """What Alice hands over: `link`, `code`, `passcode`, beside the `invitation`."""
    answer = uma.owner_call("POST", f"/policy/{pid(name)}/invitation", members)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def state(uma: Uma, name: str = "maria") -> dict[str, Any]:
    answer = uma.owner_call("GET", f"/policy/{pid(name)}/invitation")
    found: dict[str, Any] = answer.json["invitation"]
    return found


def recognise(uma: Uma, name: str = "maria", **changes: Any) -> TestResponse:
    """Alice's yes to who came."""
    now = state(uma, name)
    body = {"account": (now["who"] or {}).get("key", "?"), "version": now["version"]} | changes
    answer: TestResponse = uma.owner_call("POST", f"/policy/{pid(name)}/invitation/answer", body)
    return answer


def account_of(uma: Uma, login: str) -> Account:
    with reading(uma.app.engine) as db:
        found = accounts.by_login(db, login)
        assert found is not None
        return found


class Guest(Person):
    """Somebody who was told a passcode."""

    def __init__(self, uma: Uma, login: str = "maria") -> None:
        super().__init__(uma.app, login, PASSWORD)

    def open(self, made: dict[str, Any], passcode: str | None = None) -> TestResponse:
        """The link, then the passcode: the answer to that."""
        page = self.get(urlsplit(made["link"]).path)
        assert page.status_code == 200, page.text
        said = made["passcode"] if passcode is None else passcode
        return self.press(page, "/invitation", passcode=said)

    def enter(self, made: dict[str, Any], **changes: str) -> TestResponse:
        """The whole way in with an account of her own: where it leads."""
        page = self.follow(self.open(made))
        assert page.status_code == 200, page.text
        return self.press(page, "/invitation/account", **self.account(**changes))

    def account(self, **changes: str) -> dict[str, str]:
        members = {"name": "Maria Moreno", "username": self.login}
        return {**members, "password": PASSWORD, "again": PASSWORD, **changes}

    def come(self, made: dict[str, Any]) -> TestResponse:
        """The same, to the page that waits for the owner."""
        page = self.follow(self.enter(made))
        assert page.status_code == 200, page.text
        return page
