"""RFC 7662 and FedAuthz 5: what a token is worth, and to whom that is told."""

from datetime import timedelta

import pytest

from as_server.models import pairwise_subject
from heart_uma.rfc3339 import print_moment
from tests.as_server.uma import ISSUER, RS1, RS2, Uma, pid

INACTIVE = b'{"active":false}'


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


def raw(uma: Uma, token: str, *, pat: str | None = None, **form: str):
    headers = {} if pat is None else {"Authorization": f"Bearer {pat}"}
    return uma.wire.post("/introspect", data={"token": token, **form}, headers=headers)


@pytest.mark.spec("F-105")
@pytest.mark.spec("F-106")
@pytest.mark.spec("F-107")
@pytest.mark.spec("F-108")
@pytest.mark.spec("F-109")
@pytest.mark.spec("F-121")
@pytest.mark.spec("HU-57")
@pytest.mark.spec("HU-58")
@pytest.mark.attack("PRO-20")
def test_an_active_rpt_has_permissions_and_no_scope(uma: Uma, condition) -> None:
    uma.policy(what={"everything": True, "topics": ["PSY"]}, why=["TREAT"])
    token = uma.rpt(condition, purpose_of_use="TREAT", reason="Check-up")["access_token"]
    answer = raw(uma, token, pat=uma.pat())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json
    assert "scope" not in body
    assert "sub" not in body
    assert body["active"] is True
    assert (body["iss"], body["aud"], body["client_id"]) == (ISSUER, [RS1], "c1")
    assert body["exp"] - body["iat"] == 300
    assert body["permissions"] == [
        {
            "resource_id": condition[0],
            "resource_scopes": ["conf/N", "patient/Condition.read", "sens/PSY"],
            "heart_uma_policy": pid("a"),
        }
    ]
    assert body["heart_uma_party"] == {
        "sub": pairwise_subject.derive(uma.app.settings.secret_bytes, "rs1", uma.key["bob"]),
        "name": "Dr. Bob Chen",
        "role": "Family doctor",
        "organization": "Cedar Valley Family Practice",
        "clinician": True,
    }
    assert (body["heart_uma_purpose"], body["heart_uma_reason"]) == ("TREAT", "Check-up")
    assert body["heart_uma_tell"] == {"level": "kinds", "note": None}
    assert body["heart_uma_client"] == {"client_id": "c1", "name": "Name of c1"}
    assert body["heart_uma_epoch"] == 0
    # Nothing of Bob that identifies him elsewhere (PRO-20).
    assert uma.key["bob"] not in answer.text
    assert "bob@example.org" not in answer.text


def test_a_party_has_one_name_at_a_server_and_another_at_the_next(uma: Uma, condition) -> None:
    there = uma.register(rs="rs2"), "Condition"
    uma.policy()
    uma.policy("s", who={"person": uma.key["sam"]})

    def sub(at: tuple[str, str], rs: str, **asked: str) -> str:
        token = uma.rpt(at, rs=rs, **asked)["access_token"]
        return str(uma.introspect(token, rs=rs)["heart_uma_party"]["sub"])

    here = sub(condition, "rs1")
    assert sub(condition, "rs1") == here
    assert sub(condition, "rs1", client_id="c2") == here
    assert len({here, sub(there, "rs2"), sub(condition, "rs1", party="sam")}) == 3


@pytest.mark.spec("F-117")
@pytest.mark.spec("F-119")
@pytest.mark.spec("F-120")
@pytest.mark.spec("G-6")
@pytest.mark.attack("PRO-16")
def test_everything_else_is_exactly_inactive(uma: Uma, condition) -> None:
    uma.policy()
    body = uma.rpt(condition)
    revoked = uma.rpt(condition)["access_token"]
    uma.wire.post("/revoke", data=uma.proof() | {"token": revoked})
    tampered = body["access_token"][:-4] + "AAAA"
    mine = [
        "garbage",
        "x" * 20_000,
        tampered,
        revoked,
        body["refresh_token"],
        uma.ask(condition),
        uma.pat(),
        uma.id_token(),
        uma.access_token("alice", "c2", "uma_policy"),
    ]
    answers = [raw(uma, token, pat=uma.pat()) for token in mine]
    for owner, rs in (("dora", "rs1"), ("alice", "rs2"), ("dora", "rs2")):
        answers.append(raw(uma, body["access_token"], pat=uma.pat(owner, rs)))
    pat = uma.pat()
    uma.clock.advance(seconds=300)
    answers.append(raw(uma, body["access_token"], pat=pat))
    for answer in answers:
        assert answer.status_code == 200
        assert answer.data.strip() == INACTIVE


