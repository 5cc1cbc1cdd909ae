"""Grant 3.3: the uma-ticket grant, outcome by outcome."""

import pytest

from as_server.models.client import UMA_TICKET
from as_server.tokens.claims import ID_TOKEN_FORMAT
from heart_uma.jose import KeySet, sign
from tests.as_server.uma import ISSUER, RS1, Uma, keys_of, pid


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


def refused(answer, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    if error not in ("need_info", "request_submitted"):
        # Grant 3.3.6: only what goes on carries a ticket (G-10).
        assert "ticket" not in answer.json


class TestSuccess:
    @pytest.mark.spec("G-94")
    @pytest.mark.spec("G-102")
    @pytest.mark.spec("G-104")
    @pytest.mark.spec("G-105")
    @pytest.mark.spec("G-111")
    @pytest.mark.spec("HU-42")
    def test_an_rpt_with_the_members_of_the_section(self, uma: Uma, condition) -> None:
        uma.policy(tell={"level": "neutral"})
        answer = uma.trade(uma.ask(condition), scope="sens/PSY")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert set(answer.json) == {"access_token", "token_type", "expires_in", "refresh_token"}
        assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 300)

    @pytest.mark.spec("G-95")
    @pytest.mark.spec("G-90")
    def test_what_passes_is_granted_and_the_rest_is_left_out(self, uma: Uma, condition) -> None:
        allergy = uma.register("AllergyIntolerance")
        uma.policy(what={"kinds": ["conditions"]})
        rpt = uma.rpt(condition, (allergy, "AllergyIntolerance"))["access_token"]
        assert uma.permitted(rpt) == {condition[0]}

    @pytest.mark.spec("G-58")
    @pytest.mark.spec("G-91")
    @pytest.mark.spec("G-92")
    def test_a_named_scope_counts_only_if_the_client_is_registered_for_it(
        self, uma: Uma, condition
    ) -> None:
        uma.policy(what={"everything": True, "topics": ["PSY", "HIV"]})
        pat = uma.pat()
        body = {"resource_id": condition[0], "resource_scopes": ["patient/Condition.read"]}
        for named, expected in (("sens/PSY", {"sens/PSY"}), ("sens/HIV", set()), ("", set())):
            ticket = uma.call("POST", "/permission", pat, body).json["ticket"]
            rpt = uma.trade(ticket, scope=named).json["access_token"]
            (permission,) = uma.introspect(rpt)["permissions"]
            assert set(permission["resource_scopes"]) == expected | {"patient/Condition.read"}

    @pytest.mark.spec("G-5")
    @pytest.mark.spec("G-198")
    def test_the_owner_as_requesting_party_gets_no_permit_of_her_own(
        self, uma: Uma, condition
    ) -> None:
        refused(uma.trade(uma.ask(condition), "alice"), "request_denied", 403)
        uma.policy(who={"person": uma.key["alice"]})
        assert uma.trade(uma.ask(condition), "alice").status_code == 200

    def test_without_the_refresh_grant_there_is_no_refresh_token(self, uma: Uma, condition) -> None:
        uma.policy()
        uma.without_refresh()
        assert "refresh_token" not in uma.rpt(condition)


class TestParameters:
    @pytest.mark.spec("G-1")
    @pytest.mark.spec("G-44")
    @pytest.mark.spec("G-46")
    @pytest.mark.parametrize(
        "form",
        [
            {"ticket": ""},
            {"ticket": "", "Ticket": "x"},
            {"claim_token": "x"},
            {"claim_token_format": ID_TOKEN_FORMAT},
            {"purpose_of_use": "treat"},
            {"purpose_of_use": "T" * 40},
            {"reason": "x" * 281},
            {"ask_id": "a b"},
            {"ask_id": ".hidden"},
            {"ask_id": "x" * 129},
            {"requested_until": "2026-01-01"},
            {"requested_until": "2026-01-01T00:00:00"},
            {"requested_until": "tomorrow"},
        ],
    )
    def test_bad_syntax_is_refused_and_spends_nothing(self, uma: Uma, condition, form) -> None:
        uma.policy()
        ticket = uma.ask(condition)
        refused(uma.trade(ticket, None, **form), "invalid_request")
        assert uma.trade(ticket).status_code == 200

    @pytest.mark.spec("G-41")
    @pytest.mark.spec("G-49")
    def test_a_parameter_twice_is_refused(self, uma: Uma, condition) -> None:
        fields = {"grant_type": UMA_TICKET, "ticket": uma.ask(condition)}
        twice = {"claim_token": ["a", "b"], "claim_token_format": ID_TOKEN_FORMAT}
        refused(uma.wire.post("/token", data=uma.proof() | fields | twice), "invalid_request")

    @pytest.mark.spec("G-40")
    @pytest.mark.spec("G-43")
    @pytest.mark.spec("G-190")
    @pytest.mark.spec("HU-33")
    def test_the_client_comes_first_and_a_failure_spends_nothing(self, uma: Uma, condition) -> None:
        uma.policy()
        ticket = uma.ask(condition)
        fields = {"grant_type": UMA_TICKET, "ticket": ticket}
        answer = uma.wire.post("/token", data=fields)
        refused(answer, "invalid_client", 401)
        foreign = uma.proof("rs1") | {"client_id": "c1"}
        refused(uma.wire.post("/token", data=foreign | fields), "invalid_client", 401)
        refused(uma.wire.post("/token", data=uma.proof("rs1") | fields), "unauthorized_client")
        assert uma.trade(ticket).status_code == 200


