"""Grant 3.3.5.1 and 3.6: upgrading and refreshing an RPT."""

import pytest
from sqlalchemy import update

from as_server.housekeeping import purge
from as_server.models.client import Client
from as_server.settings import AsSettings
from heart_ground.orm import writing
from heart_uma.jose import KeySet, peek
from tests.as_server.uma import RS1, Uma, pid
from tests.conftest import Clock


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


@pytest.fixture
def allergy(uma: Uma) -> tuple[str, str]:
    return uma.register("AllergyIntolerance"), "AllergyIntolerance"


class TestUpgrade:
    @pytest.mark.spec("G-110")
    @pytest.mark.spec("G-116")
    @pytest.mark.spec("G-117")
    @pytest.mark.spec("HU-43")
    def test_the_union_and_the_old_one_is_revoked(self, uma: Uma, condition, allergy) -> None:
        uma.policy()
        old = uma.rpt(condition)
        new = uma.rpt(allergy, rpt=old["access_token"])
        assert new["upgraded"] is True
        assert uma.permitted(new["access_token"]) == {condition[0], allergy[0]}
        assert uma.introspect(old["access_token"]) == {"active": False}
        assert uma.refresh(old["refresh_token"]).status_code == 400

    @pytest.mark.spec("G-56")
    def test_an_expired_rpt_is_no_error_and_is_carried_over(
        self, uma: Uma, condition, allergy
    ) -> None:
        uma.policy()
        old = uma.rpt(condition)["access_token"]
        uma.clock.advance(minutes=6)
        new = uma.rpt(allergy, rpt=old)
        assert new["upgraded"] is True
        assert uma.permitted(new["access_token"]) == {condition[0], allergy[0]}

    @pytest.mark.spec("G-56")
    @pytest.mark.spec("G-121")
    def test_an_rpt_whose_grant_has_ended_is_no_error_and_brings_nothing(
        self, uma: Uma, condition, allergy
    ) -> None:
        uma.policy()
        uma.without_refresh()
        old = uma.rpt(condition)["access_token"]
        uma.clock.advance(minutes=6)
        new = uma.rpt(allergy, rpt=old)
        assert "upgraded" not in new
        assert uma.permitted(new["access_token"]) == {allergy[0]}

    @pytest.mark.spec("G-57")
    @pytest.mark.attack("TKT-20")
    def test_unknown_foreign_revoked_or_no_rpt_is_invalid_grant(
        self, uma: Uma, condition, allergy
    ) -> None:
        uma.policy()
        foreign = uma.rpt(condition, client_id="c2")["access_token"]
        mine = uma.rpt(condition)
        revoked = uma.rpt(condition)["access_token"]
        uma.wire.post("/revoke", data=uma.proof() | {"token": revoked})
        for value in ("unknown", foreign, revoked, mine["refresh_token"], uma.pat(), "x" * 20_000):
            answer = uma.trade(uma.ask(allergy), rpt=value)
            assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
        assert uma.permitted(foreign) == {condition[0]}

    @pytest.mark.spec("G-120")
    @pytest.mark.spec("G-111")
    @pytest.mark.parametrize("other", [{"owner": "dora"}, {"rs": "rs2"}])
    def test_another_owner_or_rs_gets_an_rpt_of_its_own(self, uma: Uma, condition, other) -> None:
        uma.policy()
        uma.policy(owner="dora")
        old = uma.rpt(condition)["access_token"]
        there = uma.register(**other)
        new = uma.rpt((there, "Condition"), rpt=old, **other)
        assert "upgraded" not in new
        assert uma.permitted(new["access_token"], **other) == {there}
        assert uma.permitted(old) == {condition[0]}

    @pytest.mark.spec("G-120")
    def test_another_person_gets_an_rpt_of_his_own(self, uma: Uma, condition, allergy) -> None:
        uma.policy()
        uma.policy("s", who={"person": uma.key["sam"]}, what={"kinds": ["allergies"]})
        old = uma.rpt(condition)["access_token"]
        new = uma.rpt(allergy, rpt=old, party="sam")
        assert "upgraded" not in new
        assert uma.permitted(new["access_token"]) == {allergy[0]}

    @pytest.mark.spec("G-121")
    def test_nothing_withdrawn_comes_back(self, uma: Uma, condition, allergy) -> None:
        uma.policy("a", what={"kinds": ["conditions"]})
        uma.policy("b", what={"kinds": ["allergies"]})
        old = uma.rpt(condition, allergy)["access_token"]
        stopped = uma.owner_call("DELETE", f"/policy/{pid('a')}").json["policy"]
        uma.owner_call("PUT", f"/policy/{pid('a')}", {**stopped, "state": "on"})
        new = uma.rpt(allergy, rpt=old)["access_token"]
        assert uma.permitted(new) == {allergy[0]}

    @pytest.mark.spec("G-121")
    def test_a_purpose_is_asked_again_for_what_is_carried_over(
        self, uma: Uma, condition, allergy
    ) -> None:
        uma.policy("a", what={"kinds": ["conditions"]}, why=["TREAT"])
        uma.policy("b", what={"kinds": ["allergies"]}, why=["HRESCH"])
        old = uma.rpt(condition, purpose_of_use="TREAT")["access_token"]
        new = uma.rpt(allergy, rpt=old, purpose_of_use="HRESCH")["access_token"]
        assert uma.permitted(new) == {allergy[0]}
        # What the upgrade did not give, a wider rule does not give it later.
        uma.policy("a", what={"kinds": ["conditions"]}, why=["HRESCH", "TREAT"], version=1)
        assert uma.permitted(new) == {allergy[0]}