@pytest.mark.spec("F-102")
def test_a_token_is_needed_and_in_the_body(uma: Uma) -> None:
    headers = {"Authorization": f"Bearer {uma.pat()}"}
    for kwargs in ({"data": {}}, {"data": {"token": ""}}, {"json": {"token": "x"}},
                   {"data": {"token": ["a", "b"]}}, {"query_string": {"token": "x"}}):  # fmt: skip
        answer = uma.wire.post("/introspect", headers=headers, **kwargs)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.spec("F-103")
@pytest.mark.attack("PRO-17")
def test_a_wrong_hint_changes_nothing(uma: Uma, condition) -> None:
    uma.policy()
    token = uma.rpt(condition)["access_token"]
    bodies = {
        raw(uma, token, pat=uma.pat(), token_type_hint=hint).data
        for hint in ("access_token", "refresh_token", "rpt", "x")
    }
    assert len(bodies) == 1
    assert b'"active":true' in bodies.pop()


class TestCallers:
    @pytest.mark.spec("F-118")
    def test_nobody_is_401(self, uma: Uma) -> None:
        answer = raw(uma, "x")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.spec("HU-59")
    @pytest.mark.spec("F-101")
    def test_a_key_alone_sees_no_uma_token(self, uma: Uma, condition) -> None:
        uma.policy()
        rpt = uma.rpt(condition)["access_token"]
        owner = uma.access_token("alice", "c2", "owner", [RS1])
        for token in (rpt, owner, uma.pat()):
            assert raw(uma, token, **uma.proof("rs1")).data.strip() == INACTIVE
        plain = uma.access_token("alice", "c1", "patient/*.read", [RS1])
        seen = raw(uma, plain, **uma.proof("rs1")).json
        assert (seen["active"], seen["scope"], seen["aud"]) == (True, "patient/*.read", [RS1])
        assert "permissions" not in seen
        assert raw(uma, plain, **uma.proof("rs2")).data.strip() == INACTIVE
        assert raw(uma, plain, **uma.proof("c1")).data.strip() == INACTIVE

    @pytest.mark.spec("HU-59")
    def test_both_have_to_be_of_one_rs(self, uma: Uma, condition) -> None:
        uma.policy()
        rpt = uma.rpt(condition)["access_token"]
        assert raw(uma, rpt, pat=uma.pat(), **uma.proof("rs1")).json["active"] is True
        answer = raw(uma, rpt, pat=uma.pat(), **uma.proof("rs2"))
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
        bad = raw(uma, rpt, pat=uma.pat(), **(uma.proof("rs1") | {"client_assertion": "a.b.c"}))
        assert bad.status_code == 401
        assert raw(uma, rpt, pat="garbage", **uma.proof("rs1")).status_code == 401


class TestOwnerToken:
    def test_the_owner_is_told_to_the_rs_of_her_record(self, uma: Uma) -> None:
        token = uma.access_token("alice", "c2", "owner", [RS1])
        body = uma.introspect(token)
        assert (body["active"], body["scope"], body["aud"]) == (True, "owner", [RS1])
        assert body["heart_uma_epoch"] == 0
        assert "permissions" not in body
        # The name by which this RS knows her, not the client's and not the account's.
        assert len(body["sub"]) == 32
        assert uma.key["alice"] not in body["sub"]

    @pytest.mark.parametrize(
        ("token", "caller"),
        [
            (("alice", "owner", [RS1]), {"owner": "dora"}),
            (("dora", "owner", [RS1]), {}),
            (("alice", "owner", [RS2]), {}),
            (("alice", "owner", [RS1 + "2"]), {}),
            (("alice", "owner", [RS1]), {"rs": "rs2"}),
            (("alice", "openid", [RS1]), {}),
        ],
    )
    def test_and_to_nobody_else(self, uma: Uma, token, caller) -> None:
        login, scope, audience = token
        value = uma.access_token(login, "c2", scope, audience)
        assert uma.introspect(value, **caller) == {"active": False}


