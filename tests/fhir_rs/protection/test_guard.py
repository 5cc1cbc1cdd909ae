"""What each caller gets under a record's base: the table of FedAuthz, and the partition rows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import request

from heart_uma.challenge import AS_UNREACHABLE_WARNING, parse_challenge
from heart_uma.jose import KeySet
from heart_uma.topics import label_scopes
from tests.fhir_rs.fake_as import BASE, ISSUER
from tests.fhir_rs.protected import READ, RECORD, UNLINKED, Protected, bare, fake, site

__all__ = ["bare", "fake", "site"]
OTHER = "http://evil.localhost"


def assert_challenged(answer: Any) -> str:
    """401 with a whole challenge, in the header and in the body, and no data."""
    assert answer.status_code == 401, answer.get_data(as_text=True)
    found = parse_challenge(answer.headers["WWW-Authenticate"])
    assert found is not None and found.as_uri == ISSUER
    repeated = parse_challenge(None, answer.get_json())
    assert repeated is not None and repeated.ticket == found.ticket
    assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]
    assert b"CNRY" not in answer.data
    assert answer.headers["Cache-Control"] == "no-store"
    return found.ticket


def assert_unreachable(answer: Any) -> None:
    assert answer.status_code == 403
    assert answer.headers["Warning"] == AS_UNREACHABLE_WARNING
    assert answer.headers["Retry-After"] == "5"
    assert "WWW-Authenticate" not in answer.headers
    assert b"CNRY" not in answer.data


@pytest.mark.spec("HU-24")
@pytest.mark.spec("G-31")
def test_every_tokenless_request_gets_its_own_ticket(site: Protected) -> None:
    first, second = assert_challenged(site.probe()), assert_challenged(site.probe())
    assert first != second


@pytest.mark.spec("HFU-9")
@pytest.mark.spec("F-76")
def test_a_ticket_asks_for_what_the_interaction_touches_with_all_labels(site: Protected) -> None:
    site.probe()
    asked = site.fake.tickets[-1]
    kinds = {site.fake.resources[each["resource_id"]]["heart_uma_kind"] for each in asked}
    assert kinds == {"results", "vitals"}
    for each in asked:
        assert set(each["resource_scopes"]) == {READ, *label_scopes()}


@pytest.mark.spec("HFU-11")
@pytest.mark.parametrize(
    ("category", "wanted"),
    [
        ('http://terminology.hl7.org/CodeSystem/v3-ActReason#BTG; scheme="http://hl7.org/fhir/tag/security"', True),  # noqa: E501
        ("http://terminology.hl7.org/CodeSystem/v3-ActReason#TREAT", False),
        ("BTG", False),
    ],
)  # fmt: skip
def test_btg_enters_a_ticket_only_when_the_glass_is_broken(
    site: Protected, category: str, wanted: bool
) -> None:
    site.probe(headers={"Category": category})
    assert all(("btg" in each["resource_scopes"]) is wanted for each in site.fake.tickets[-1])


@pytest.mark.spec("HU-31")
def test_an_unknown_record_is_404_and_asks_nobody(site: Protected) -> None:
    answer = site.probe(record="Unknown-Record-1234567")
    assert answer.status_code == 404
    assert site.fake.line.calls == []


def test_a_record_nobody_linked_says_so_to_everybody(site: Protected) -> None:
    answers = [site.probe(token, record=UNLINKED) for token in (None, site.grant())]
    assert [a.status_code for a in answers] == [403, 403]
    assert answers[0].data == answers[1].data
    assert "not linked" in answers[0].get_json()["issue"][0]["diagnostics"]


@pytest.mark.spec("F-125")
def test_a_sufficient_rpt_is_served_after_its_audit_entry(site: Protected) -> None:
    answer = site.probe(site.grant())
    assert answer.status_code == 200 and answer.get_json()["canary"] == "CNRY"
    (entry,) = site.audited()
    assert (entry.actor, entry.outcome) == ("person", "shown")
    assert "Dr. Bob Chen" in entry.event
    assert site.fake.tickets == []


@pytest.mark.spec("F-74")
@pytest.mark.spec("G-148")
@pytest.mark.attack("FH-77")
@pytest.mark.parametrize(
    "permissions",
    [
        [],
        None,
        "all",
        [{"resource_id": "unknown", "resource_scopes": [READ]}],
        [{"resource_id": 7, "resource_scopes": [READ]}],
        ["everything"],
    ],
    ids=repr,
)
@pytest.mark.spec("F-116")
def test_an_active_rpt_that_permits_nothing_here_is_challenged(
    site: Protected, permissions: Any
) -> None:
    token = site.fake.rpt([])
    if permissions is None:
        site.fake.answers[token].pop("permissions")
    else:
        site.fake.answers[token]["permissions"] = permissions
    assert_challenged(site.probe(token))


@pytest.mark.spec("G-150")
@pytest.mark.spec("HU-55")
@pytest.mark.parametrize(
    ("type_", "kind", "scope"),
    [
        ("Condition", "conditions", "patient/Condition.read"),
        ("Observation", "results", "patient/Observation.write"),
        ("Observation", "results", "conf/N"),
        ("Observation", "results", "nonsense"),
    ],
)
def test_a_valid_rpt_for_something_else_is_challenged_and_audited(
    site: Protected, type_: str, kind: str, scope: str
) -> None:
    token = site.fake.rpt([site.fake.permission(type_, kind, scope)])
    assert_challenged(site.probe(token))
    (entry,) = site.audited()
    assert entry.outcome == "turned_away" and "Dr. Bob Chen" in entry.event


@pytest.mark.spec("F-111")
@pytest.mark.spec("F-115")
@pytest.mark.parametrize(
    ("token_level", "permission_level", "served"),
    [
        ({}, {}, True),
        ({"exp": 300}, {"exp": 100}, True),
        ({"exp": 300}, {"exp": -1}, False),
        ({"exp": -1}, {"exp": 300}, False),
        ({"nbf": 10}, {}, False),
        ({}, {"nbf": 10}, False),
        ({"nbf": -10}, {"nbf": 10}, False),
        ({"nbf": 10}, {"nbf": -10}, False),
        ({}, {"exp": "soon"}, False),
        ({}, {"heart_uma_limits": {"unheard_of": 1}}, False),
    ],
)
@pytest.mark.spec("F-113")
def test_the_narrower_time_wins(
    site: Protected, token_level: dict[str, int], permission_level: dict[str, Any], served: bool
) -> None:
    now = site.fake.seconds()

    def moved(times: dict[str, Any]) -> dict[str, Any]:
        return {k: now + v if isinstance(v, int) else v for k, v in times.items()}

    permission = site.fake.permission("Observation", "results", READ, **moved(permission_level))
    answer = site.probe(site.fake.rpt([permission], **moved(token_level)))
    assert (answer.status_code == 200) is served
    if not served:
        assert_challenged(answer)


@pytest.mark.spec("F-115")
def test_a_permission_that_ends_takes_only_itself_along(site: Protected) -> None:
    now = site.fake.seconds()
    token = site.fake.rpt(
        [
            site.fake.permission("Observation", "results", READ, exp=now + 2),
            site.fake.permission("Observation", "vitals", READ, exp=now + 200),
        ]
    )
    assert site.probe(token).status_code == 200
    site.clock.advance(seconds=3)
    assert site.probe(token).status_code == 200
    site.fake.answers[token]["permissions"].pop()
    site.clock.advance(seconds=6)
    assert_challenged(site.probe(token))


@pytest.mark.spec("HU-56")
@pytest.mark.attack("PRO-19")
@pytest.mark.parametrize(
    "case",
    ["other issuer", "other audience", "no audience", "expired", "not yet", "id token",
     "refresh token", "foreign key", "altered", "garbage", "empty"],
)  # fmt: skip
def test_a_token_that_fails_the_local_check_is_never_introspected(
    site: Protected, case: str
) -> None:
    now, fake = site.fake.seconds(), site.fake
    good = site.grant()
    head, body, signature = good.split(".")
    token = {
        "other issuer": lambda: fake.token(iss=OTHER),
        "other audience": lambda: fake.token(aud=[OTHER]),
        "no audience": lambda: fake.token(aud=None),
        "expired": lambda: fake.token(exp=now - 1),
        "not yet": lambda: fake.token(nbf=now + 90),
        "id token": lambda: fake.token(kind="id_token"),
        "refresh token": lambda: fake.token(kind="refresh_token"),
        "foreign key": lambda: fake.token(keys=KeySet.generate("ES256")),
        "altered": lambda: f"{head}.{body[:-2]}AA.{signature}",
        "garbage": lambda: "abc.def.ghi",
        "empty": lambda: "x",
    }[case]()
    fake.answers[token] = fake.answers[good]
    assert_challenged(site.probe(token))
    assert "/introspect" not in fake.line.calls


@pytest.mark.spec("HO-130")
def test_no_key_is_fetched_for_an_issuer_the_owner_did_not_choose(site: Protected) -> None:
    site.probe(site.fake.token(iss=OTHER, keys=KeySet.generate("ES256")))
    assert set(site.fake.line.calls) == {"/permission"}


@pytest.mark.spec("HO-114")
def test_an_inactive_token_is_challenged_though_its_signature_holds(site: Protected) -> None:
    assert_challenged(site.probe(site.fake.rpt(None)))
    assert site.audited() == []


@pytest.mark.spec("F-119")
@pytest.mark.parametrize("answer", [{"iss": OTHER}, {"aud": [OTHER]}, {"aud": OTHER}])
def test_an_answer_about_another_server_is_no_proof(
    site: Protected, answer: dict[str, Any]
) -> None:
    assert_challenged(site.probe(site.grant(**answer)))


@pytest.mark.attack("FH-01")
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "bearer\tx", "Bearer a b"]
)
def test_other_authorization_headers_count_as_none(site: Protected, header: str) -> None:
    assert_challenged(site.probe(headers={"Authorization": header}))


@pytest.mark.attack("FH-01")
def test_two_authorization_headers_are_refused(site: Protected) -> None:
    token = site.grant()
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    answer = site.client.get(f"/fhir/r/{RECORD}/Probe", headers=headers)
    assert answer.status_code == 400 and b"CNRY" not in answer.data


@pytest.mark.spec("HO-125")
def test_a_token_in_the_query_is_ignored(site: Protected) -> None:
    assert_challenged(site.probe(query_string={"access_token": site.grant()}))


@pytest.mark.spec("HU-25")
@pytest.mark.spec("F-126")
@pytest.mark.attack("F-8")
@pytest.mark.parametrize("fault", ["cut", 500, 503, 200, 404])
@pytest.mark.parametrize("with_token", [False, True])
def test_an_unreachable_or_broken_server_never_opens_anything(
    site: Protected, fault: Any, with_token: bool
) -> None:
    token = site.grant() if with_token else None
    site.fake.line.cut = fault == "cut"
    site.fake.line.status = fault if fault != "cut" else None
    assert_unreachable(site.probe(token))
    assert site.audited() == []


@pytest.mark.attack("F-8")
def test_a_partition_is_bridged_by_a_fresh_proof_and_no_longer(site: Protected) -> None:
    token = site.grant()
    assert site.probe(token).status_code == 200
    site.fake.line.cut = True
    site.clock.advance(seconds=4)
    assert site.probe(token).status_code == 200
    assert_unreachable(site.probe())
    site.clock.advance(seconds=1)
    assert_unreachable(site.probe(token))
    site.fake.line.cut = False


@pytest.mark.attack("F-8")
def test_a_dead_server_is_not_called_again_and_again(site: Protected) -> None:
    site.fake.line.cut = True
    for _ in range(20):
        assert_unreachable(site.probe())
    assert len(site.fake.line.calls) <= 4


@pytest.mark.spec("G-36")
def test_challenges_are_limited_per_record(site: Protected) -> None:
    codes = [site.probe().status_code for _ in range(40)]
    assert 429 in codes and codes[0] == 401
    assert site.probe(site.grant()).status_code == 200


def test_the_owner_is_recognised_by_issuer_and_subject(site: Protected) -> None:
    answer = site.probe(site.fake.owner_token())
    assert answer.status_code == 200 and answer.get_json()["owner"] is True
    assert site.audited()[-1].actor == "owner"
    for wrong in ({"sub": "mallory"}, {"iss": OTHER}, {"scope": "openid"}, {"sub": None}):
        assert_challenged(site.probe(site.fake.owner_token(**wrong)))


@pytest.mark.attack("FH-81")
@pytest.mark.parametrize(
    "path", ["//fhir/r/x", "/fhir//r/x", "/fhir/r/./x", "/fhir/r/x;a=b", "/fhir/../x"]
)
def test_other_spellings_of_a_path_are_refused(site: Protected, path: str) -> None:
    answer = site.client.get("/", environ_overrides={"PATH_INFO": path, "RAW_URI": path})
    assert answer.status_code == 400
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_an_unexpected_error_is_500_without_detail(site: Protected) -> None:
    def fail() -> None:
        raise RuntimeError(f"secret detail {request.path}")

    site.app.config["DURING"] = fail
    site.app.testing = False
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = site.probe(site.grant())
    assert answer.status_code == 500 and "secret" not in json.dumps(answer.get_json())
    assert answer.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.spec("F-97")
def test_lost_registrations_are_made_again_and_the_client_never_notices(site: Protected) -> None:
    site.fake.resources.clear()
    assert_challenged(site.probe())
    assert len(site.fake.resources) == 30


def test_the_audience_may_be_the_client_id_of_this_server(site: Protected) -> None:
    token = site.fake.token(aud=["rs-1"])
    site.fake.answers[token] = {**site.fake.answers[site.grant()], "aud": ["rs-1"]}
    assert site.probe(token).status_code == 200
    assert site.fake.registrations[0]["heart_uma_resource_server"]["base"] == BASE


def test_a_writer_is_one_person_under_every_token_of_theirs(site: Protected) -> None:
    def writer(token: str) -> str:
        return str(site.probe(token).get_json()["writer"])

    def known(sub: str, **more: str) -> str:
        return writer(site.grant(heart_uma_party={"sub": sub, "name": "Dr. Bob Chen"}, **more))

    bob = known("bob-at-rs")
    assert re.fullmatch(r"[0-9a-f]{32}", bob)
    # Another token, another application: still he. Another of the same name: not he.
    assert known("bob-at-rs", jti="2") == known("bob-at-rs", client_id="other") == bob
    described = {"name": "Dr. Bob Chen", "role": "Nurse", "organization": "Cedar Valley"}
    nameless: list[dict[str, Any]] = [
        {"heart_uma_party": described},
        {"heart_uma_party": described, "client_id": "other"},
        {"heart_uma_party": {**described, "role": "Doctor"}},
        {"heart_uma_party": {**described, "sub": 7, "name": "Bob"}},
        {"heart_uma_party": None},
        {"heart_uma_party": None, "client_id": "other"},
    ]
    others = [writer(site.grant(**each)) for each in nameless]
    assert writer(site.grant(**nameless[0], jti="2")) == others[0]
    owner = [writer(site.fake.owner_token(client_id=app)) for app in ("portal", "requester")]
    assert owner[0] == owner[1]
    assert len({bob, known("bob-2"), *others, owner[0]}) == 2 + len(nameless) + 1