class TestRefresh:
    @pytest.mark.spec("G-153")
    @pytest.mark.spec("G-155")
    @pytest.mark.spec("G-157")
    @pytest.mark.spec("HU-44")
    def test_a_refresh_never_assesses_and_never_widens(self, uma: Uma, condition, allergy) -> None:
        uma.policy(what={"kinds": ["conditions"]})
        first = uma.rpt(condition, allergy)
        uma.policy(what={"kinds": ["conditions", "allergies"]}, version=1)
        answer = uma.refresh(first["refresh_token"])
        assert answer.status_code == 200
        assert uma.permitted(answer.json["access_token"]) == {condition[0]}

    @pytest.mark.spec("G-155")
    def test_while_paused_a_refresh_works_and_is_worth_nothing(self, uma: Uma, condition) -> None:
        uma.policy()
        first = uma.rpt(condition)
        uma.policy(state="paused", version=1)
        second = uma.refresh(first["refresh_token"])
        assert second.status_code == 200
        assert uma.introspect(second.json["access_token"]) == {"active": False}
        uma.policy(state="on", version=2)
        assert uma.permitted(second.json["access_token"]) == {condition[0]}

    @pytest.mark.spec("G-156")
    @pytest.mark.spec("G-205")
    @pytest.mark.attack("POL-07")
    def test_a_stop_kills_the_refresh_token(self, uma: Uma, condition) -> None:
        uma.policy()
        first = uma.rpt(condition)
        uma.owner_call("DELETE", f"/policy/{pid('a')}")
        answer = uma.refresh(first["refresh_token"])
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")

    @pytest.mark.attack("POL-08")
    def test_a_refreshed_rpt_is_worth_what_a_narrower_policy_left(
        self, uma: Uma, condition
    ) -> None:
        uma.policy(what={"everything": True, "topics": ["PSY"]})
        first = uma.rpt(condition)
        uma.policy(what={"everything": True}, version=1)
        uma.policy(what={"everything": True, "topics": ["PSY"]}, version=2)
        second = uma.refresh(first["refresh_token"]).json["access_token"]
        (permission,) = uma.introspect(second)["permissions"]
        assert permission["resource_scopes"] == ["conf/N", "patient/Condition.read"]

    @pytest.mark.spec("G-158")
    def test_a_refresh_token_is_its_clients_own(self, uma: Uma, condition) -> None:
        uma.policy()
        first = uma.rpt(condition)
        assert uma.refresh(first["refresh_token"], "c2").status_code == 400
        assert uma.refresh(first["refresh_token"]).status_code == 200

    @pytest.mark.fault("2.16")
    def test_a_refreshed_rpt_is_for_the_same_server_however_late(
        self, as_settings: AsSettings, clock: Clock
    ) -> None:
        """The first RPT of the grant is forgotten by then; an operator may let a family live on."""
        three_days = {"refresh_token_lifetime": 3 * 86_400, "signing_algorithm": "ES256"}
        uma = Uma(as_settings.model_copy(update=three_days), clock, KeySet.generate("ES256"))
        condition = uma.register(), "Condition"
        uma.policy()
        body = uma.rpt(condition)
        clock.advance(days=2, hours=1)
        uma.pats.clear()
        with writing(uma.app.engine) as db:
            purge(db, uma.now)
        answer = uma.refresh(body["refresh_token"])
        assert answer.status_code == 200
        assert peek(answer.json["access_token"])[1]["aud"] == [RS1]
        assert uma.permitted(answer.json["access_token"]) == {condition[0]}

    def test_nothing_is_refreshed_for_a_server_that_may_act_no_more(
        self, uma: Uma, condition
    ) -> None:
        uma.policy()
        body = uma.rpt(condition)
        with uma.app.engine.begin() as connection:
            connection.execute(
                update(Client).where(Client.client_id == "rs1").values(disabled=True)
            )
        assert uma.refresh(body["refresh_token"]).json["error"] == "invalid_grant"