class TestWorthToday:
    @pytest.mark.spec("G-205")
    def test_a_paused_share_is_worth_nothing_and_comes_back(self, uma: Uma, condition) -> None:
        uma.policy()
        token = uma.rpt(condition)["access_token"]
        until = print_moment(uma.clock() + timedelta(minutes=2))
        uma.policy(state="paused", paused_until=until, version=1)
        assert uma.introspect(token) == {"active": False}
        uma.clock.advance(minutes=2)
        assert uma.permitted(token) == {condition[0]}

    @pytest.mark.spec("G-206")
    @pytest.mark.spec("F-110")
    @pytest.mark.spec("F-115")
    def test_a_permission_ends_with_its_policy(self, uma: Uma, condition) -> None:
        end = uma.clock() + timedelta(minutes=2)
        uma.policy(when={"from": None, "until": print_moment(end)})
        uma.policy("b", what={"kinds": ["allergies"]})
        allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
        token = uma.rpt(condition, allergy)["access_token"]
        ends = {p["heart_uma_policy"]: p.get("exp") for p in uma.introspect(token)["permissions"]}
        assert ends == {pid("a"): int(end.timestamp()), pid("b"): None}
        uma.clock.advance(minutes=2)
        assert uma.permitted(token) == {allergy[0]}

    def test_no_permission_outlives_its_token(self, uma: Uma, condition) -> None:
        uma.policy(when={"from": None, "until": print_moment(uma.clock() + timedelta(days=9))})
        body = uma.introspect(uma.rpt(condition)["access_token"])
        assert body["permissions"][0]["exp"] == body["exp"]

    def test_a_wider_policy_adds_nothing_to_an_issued_rpt(self, uma: Uma, condition) -> None:
        allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
        uma.policy(what={"kinds": ["conditions"]})
        token = uma.rpt(condition, allergy)["access_token"]
        uma.policy(what={"everything": True, "kinds": ["conditions"]}, version=1)
        uma.policy("b")
        assert uma.permitted(token) == {condition[0]}

    def test_alternatives_are_not_merged(self, uma: Uma, condition) -> None:
        uma.policy("a", what={"everything": True, "topics": ["PSY"]})
        uma.policy(
            "b", who={"role": "family_doctor"}, what={"kinds": ["conditions"], "topics": ["HIV"]}
        )
        token = uma.rpt(condition)["access_token"]
        found = {
            p["heart_uma_policy"]: p["resource_scopes"]
            for p in uma.introspect(token)["permissions"]
        }
        assert found == {
            pid("a"): ["conf/N", "patient/Condition.read", "sens/PSY"],
            pid("b"): ["conf/N", "patient/Condition.read", "sens/HIV"],
        }

    @pytest.mark.attack("POL-10")
    def test_another_policy_keeps_only_what_it_issued(self, uma: Uma, condition) -> None:
        uma.policy("a", what={"everything": True, "topics": ["PSY"]})
        uma.policy("b")
        token = uma.rpt(condition)["access_token"]
        uma.owner_call("DELETE", f"/policy/{pid('a')}")
        (left,) = uma.introspect(token)["permissions"]
        assert left["heart_uma_policy"] == pid("b")
        assert "sens/PSY" not in left["resource_scopes"]

    def test_a_policy_that_issued_nothing_gives_nothing(self, uma: Uma, condition) -> None:
        uma.policy("a")
        token = uma.rpt(condition)["access_token"]
        uma.policy("b")
        uma.policy("a", state="paused", version=1)
        assert uma.introspect(token) == {"active": False}

    @pytest.mark.attack("TKT-19")
    @pytest.mark.spec("G-97")
    def test_a_ticket_without_scopes_is_worth_no_scope(self, uma: Uma, condition) -> None:
        uma.policy()
        body = {"resource_id": condition[0], "resource_scopes": []}
        ticket = uma.call("POST", "/permission", uma.pat(), body).json["ticket"]
        token = uma.trade(ticket).json["access_token"]
        assert [p["resource_scopes"] for p in uma.introspect(token)["permissions"]] == [[]]

    def test_limits_travel_and_only_to_an_rs_that_declared_them(self, uma: Uma, condition) -> None:
        record = f"{RS1}/r/{'alice':_<22}"
        uma.policy(what={"records": {"include": [f"{record}/Condition/x"], "exclude": []}})
        token = uma.rpt(condition)["access_token"]
        (permission,) = uma.introspect(token)["permissions"]
        assert permission["heart_uma_limits"] == {"only": ["Condition/x"], "also": ["Condition/x"]}
        from as_server.models.client import Client
        from heart_ground.orm import writing

        with writing(uma.app.engine) as db:
            server = db.get(Client, "rs1")
            assert server is not None
            server.registration = server.registration.replace('"limits": true', '"limits": false')
        assert uma.introspect(token) == {"active": False}
        assert uma.trade(uma.ask(condition)).status_code == 403