class TestTicket:
    @pytest.mark.spec("G-125")
    @pytest.mark.spec("G-186")
    @pytest.mark.attack("TKT-01")
    def test_a_ticket_works_once(self, uma: Uma, condition) -> None:
        uma.policy()
        ticket = uma.ask(condition)
        assert uma.trade(ticket).status_code == 200
        refused(uma.trade(ticket), "invalid_grant")

    @pytest.mark.spec("G-187")
    @pytest.mark.spec("G-189")
    @pytest.mark.attack("TKT-02")
    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"rpt": "unknown"}, "invalid_grant"),
            ({"scope": "unknown"}, "invalid_scope"),
            ({"claim_token": "x", "claim_token_format": "y"}, "need_info"),
            ({}, "request_denied"),
        ],
    )
    def test_whatever_the_answer_the_ticket_is_spent(
        self, uma: Uma, condition, form, error
    ) -> None:
        ticket = uma.ask(condition)
        assert uma.trade(ticket, None, **form).json["error"] == error
        uma.policy()
        refused(uma.trade(ticket), "invalid_grant")

    @pytest.mark.spec("G-123")
    @pytest.mark.spec("G-191")
    @pytest.mark.attack("TKT-07")
    @pytest.mark.parametrize(("seconds", "status"), [(299, 200), (300, 400), (301, 400)])
    def test_a_ticket_lives_five_minutes(self, uma: Uma, condition, seconds, status) -> None:
        uma.policy()
        ticket = uma.ask(condition)
        uma.clock.advance(seconds=seconds)
        assert uma.trade(ticket).status_code == status

    @pytest.mark.spec("G-124")
    @pytest.mark.spec("G-196")
    @pytest.mark.attack("TKT-10")
    def test_the_successors_belong_to_the_client_that_came_first(self, uma: Uma, condition) -> None:
        uma.policy()
        successor = uma.trade(uma.ask(condition), None).json["ticket"]
        refused(uma.trade(successor, client_id="c2"), "invalid_grant")
        # It was seen by a stranger: it is of no use to the first client either.
        refused(uma.trade(successor), "invalid_grant")

    @pytest.mark.spec("G-8")
    @pytest.mark.attack("TKT-14")
    def test_no_other_secret_is_a_ticket_and_a_ticket_is_no_other_secret(
        self, uma: Uma, condition
    ) -> None:
        uma.policy()
        body = uma.rpt(condition)
        others = [body["access_token"], body["refresh_token"], uma.pat(), uma.id_token(), "x" * 600]
        for other in others:
            refused(uma.trade(other), "invalid_grant")
        ticket = uma.ask(condition)
        assert uma.introspect(ticket) == {"active": False}
        refused(uma.refresh(ticket), "invalid_grant")
        assert uma.call("GET", "/resource", ticket).status_code == 401

    @pytest.mark.spec("G-100")
    @pytest.mark.spec("F-76")
    def test_a_ticket_means_what_is_registered_when_it_is_spent(self, uma: Uma, condition) -> None:
        uma.policy()
        ticket = uma.ask(condition)
        uma.call("DELETE", f"/resource/{condition[0]}", uma.pat())
        refused(uma.trade(ticket), "request_denied", 403)

    @pytest.mark.spec("F-16")
    @pytest.mark.attack("POL-02")
    def test_only_the_policies_of_the_pats_owner_count(self, uma: Uma) -> None:
        uma.policy()
        doras = uma.register(owner="dora")
        refused(uma.trade(uma.ask((doras, "Condition"), owner="dora")), "request_denied", 403)


