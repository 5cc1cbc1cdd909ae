"""Signed tokens at every door of the authorization server (JWT): one kind, one use, one issuer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import KeySet, peek
from tests.as_server.uma import ISSUER, Uma, keys_of
from tests.attacks.conftest import refused, unharmed
from tests.attacks.forge import header_of, signed, text, with_hmac
from tests.conftest import Clock
from tests.wire import ID_TOKEN, Stranger, ticket_of, whole_record
from tests.world import Owner, World

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    resource = uma.register(), "Condition"
    uma.policy()
    return resource


def assertion_claims(uma: Uma, **changes: Any) -> dict[str, Any]:
    members = {"iss": "c1", "sub": "c1", "aud": f"{ISSUER}/token", "iat": uma.now}
    members |= {
        "exp": uma.now + 60,
        "jti": f"jti-{id(changes)}-{uma.now}-0123456789abcdef",
    } | changes
    return {name: value for name, value in members.items() if value is not ...}


def id_claims(uma: Uma, **changes: Any) -> dict[str, Any]:
    genuine = peek(uma.id_token())[1] | changes
    return {name: value for name, value in genuine.items() if value is not ...}


def own_keys(uma: Uma) -> KeySet:
    return uma.app.keys._keys


def as_client(uma: Uma, assertion: str) -> Any:
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    form |= {"grant_type": "refresh_token", "refresh_token": "x"}
    return uma.wire.post("/token", data=form)


def as_claim(uma: Uma, condition: tuple[str, str], token: str) -> Any:
    form = {"claim_token": token, "claim_token_format": ID_TOKEN}
    return uma.trade(uma.ask(condition), None, **form)


def test_the_workbench_makes_good_tokens_too(uma: Uma, condition: Any) -> None:
    keys = keys_of("c1")
    good = signed(header_of(keys), assertion_claims(uma), keys)
    assert as_client(uma, good).json["error"] == "invalid_grant"
    keys = own_keys(uma)
    assert (
        as_claim(uma, condition, signed(header_of(keys), id_claims(uma), keys)).status_code == 200
    )


HEADERS: dict[str, dict[str, Any]] = {
    **{f"alg {alg}": {"alg": alg} for alg in ("none", "None", "nOnE", "", "HS256", "RS1", "dir")},
    "alg missing": {"alg": ...},
    "alg null": {"alg": None},
    "alg list": {"alg": ["ES256"]},
    "alg of another key": {"alg": "ES384"},
    "typ at+jwt": {"typ": "at+jwt"},
    "typ secevent": {"typ": "secevent+jwt"},
    "typ dpop": {"typ": "dpop+jwt"},
    "typ list": {"typ": ["JWT"]},
    "jwk": {"jwk": KeySet.generate("ES256").public_jwks()["keys"][0]},
    "jku": {"jku": "http://127.0.0.1:9/"},
    "x5u": {"x5u": "https://evil.test/"},
    "x5c": {"x5c": ["AAAA"]},
    "crit": {"crit": ["exp2"], "exp2": 1},
    "crit empty": {"crit": []},
    "crit text": {"crit": "b64"},
    "b64": {"b64": False, "crit": ["b64"]},
    "zip": {"zip": "DEF"},
    "kid path": {"kid": "../../../dev/null"},
    "kid sql": {"kid": "' UNION SELECT 1 --"},
    "kid NUL": {"kid": "k\x00"},
    "kid list": {"kid": ["a"]},
    "kid dict": {"kid": {"a": 1}},
    "kid long": {"kid": "k" * 10_000},
    "kid empty": {"kid": ""},
}


@pytest.mark.attack("JWT-01")
@pytest.mark.attack("JWT-04")
@pytest.mark.attack("JWT-05")
@pytest.mark.attack("JWT-07")
@pytest.mark.attack("JWT-11")
@pytest.mark.attack("JWT-17")
@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_says_anything_else(uma: Uma, condition: Any, name: str) -> None:
    keys = keys_of("c1")
    forged = signed(header_of(keys, **HEADERS[name]), assertion_claims(uma), keys)
    refused(as_client(uma, forged), 401, "invalid_client")
    keys = own_keys(uma)
    forged = signed(header_of(keys, **HEADERS[name]), id_claims(uma), keys)
    refused(as_claim(uma, condition, forged), 403, "need_info")
    assert not uma.servers.events, "nothing is fetched"


@pytest.mark.attack("JWT-02")
def test_a_public_key_is_no_secret(uma: Uma, condition: Any) -> None:
    published = uma.wire.get("/jwks").json["keys"][0]
    key = own_keys(uma).signing_key
    pem: bytes = key.material.as_pem(private=False)
    secrets = [pem, pem.strip(), key.material.as_der(private=False), text(published)]
    secrets += [published["n"].encode(), b"", b"null"]
    for secret in secrets:
        for alg in ("HS256", "RS256"):
            header = {"alg": alg, "typ": "JWT", "kid": key.kid}
            forged = with_hmac(header, id_claims(uma), secret)
            refused(as_claim(uma, condition, forged), 403, "need_info")


@pytest.mark.attack("JWT-13")
@pytest.mark.attack("JWT-14")
def test_a_signature_has_one_spelling(uma: Uma) -> None:
    keys = keys_of("c1")

    def forged(tamper: Any = None, **changes: Any) -> str:
        return signed(header_of(keys), assertion_claims(uma, **changes), keys, tamper)

    bad: list[Any] = [
        lambda raw: b"",
        lambda raw: bytes(64),
        lambda raw: raw[:-1],
        lambda raw: raw + b"\x00",
        lambda raw: N256.to_bytes(32, "big") + raw[32:],
        lambda raw: raw[:32] + bytes(32),
        lambda raw: raw[32:] + raw[:32],
        lambda raw: b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:],
        *(
            lambda raw, at=at: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
            for at in range(0, 64, 7)
        ),
    ]
    for tamper in bad:
        refused(as_client(uma, forged(tamper)), 401, "invalid_client")
    for respell in (
        lambda token: token + "=",
        # The last character holds four bits more than the signature has: other ones, same bytes.
        lambda token: token[:-1] + ALPHABET[ALPHABET.index(token[-1]) ^ 1],
        lambda token: token.replace(".", " . "),
        lambda token: token + "\n",
        lambda token: token + ".AAAA",
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: "." + token,
        lambda token: "a." * 5_000 + token,
    ):
        refused(as_client(uma, respell(forged())), 401, "invalid_client")
    # The other half of an ECDSA pair is a second signature of the same proof: spent with the first.
    claims = assertion_claims(uma, jti="twin-0123456789abcdef-0123456789")
    first = signed(header_of(keys), claims, keys)
    twin = signed(
        header_of(keys),
        claims,
        keys,
        lambda raw: raw[:32] + (N256 - int.from_bytes(raw[32:], "big")).to_bytes(32, "big"),
    )
    assert as_client(uma, first).json["error"] == "invalid_grant"
    refused(as_client(uma, twin), 401, "invalid_client")


BAD_IDS: list[dict[str, Any]] = [
    *(
        {"iss": iss}
        for iss in (f"{ISSUER}/", "https://localhost:8400", [ISSUER], "http://evil", ..., None)
    ),
    *({"aud": aud} for aud in ([], ["c2"], "c2", [["c1"]], ..., None, {"c1": 1}, ["C1"], "c1 ")),
    *({"azp": azp} for azp in ("c2", None, ["c1"], "")),
    {"aud": ["c1", "c2"], "azp": ...},
    {"aud": ["c1", "c2"], "azp": "c2"},
    *({"sub": sub} for sub in (..., None, 1, "", "x" * 10_000, "bob", ["bob"], {"$ne": ""})),
    *({"exp": exp} for exp in (..., "1999999999", True, -1, 0, 2**63, None)),
    *({"iat": iat} for iat in (..., "1", True, -1, None, 2**53)),
    {"nbf": 2**40},
]


@pytest.mark.attack("JWT-19")
@pytest.mark.attack("JWT-20")
@pytest.mark.attack("JWT-22")
@pytest.mark.attack("JWT-23")
@pytest.mark.attack("JWT-25")
@pytest.mark.attack("JWT-31")
@pytest.mark.parametrize("changes", BAD_IDS, ids=str)
def test_even_this_servers_own_signature_does_not_make_it_fit(
    uma: Uma, condition: Any, changes: dict[str, Any]
) -> None:
    keys = own_keys(uma)
    forged = signed(header_of(keys), id_claims(uma, **changes), keys)
    refused(as_claim(uma, condition, forged), 403, "need_info")


@pytest.mark.attack("JWT-25")
def test_a_subject_that_looks_alike_is_somebody_else(uma: Uma, condition: Any) -> None:
    sub, keys = id_claims(uma)["sub"], own_keys(uma)
    for other in (sub + " ", " " + sub, sub.swapcase(), sub + "\u202e", sub + "\u0000x", sub[:-1]):
        forged = signed(header_of(keys), id_claims(uma, sub=other), keys)
        refused(as_claim(uma, condition, forged), 403, "need_info")


@pytest.mark.attack("JWT-23")
@pytest.mark.attack("JWT-32")
def test_an_old_sign_in_proves_nothing(uma: Uma, condition: Any, clock: Clock) -> None:
    token = uma.id_token()
    clock.advance(seconds=301)
    refused(as_claim(uma, condition, token), 403, "need_info")
    keys = own_keys(uma)
    late = {"iat": uma.now - 400, "exp": uma.now + 60}
    forged = signed(header_of(keys), id_claims(uma, **late), keys)
    refused(as_claim(uma, condition, forged), 403, "need_info")


@pytest.mark.attack("JWT-31")
@pytest.mark.attack("PRO-01")
def test_the_proof_of_one_client_is_nothing_at_another(uma: Uma, condition: Any) -> None:
    stolen = uma.id_token("bob", "c2")
    refused(as_claim(uma, condition, stolen), 403, "need_info")
    # Nor does a subject of one client name anybody at another.
    keys, sub = own_keys(uma), peek(stolen)[1]["sub"]
    forged = signed(header_of(keys), id_claims(uma, sub=sub), keys)
    refused(as_claim(uma, condition, forged), 403, "need_info")


@pytest.mark.attack("JWT-34")
@pytest.mark.attack("JWT-35")
def test_more_claims_decide_nothing(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy(who={"role": "family_doctor"})
    keys = own_keys(uma)
    more = {
        **{name: 1 for name in ("__proto__", "now", "owner", "policy_id", "is_admin", "clinician")},
        "role": "family_doctor",
        "role_code": "family_doctor",
        "organization": "Cedar Valley Family Practice",
        "kc.time.date_time": "2020-01-01",
        "_claim_names": {"role": "src1"},
        "_claim_sources": {"src1": {"endpoint": "http://169.254.169.254/"}},
    }
    sam = peek(uma.id_token("sam"))[1]
    forged = signed(header_of(keys), sam | more, keys)
    refused(as_claim(uma, condition, forged), 403, "request_denied")
    assert not uma.servers.events
    assert uma.trade(uma.ask(condition)).status_code == 200


@pytest.mark.attack("JWT-29")
def test_another_server_with_the_same_kid_is_another_server(uma: Uma, condition: Any) -> None:
    other, key = KeySet.generate("RS256"), own_keys(uma).signing_key
    forged = signed(header_of(other, kid=key.kid), id_claims(uma), other)
    refused(as_claim(uma, condition, forged), 403, "need_info")


@pytest.mark.attack("JWT-16")
def test_a_well_signed_payload_can_still_be_hostile(uma: Uma, condition: Any) -> None:
    keys, client = own_keys(uma), keys_of("c1")
    for payload in (
        b"[" * 5_000,
        b'"' + b'\\"' * 5_000,
        b"{}",
        b"[]",
        b"null",
        b'{"a":1,"a":2}',
        b"\xff",
    ):
        refused(as_claim(uma, condition, signed(header_of(keys), payload, keys)), 403, "need_info")
        refused(as_client(uma, signed(header_of(client), payload, client)), 401, "invalid_client")
    twice = json.dumps(id_claims(uma))[:-1].encode() + b',"sub":"x"}'
    refused(as_claim(uma, condition, signed(header_of(keys), twice, keys)), 403, "need_info")


@pytest.fixture(scope="module")
def everything(quiet_world: World) -> tuple[Stranger, dict[str, str]]:
    """One genuine token of each kind, all of one client, most of Alice and one of Bob."""
    owner = Owner(quiet_world)
    app = owner.app
    alice = app.login("alice", "openid uma_protection")
    bob = app.login("bob", "openid profile offline_access")
    base = quiet_world.bases["cedar"]
    _, ticket = ticket_of(app.http.get(whole_record(base)))
    rpt = app.trade(ticket, bob["id_token"]).json()
    server = quiet_world.apps["as"]
    event = {
        "iss": server.settings.issuer,
        "aud": [app.client_id],
        "iat": int(app.clock().timestamp()),
    }
    return app, {
        "id token": bob["id_token"],
        "PAT": alice["access_token"],
        "policy token": owner.access_token,
        "owner token": owner.owner_token("cedar"),
        "owner token elsewhere": owner.owner_token("harbor"),
        "RPT": rpt["access_token"],
        "RPT refresh token": rpt["refresh_token"],
        "refresh token": bob["refresh_token"],
        "client assertion": app.assertion()["client_assertion"],
        "event": server.keys.sign("set", event),
        "ticket": ticket_of(app.http.get(whole_record(base)))[1],
    }


DOORS: dict[str, set[str]] = {
    "claim_token": {"id token"},
    "client_assertion": {"client assertion"},
    "ticket": {"ticket"},
    "code": set(),
    "rpt": set(),
    "resource": {"PAT"},
    "policy": {"policy token"},
    "record": {"RPT", "owner token"},
    "records": {"owner token"},
    "introspect": set(),
}


@pytest.mark.attack("JWT-17")
@pytest.mark.attack("TKT-14")
@pytest.mark.parametrize("door", DOORS)
def test_each_kind_of_token_opens_its_own_door_only(
    quiet_world: World, everything: tuple[Stranger, dict[str, str]], door: str
) -> None:
    app, tokens = everything
    base = quiet_world.bases["cedar"]
    opened = set()
    for name, token in tokens.items():
        bearer = {"Authorization": f"Bearer {token}"}
        if door == "claim_token":
            answer = app.trade(ticket_of(app.http.get(whole_record(base)))[1], token)
        elif door == "client_assertion":
            proof = {"client_assertion": token, "client_assertion_type": ASSERTION_TYPE}
            answer = app.token(proof=proof, grant_type="refresh_token", refresh_token="x")
        elif door == "ticket":
            answer = app.trade(token, tokens["id token"])
        elif door == "code":
            form = {"code": token, "code_verifier": "v" * 43, "redirect_uri": "http://x/"}
            answer = app.token(grant_type="authorization_code", **form)
        elif door == "rpt":
            fresh = ticket_of(app.http.get(whole_record(base)))[1]
            answer = app.trade(fresh, tokens["id token"], rpt=token if name != "RPT" else "x")
        elif door == "resource":
            url = app.metadata["resource_registration_endpoint"]
            answer = app.http.get(url, headers=bearer)
        elif door == "policy":
            answer = app.http.get(app.metadata["policy_endpoint"], headers=bearer)
        elif door == "record":
            answer = app.http.get(f"{base}/Patient", headers=bearer)
        elif door == "records":
            answer = app.http.get(f"{base}/$records", headers=bearer)
        else:
            url, form = app.metadata["introspection_endpoint"], {"token": token}
            answer = app.http.post(url, data=form | app.assertion())
            assert answer.json() == {"active": False}, name
            continue
        assert answer.status_code < 500, (name, answer.text)
        reached = answer.status_code == 200 or (
            door == "client_assertion" and answer.json()["error"] == "invalid_grant"
        )
        if reached:
            opened.add(name)
    assert opened == DOORS[door]
    unharmed(app.http.get(app.metadata["policy_endpoint"]))
