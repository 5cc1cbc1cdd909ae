"""No error repeats what a caller sent, whatever the endpoint and the member (RFC 6749 5.2)."""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from as_server.errors import InvalidRequest
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.scopes import resource_scopes
from tests.as_server.endpoints.test_unreadable_policies import RECORD, whole
from tests.as_server.uma import UMA_TICKET, Uma, pid

MARK = "zqx"
HOSTILE = (
    f"h\u00f6he{MARK}",
    f'a"b{MARK}',
    f"a\\b{MARK}",
    f"\u201cTREAT\u201d{MARK}",
    f"plain{MARK}",
)
ALLOWED = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")


def spoiled(body: Any) -> Iterator[Any]:
    """`body` with each member in turn given another name or another value, and with one more."""
    for place, members in list(_objects(body, ())):
        for name in (None, *members):
            for number, text in enumerate(HOSTILE):
                changed = copy.deepcopy(body)
                here = changed
                for step in place:
                    here = here[step]
                if name is None:
                    here[text] = 1
                elif number % 2:
                    here[text] = here.pop(name)
                else:
                    here[name] = [text] if isinstance(here[name], list) else text
                yield changed


def _objects(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], list[str]]]:
    if isinstance(value, dict):
        yield place, list(value)
        for name, inner in value.items():
            yield from _objects(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _objects(inner, (*place, number))


def bodies(uma: Uma) -> dict[tuple[str, str, str], Any]:
    """For each endpoint that takes JSON a body that it accepts: (method, path, token) -> body."""
    resource = uma.register(record=RECORD)
    uma.policy("ask", ask_me=True, who={"anyone": True})
    uma.trade(uma.ask((resource, "Condition")), "sam", reason="Please.")
    (asked,) = uma.owner_call("GET", "/requests").json["requests"]
    policy = {**whole(uma), "version": 0}
    yes = {**policy, "id": pid("yes"), "state": "on", "who": {"person": uma.key["sam"]}}
    registered = {
        "resource_scopes": resource_scopes("Goal"),
        "type": "http://hl7.org/fhir/StructureDefinition/Goal",
        "heart_uma_record": RECORD,
        "name": "Goal",
        "description": "x",
        "icon_uri": "https://rs.example/icon.png",
        "heart_uma_kind": "plans",
    }
    client = {
        "client_name": "App",
        "redirect_uris": ["https://app.example/cb"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "openid",
        "contacts": ["a@example.org"],
        "client_uri": "https://app.example",
        "application_type": "web",
    }
    answer = {"answer": "yes", "policy": yes, "tell_reason": None, "block": False}
    # Answered already: what an error tells of it is the text that was accepted then.
    said = uma.owner_call("POST", f"/requests/{asked['id']}/answer", answer)
    assert said.status_code == 200, said.text
    permission = {"resource_id": resource, "resource_scopes": ["patient/Condition.read"]}
    return {
        ("PUT", f"/policy/{pid('new')}", "owner"): policy,
        ("POST", "/policy/preview", "owner"): {"policy": policy, "instead_of": pid("x")},
        ("POST", "/policy/previews", "owner"): {"previews": [{"policy": policy}]},
        ("POST", "/policy/preview", "owner again"): {"party": {"person": uma.key["bob"]}},
        ("POST", f"/requests/{asked['id']}/answer", "owner"): answer,
        ("POST", "/resource", "pat"): registered,
        ("PUT", f"/resource/{resource}", "pat"): registered,
        ("POST", "/permission", "pat"): [permission],
        ("POST", "/register", ""): client,
    }


def forms(uma: Uma) -> dict[str, dict[str, str]]:
    """For each endpoint that takes a form some parameters of it."""
    key = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "x", "client_id": "c1"}
    ticket = {"grant_type": UMA_TICKET, "ticket": "x", "claim_token": "x", "scope": "x", "rpt": "x",
              "claim_token_format": "x", "purpose_of_use": "x", "requested_until": "x"}  # fmt: skip
    return {
        "/token": {
            **key,
            **ticket,
            "code": "x",
            "redirect_uri": "x",
            "resource": "x",
            "refresh_token": "x",
            "code_verifier": "x",
        },
        "/revoke": {**key, "token": "x", "token_type_hint": "x"},
        "/introspect": {**key, "token": "x", "token_type_hint": "x"},
    }


def is_silent(answer: Any) -> None:
    """An error without the caller's text; what was accepted may be shown again."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert MARK not in answer.text, answer.text
        assert ALLOWED.fullmatch(answer.json.get("error_description", "")), answer.text
        assert MARK not in str(answer.headers)


@pytest.mark.fault("1.4")
def test_no_json_error_repeats_what_was_sent(uma: Uma) -> None:
    refused = 0
    for (method, path, who), body in bodies(uma).items():
        tokens = {"pat": uma.pat(), "": None}
        uma.owner_call("GET", "/people/me")
        token = tokens.get(who, uma.pats["alice", "policy"])
        for changed in spoiled(body):
            answer = uma.call(method, path, token, changed)
            is_silent(answer)
            refused += answer.status_code == 400
    assert refused > 200


@pytest.mark.fault("1.4")
@pytest.mark.parametrize("text", HOSTILE)
def test_no_form_error_repeats_what_was_sent(uma: Uma, text: str) -> None:
    for path, form in forms(uma).items():
        for name in form:
            is_silent(uma.wire.post(path, data={**form, name: text}))
        proof = {} if path == "/token" else uma.proof()
        is_silent(uma.wire.post(path, data={**proof, text: "x"}))
    for grant in (UMA_TICKET, "authorization_code", "refresh_token", text):
        for name in forms(uma)["/token"].keys() - {"client_assertion", "client_assertion_type"}:
            is_silent(
                uma.wire.post("/token", data={**uma.proof(), "grant_type": grant, name: text})
            )


@pytest.mark.fault("1.4")
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("path", ["/requests?state=", "/activity?before=", "/activity?count=",
                                  "/people?q=", "/policy/records?record="])  # fmt: skip
def test_no_query_is_repeated_in_an_error(uma: Uma, path: str, text: str) -> None:
    method = "DELETE" if "record=" in path else "GET"
    is_silent(uma.owner_call(method, path + text))


@pytest.mark.fault("1.4")
def test_no_description_can_hold_what_the_specification_forbids() -> None:
    said = ""
    with contextlib.suppress(ValueError):
        said = str(InvalidRequest('a "quoted" b\\c h\u00f6he\n\x00').description)
    assert said == "a ?quoted? b?c h?he??"


@pytest.mark.fault("2.12")
@pytest.mark.parametrize("value", [[], {}, 1, True, ["x"], {"id": "x"}])
def test_instead_of_is_the_id_of_a_policy(uma: Uma, value: Any) -> None:
    draft = {"who": {"person": uma.key["bob"]}}
    answer = uma.owner_call("POST", "/policy/preview", {"policy": draft, "instead_of": value})
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