class TestNeedInfo:
    @pytest.mark.spec("G-128")
    @pytest.mark.spec("G-129")
    @pytest.mark.spec("G-130")
    @pytest.mark.spec("G-131")
    @pytest.mark.spec("G-132")
    @pytest.mark.spec("HFU-14")
    def test_no_claims_gets_a_new_ticket_and_what_is_missing(self, uma: Uma, condition) -> None:
        uma.policy()
        ticket = uma.ask(condition)
        answer = uma.trade(ticket, None)
        refused(answer, "need_info", 403)
        assert answer.json["ticket"] != ticket
        (claim,) = answer.json["required_claims"]
        assert claim["name"] == "sub"
        assert claim["claim_token_format"] == [ID_TOKEN_FORMAT]
        assert claim["issuer"] == [ISSUER]
        assert uma.trade(answer.json["ticket"]).status_code == 200

    @pytest.mark.spec("G-48")
    @pytest.mark.spec("G-51")
    @pytest.mark.spec("G-200")
    @pytest.mark.spec("G-203")
    @pytest.mark.spec("HU-35")
    @pytest.mark.spec("HU-36")
    @pytest.mark.parametrize(
        "fault",
        [
            "garbage", "format", "other client", "aud", "expired", "foreign key", "azp",
            "two audiences", "access token", "unknown sub", "future", "old iat", "none",
        ],
    )  # fmt: skip
    def test_a_claim_token_that_proves_nothing_is_need_info(
        self, uma: Uma, condition, fault
    ) -> None:
        uma.policy()
        ticket, token, token_format = uma.ask(condition), uma.id_token(), ID_TOKEN_FORMAT
        good = {
            "iss": ISSUER, "sub": self._sub(uma), "aud": ["c1"], "azp": "c1",
            "iat": uma.now, "exp": uma.now + 300,
        }  # fmt: skip
        forged = {
            "azp": good | {"azp": "c2"},
            "aud": good | {"aud": ["c2"]},
            "two audiences": {k: v for k, v in good.items() if k != "azp"} | {"aud": ["c1", "c2"]},
            "unknown sub": good | {"sub": uma.key["bob"]},
            "future": good | {"iat": uma.now + 3000},
            "old iat": good | {"iat": uma.now - 1000},
        }
        if fault in forged:
            with uma.app.app_context():
                token = uma.app.keys.sign("id_token", forged[fault])
        elif fault == "foreign key":
            token = sign("id_token", good, KeySet.generate("ES256"))
        elif fault == "garbage":
            token = "a.b.c"
        elif fault == "none":
            token = "eyJhbGciOiJub25lIn0." + token.split(".")[1] + "."
        elif fault == "format":
            token_format = "https" + ID_TOKEN_FORMAT.removeprefix("http")
        elif fault == "other client":
            token = uma.id_token("bob", "c2")
        elif fault == "access token":
            token = uma.access_token("bob", "c1", "openid")
        elif fault == "expired":
            uma.clock.advance(seconds=299)
            ticket = uma.ask(condition)
            uma.clock.advance(seconds=1)
        answer = uma.trade(ticket, None, claim_token=token, claim_token_format=token_format)
        refused(answer, "need_info", 403)
        assert uma.trade(answer.json["ticket"]).status_code == 200

    def _sub(self, uma: Uma) -> str:
        import base64
        import json

        payload = uma.id_token().split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=="))["sub"])

    def test_a_well_made_token_is_taken(self, uma: Uma, condition) -> None:
        """The control of the forged ones above: only their faults refuse them."""
        uma.policy()
        good = {
            "iss": ISSUER, "sub": self._sub(uma), "aud": ["c1"],
            "iat": uma.now, "exp": uma.now + 300,
        }  # fmt: skip
        with uma.app.app_context():
            token = uma.app.keys.sign("id_token", good)
        form = {"claim_token": token, "claim_token_format": ID_TOKEN_FORMAT}
        assert uma.trade(uma.ask(condition), None, **form).status_code == 200

    @pytest.mark.attack("POL-11")
    def test_a_disabled_person_proves_nothing(self, uma: Uma, condition) -> None:
        from as_server.context import work
        from as_server.sharing.withdrawal import account_disabled

        uma.policy()
        token = uma.id_token()
        with uma.app.test_request_context(method="POST"):
            assert account_disabled(work(), uma.key["bob"]) == [uma.key["bob"]]
            work().commit()
        form = {"claim_token": token, "claim_token_format": ID_TOKEN_FORMAT}
        refused(uma.trade(uma.ask(condition), None, **form), "need_info", 403)

    @pytest.mark.spec("G-55")
    @pytest.mark.attack("TKT-22")
    def test_an_unknown_pct_contributes_nothing_and_tells_nothing(
        self, uma: Uma, condition
    ) -> None:
        uma.policy()
        refused(uma.trade(uma.ask(condition), None, pct="anything"), "need_info", 403)
        assert uma.trade(uma.ask(condition), pct="anything").status_code == 200


