"""What open registration lets a stranger claim (REG): above all, to be somebody else's server."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from as_server.context import AsServer
from heart_uma.jose import KeySet
from tests.as_server.person import App, Person
from tests.attacks.conftest import dump, refused, unharmed
from tests.conftest import Clock
from tests.world import Owner, World

HONEST = "http://localhost:8401/fhir"
RSA = KeySet.generate("RS256").public_jwks()["keys"][0]
JUNK: list[Any] = [
    *(None, 0, -1, 1.5, True, [], {}, "", "x", "A" * 3_000, "\u202e", [[]], {"a": 1}, 10**30),
    *("http://[", "https://", "http://localhost:99999/", "//x", "javascript:alert(1)"),
    *(
        "http://localhost:8401/fhir?x=1",
        "https://0x7f.1/",
        "https://user@x.y/",
        "https://\u0430.b/",
    ),
]


@pytest.fixture
def stranger(as_app: AsServer, clock: Clock) -> App:
    return App(as_app, clock, 1)


def server_at(base: str, **more: Any) -> dict[str, Any]:
    return {"base": base, "limits": True, **more}


@pytest.mark.attack("PRO-01")
@pytest.mark.attack("REG-01")
@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ["https://evil.example/cb"]},
        {"redirect_uris": ["http://localhost:9911/cb"]},
        {"redirect_uris": ["http://localhost:8401/cb", "http://localhost:9911/cb"]},
        {"redirect_uris": ["http://localhost:18401/cb"]},
        {"redirect_uris": ["https://localhost:8401/cb"]},
        {"redirect_uris": ["http://127.0.0.1:8401/cb"], "application_type": "native"},
    ],
    ids=str,
)
def test_nobody_is_the_server_of_a_base_where_their_codes_do_not_go(
    stranger: App, changes: dict[str, Any]
) -> None:
    """Else a stranger, once linked, could register the records of another server under its base."""
    base = HONEST if "native" not in str(changes) else "http://127.0.0.1:8401/fhir"
    before = dump(stranger.server.settings)
    body = stranger.registration(heart_uma_resource_server=server_at(base), **changes)
    refused(stranger.wire.post("/register", json=body), 400, "invalid_client_metadata")
    assert dump(stranger.server.settings) == before


@pytest.mark.attack("PRO-01")
def test_a_liar_reaches_no_records_of_another_server(world: World) -> None:
    """The whole attack: claim Cedar Valley's base, be linked by Alice, register her record."""
    liar = world.stranger()
    claimed = server_at(world.layout.fhir_base("cedar"))
    body = {
        "client_name": "Cedar Valley Family Practice",
        "redirect_uris": ["http://localhost:9911/callback"],
        "jwks": liar.keys.public_jwks(),
        "scope": "openid uma_protection",
        "heart_uma_resource_server": claimed,
    }
    answer = liar.http.post(liar.metadata["registration_endpoint"], json=body)
    assert answer.status_code == 400, answer.text
    pat = liar.login("alice", "openid uma_protection")["access_token"]
    record = {
        "resource_scopes": ["patient/Condition.read"],
        "type": "http://hl7.org/fhir/StructureDefinition/Condition",
        "heart_uma_record": world.bases["cedar"],
    }
    answer = liar.http.post(
        liar.metadata["resource_registration_endpoint"],
        json=record,
        headers={"Authorization": f"Bearer {pat}"},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    bases = {entry["rs_base"] for entry in Owner(world).call("GET", "/records").json()["records"]}
    assert bases == {world.layout.fhir_base(source) for source in world.bases}


@pytest.mark.attack("REG-14")
@pytest.mark.parametrize("member", ["jwks_uri", "client_uri", "logo_uri", "policy_uri", "base"])
@pytest.mark.parametrize(
    "address",
    [
        *("https://localhost./x", "https://metadata.google.internal./x", "https://router.lan/x"),
        *("https://2130706433/x", "https://0x7f000001/x", "https://127.1/x", "https://[fd00::1]/x"),
        *("https://[::ffff:127.0.0.1]/x", "https://169.254.169.254/x", "https://x@a.example/"),
        *("https://a.example;script-src/", "https://a.example,b.example/", "https://a b.example/"),
        *(
            "https://a.example\\@b.example/",
            "file:///etc/passwd",
            "gopher://a.example/x",
            "https:x",
        ),
        *("https://a.example/\r\nX: y", "https://\u0430.example/", "https://a.example/#x", ""),
    ],
)
def test_addresses_that_lead_inside_or_nowhere(stranger: App, member: str, address: str) -> None:
    changes: dict[str, Any] = {member: address}
    if member == "jwks_uri":
        changes["jwks"] = None
    if member == "base":
        origin = address[:-2] if address.endswith("/x") else "https://a.example"
        changes = {"heart_uma_resource_server": server_at(address)}
        changes["redirect_uris"] = [origin + "/cb"]
    refused(stranger.wire.post("/register", json=stranger.registration(**changes)), 400)


@pytest.mark.attack("REG-16")
@pytest.mark.attack("WEB-17")
@pytest.mark.parametrize(
    "uri", ["https://a.example;sandbox/", "https://a.example,default-src/", "https://a%0a.example/"]
)
def test_no_redirect_uri_can_write_into_the_policy_header(stranger: App, uri: str) -> None:
    body = stranger.registration(redirect_uris=[uri])
    refused(stranger.wire.post("/register", json=body), 400, "invalid_redirect_uri")


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = document.items() if isinstance(document, dict) else ()
    items = enumerate(document) if isinstance(document, list) else items
    for name, value in items:
        yield from places(value, (*path, name))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(document)
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return document


@pytest.mark.attack("REG-01")
@pytest.mark.attack("REG-08")
def test_no_value_in_any_place_breaks_registration(stranger: App) -> None:
    whole = stranger.registration(
        jwks={"keys": [RSA, *stranger.keys.public_jwks()["keys"]]},
        redirect_uris=["http://localhost:8401/cb"],
        post_logout_redirect_uris=["http://localhost:8401/x"],
        contacts=["a"],
        response_types=["code"],
        heart_uma_resource_server=server_at(HONEST, events_endpoint="http://localhost:8401/e"),
    )
    for path in places(whole):
        for value in JUNK[:: 1 if path[0] in ("jwks", "heart_uma_resource_server") else 3]:
            answer = stranger.wire.post("/register", json=changed(whole, path, value))
            unharmed(answer)
            assert answer.status_code in (201, 400), (path, value)


@pytest.mark.attack("REG-01")
@pytest.mark.attack("REG-04")
@pytest.mark.attack("REG-05")
def test_what_the_operator_alone_may_say_is_not_taken(stranger: App, alice: Person) -> None:
    body = stranger.registration(
        client_id="portal",
        skip_consent=True,
        dynamic=False,
        disabled=False,
        used_at=1,
        rs_base=HONEST,
        name="Alice's Hospital",
        registration_access_token="x",
        scope="openid btg user/*.read system/*.* sens/PSY uma_policy",
    )
    answer = unharmed(stranger.wire.post("/register", json=body))
    assert answer.status_code == 201
    stranger.client_id = answer.json["client_id"]
    assert stranger.client_id != "portal"
    assert answer.json["scope"] == "openid uma_policy"
    assert not {"skip_consent", "dynamic", "rs_base", "registration_access_token"} & set(
        answer.json
    )
    page = alice.follow(alice.get("/authorize", **stranger.query(scope="openid btg uma_policy")))
    page = alice.follow(alice.sign_in(page))
    assert 'name="decision"' in page.text, "nothing is given without asking"
    assert "btg" not in page.text
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        for path in ("/register", f"/register/{stranger.client_id}"):
            answer = stranger.wire.open(path, method=method, json=json.loads(json.dumps(body)))
            refused(answer, (404, 405))