class TestScopes:
    @pytest.mark.spec("G-126")
    @pytest.mark.spec("G-59")
    @pytest.mark.attack("TKT-17")
    @pytest.mark.parametrize("scope", ["patient/*.*", "made/up", "sens/PSY made/up", "openid"])
    def test_a_scope_available_nowhere_is_invalid_scope(self, uma: Uma, condition, scope) -> None:
        uma.policy()
        refused(uma.trade(uma.ask(condition), scope=scope), "invalid_scope")

    @pytest.mark.spec("G-126")
    def test_available_on_one_resource_of_several_is_enough(self, uma: Uma, condition) -> None:
        goal = uma.register("Goal")
        uma.policy()
        answer = uma.trade(uma.ask(condition, (goal, "Goal")), scope="patient/Goal.read")
        assert answer.status_code == 200

    @pytest.mark.spec("HFU-19")
    @pytest.mark.attack("BTG-01")
    def test_btg_is_never_granted_by_a_sharing_rule(self, uma: Uma, condition) -> None:
        uma.policy(why=["BTG"])
        answer = uma.trade(uma.ask(condition), scope="btg", purpose_of_use="BTG")
        (permission,) = uma.introspect(answer.json["access_token"])["permissions"]
        assert "btg" not in permission["resource_scopes"]


class TestDenied:
    @pytest.mark.spec("G-137")
    @pytest.mark.spec("HU-38")
    def test_denied_says_nothing_about_rules(self, uma: Uma, condition) -> None:
        uma.policy(effect="deny")
        with_rule = uma.trade(uma.ask(condition))
        refused(with_rule, "request_denied", 403)
        uma.owner_call("DELETE", f"/policy/{pid('a')}")
        without = uma.trade(uma.ask(condition))
        assert without.data == with_rule.data
        events = uma.owner_call("GET", "/activity").json["entries"]
        denied = [entry for entry in events if entry["event"] == "denied"]
        assert [entry["policy"] for entry in denied] == [None, pid("a")]
        assert denied[0]["who"]["name"] == "Dr. Bob Chen"

    def test_a_missing_claim_escapes_no_deny_and_is_asked_for(self, uma: Uma, condition) -> None:
        """Sam has no organization: rules about organizations are read for him all the same."""
        uma.policy("o", who={"organization": "Lakeside"})
        answer = uma.trade(uma.ask(condition), "sam")
        refused(answer, "need_info", 403)
        assert [claim["name"] for claim in answer.json["required_claims"]] == ["organization"]
        uma.policy("s", who={"person": uma.key["sam"]}, what={"everything": True})
        token = uma.rpt(condition, party="sam")["access_token"]
        deny = {"effect": "deny", "what": {"kinds": ["conditions"]}}
        uma.policy("d", who={"organization": "Lakeside"}, **deny)
        assert uma.introspect(token) == {"active": False}
        refused(uma.trade(uma.ask(condition), "sam"), "need_info", 403)
        uma.owner_call("DELETE", f"/policy/{pid('o')}")
        refused(uma.trade(uma.ask(condition), "sam"), "request_denied", 403)

    @pytest.mark.spec("HFU-17")
    def test_a_declared_purpose_restricts(self, uma: Uma, condition) -> None:
        uma.policy(why=["TREAT"])
        refused(uma.trade(uma.ask(condition), purpose_of_use="HRESCH"), "request_denied", 403)
        assert uma.trade(uma.ask(condition), purpose_of_use="TREAT").status_code == 200
        assert uma.trade(uma.ask(condition)).status_code == 200


@pytest.mark.spec("HU-6")
@pytest.mark.spec("G-7")
def test_the_rpt_is_for_the_rs_and_says_nothing_of_permissions(uma: Uma, condition) -> None:
    uma.policy()
    token = uma.rpt(condition)["access_token"]
    claims = uma.app.keys.verify(
        "access_token", token, issuer=ISSUER, audience=RS1, now=uma.clock()
    )
    assert claims["aud"] == [RS1]
    assert set(claims) == {"iss", "azp", "client_id", "aud", "exp", "iat", "jti", "sub"}
    assert keys_of("c1") is not keys_of("c2")
