"""The policy API: rules, their history, the dry run, and the linked records."""

from datetime import timedelta

import pytest

from as_server.models.outcome_change import OutcomeChange
from heart_ground.orm import writing
from heart_uma.rfc3339 import print_moment
from tests.as_server.uma import RS1, RS2, Uma, pid

RECORD = f"{RS1}/r/{'alice':_<22}"


def put(uma: Uma, body, name: str = "a", **kwargs):
    return uma.owner_call("PUT", f"/policy/{pid(name)}", body, **kwargs)


class TestStore:
    def test_create_read_list_replace_end(self, uma: Uma) -> None:
        created = uma.policy(label={"name": "Dr. Bob Chen", "detail": "Family doctor"})
        assert created.status_code == 201
        assert created.headers["Cache-Control"] == "no-store"
        policy = created.json["policy"]
        assert (policy["version"], policy["state"]) == (1, "on")
        assert uma.owner_call("GET", f"/policy/{pid('a')}").json == {"policy": policy}
        assert uma.owner_call("GET", "/policy").json == {"policies": [policy]}
        uma.clock.advance(seconds=1)
        replaced = put(uma, {**policy, "why": ["TREAT"]})
        assert (replaced.status_code, replaced.json["policy"]["version"]) == (200, 2)
        assert replaced.json["policy"]["created"] == policy["created"]
        assert replaced.json["policy"]["updated"] > policy["updated"]
        ended = uma.owner_call("DELETE", f"/policy/{pid('a')}")
        assert (ended.status_code, ended.json["policy"]["state"]) == (200, "ended")
        assert uma.owner_call("DELETE", f"/policy/{pid('a')}").json["policy"]["version"] == 3
        history = uma.owner_call("GET", f"/policy/{pid('a')}/history").json["versions"]
        assert [(v["version"], v["state"], v["by"]) for v in history] == [
            (3, "ended", "c2"),
            (2, "on", "c2"),
            (1, "on", "c2"),
        ]
        assert history[1]["policy"]["why"] == ["TREAT"]

    def test_a_repeated_submit_is_the_same_policy(self, uma: Uma) -> None:
        first, again = uma.policy(), uma.policy()
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json["policy"] == first.json["policy"]

    @pytest.mark.attack("WEB-11")
    def test_a_stale_version_is_a_conflict_and_changes_nothing(self, uma: Uma) -> None:
        policy = uma.policy().json["policy"]
        put(uma, {**policy, "why": ["TREAT"]})
        stale = put(uma, {**policy, "why": ["HRESCH"]})
        assert (stale.status_code, stale.json["error"]) == (409, "version_conflict")
        assert uma.owner_call("GET", f"/policy/{pid('a')}").json["policy"]["why"] == ["TREAT"]

    @pytest.mark.attack("WEB-07")
    def test_a_foreign_id_is_an_unknown_id(self, uma: Uma) -> None:
        uma.policy()
        for method, path in (
            ("GET", f"/policy/{pid('a')}"),
            ("DELETE", f"/policy/{pid('a')}"),
            ("GET", f"/policy/{pid('a')}/history"),
        ):
            foreign = uma.owner_call(method, path, owner="dora")
            unknown = uma.owner_call(method, path.replace(pid("a"), pid("z")), owner="dora")
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.data == unknown.data
        assert uma.owner_call("GET", "/policy", owner="dora").json == {"policies": []}
        # An id is one owner's choice: the same id is free for another, and touches nothing.
        assert put(uma, {"state": "on", "who": {"anyone": True}}, owner="dora").status_code == 201
        assert uma.owner_call("GET", f"/policy/{pid('a')}").json["policy"]["version"] == 1

    @pytest.mark.spec("F-14")
    @pytest.mark.parametrize("scope", ["uma_protection", "openid", "owner"])
    def test_only_a_policy_token_opens_it(self, uma: Uma, scope: str) -> None:
        token = uma.access_token("alice", "c2", scope)
        paths = (
            *("/policy", f"/policy/{pid('a')}", f"/policy/{pid('a')}/history", "/policy/records"),
            *("/people?q=bob", "/people/me", "/requests", "/requests/x", "/activity"),
        )
        for path in paths:
            assert uma.call("GET", path, token).status_code == 403, path
            assert uma.call("GET", path, None).status_code == 401, path
        for method, path in (
            ("PUT", f"/policy/{pid('a')}"),
            ("DELETE", f"/policy/{pid('a')}"),
            ("POST", "/policy/preview"),
            ("POST", "/policy/previews"),
            ("POST", "/requests/x/answer"),
            ("DELETE", "/policy/records?record=x"),
            ("DELETE", "/policy/changed-outcomes"),
        ):
            assert uma.call(method, path, token, {}).status_code == 403, path
            assert uma.call(method, path, None, {}).status_code == 401, path

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({"who": {"person": "nobody"}}, "who.person"),
            ({"who": {"anyone": True, "role": "x"}}, "who"),
            ({"who": {}}, "who"),
            ({"what": {"kinds": ["secrets"]}}, "what.kinds"),
            ({"id": pid("b")}, "id"),
            ({"typo": 1}, "policy"),
            ({"when": {"until": "2026-01-01"}}, "when.until"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, uma: Uma, change, named: str) -> None:
        answer = uma.policy(**change)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
        assert answer.json["error_description"].startswith(f"{named}:")
        assert uma.owner_call("GET", "/policy").json == {"policies": []}

    @pytest.mark.attack("PRO-13")
    def test_only_own_linked_records_can_be_named(self, uma: Uma) -> None:
        uma.register()
        uma.register(owner="dora")
        doras = f"{RS1}/r/{'dora':_<22}/Condition/x"
        mine = f"{RECORD}/Condition/x"
        for listed in ([mine, doras], [doras, mine]):
            answer = uma.policy(what={"records": {"include": listed, "exclude": []}})
            assert answer.status_code == 400
        for places in ([f"{RS1}/r/{'dora':_<22}"], [RECORD, f"{RS1}/r/{'dora':_<22}"]):
            answer = uma.policy(what={"kinds": ["conditions"], "places": places})
            assert answer.json["error_description"].startswith("what.places:")
        stored = uma.policy(
            what={"records": {"include": [mine], "exclude": []}, "places": [RECORD]}
        ).json["policy"]
        assert stored["what"]["places"] == [RECORD]
        # A rule that already names a record can still be changed when the record is unlinked.
        uma.owner_call("DELETE", f"/policy/records?record={RECORD}")
        uma.pats.clear()
        assert put(uma, {**stored, "state": "paused"}).status_code == 200

    def test_the_default_word_fits_the_person(self, uma: Uma) -> None:
        assert uma.policy().json["policy"]["tell"]["level"] == "kinds"
        sams = uma.policy("s", who={"person": uma.key["sam"]})
        assert sams.json["policy"]["tell"]["level"] == "neutral"
        said = uma.policy("t", tell={"level": "neutral", "note": "Call me."})
        assert said.json["policy"]["tell"] == {"level": "neutral", "note": "Call me."}

    @pytest.mark.parametrize("body", [b"", b"[]", b'{"state":"on","state":"on"}', b'{"why":NaN}'])
    def test_json_is_read_strictly(self, uma: Uma, body: bytes) -> None:
        uma.owner_call("GET", "/policy")
        headers = {"Authorization": f"Bearer {uma.pats['alice', 'policy']}"}
        answer = uma.wire.put(
            f"/policy/{pid('a')}", data=body, headers=headers, content_type="application/json"
        )
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


class TestPreview:
    def preview(self, uma: Uma, **body):
        answer = uma.owner_call("POST", "/policy/preview", body)
        assert answer.status_code == 200, answer.text
        # Asked with others it is answered alike.
        many = uma.owner_call("POST", "/policy/previews", {"previews": [{}, body, body]})
        assert [one.get("preview") for one in many.json["previews"]] == [None, *[answer.json] * 2]
        return answer.json

    def draft(self, uma: Uma, **members):
        return {"state": "draft", "who": {"person": uma.key["bob"]}} | members

    def test_a_draft_shows_exactly_what_introspection_would(self, uma: Uma) -> None:
        condition, goal = uma.register(), uma.register("Goal", rs="rs2")
        uma.policy("p", who={"role": "family_doctor"}, what={"kinds": ["plans"]})
        uma.policy("d", effect="deny", who={"anyone": True}, what={"topics": ["HIV"]})
        what = {"kinds": ["conditions"], "topics": ["PSY"]}
        shown = self.preview(uma, policy=self.draft(uma, id=pid("new"), what=what))
        assert shown["party"]["name"] == "Dr. Bob Chen"
        assert shown["told"] == {"level": "kinds", "note": None}
        assert [(r["record"], r["rs"]) for r in shown["records"]] == [
            (RECORD, "Name of rs1"),
            (f"{RS2}/r/{'alice':_<22}", "Name of rs2"),
        ]
        # Nothing was stored, and no rule was changed by looking.
        assert len(uma.owner_call("GET", "/policy").json["policies"]) == 2
        uma.policy("new", what=what)
        tokens = [
            (uma.rpt((condition, "Condition")), "rs1"),
            (uma.rpt((goal, "Goal"), rs="rs2"), "rs2"),
        ]
        for (body, rs), record in zip(tokens, shown["records"], strict=True):
            real = uma.introspect(body["access_token"], rs=rs)
            assert record["permissions"] == real["permissions"]
            assert record["tell"] == real["heart_uma_tell"]
        party = self.preview(uma, party={"person": uma.key["bob"]})
        assert party["records"] == shown["records"]

    def test_the_draft_stands_instead_of_the_stored_one(self, uma: Uma) -> None:
        uma.register()
        uma.policy("a")
        narrower = self.draft(uma, what={"kinds": ["allergies"]})
        for body in (
            {"policy": narrower | {"id": pid("a")}},
            {"policy": narrower, "instead_of": pid("a")},
        ):
            assert self.preview(uma, **body)["records"][0]["permissions"] == []
        assert self.preview(uma, policy=narrower)["records"][0]["permissions"] != []

    @pytest.mark.fault("6.1")
    @pytest.mark.parametrize("withheld", [{"effect": "deny"}, {"ask_me": True}])
    def test_a_party_without_a_rule_shows_what_ending_it_opens(self, uma: Uma, withheld) -> None:
        uma.register()
        uma.policy("a")
        uma.policy("d", **withheld)
        party = {"person": uma.key["bob"]}
        assert self.preview(uma, party=party)["records"][0]["permissions"] == []
        opened = self.preview(uma, party=party, without=pid("d"))
        assert opened["records"][0]["permissions"] != []
        other = self.preview(uma, party=party, without=pid("a"))
        assert other["records"][0]["permissions"] == []
        # Looking ends nothing.
        assert self.preview(uma, party=party)["records"][0]["permissions"] == []

    def test_a_draft_counts_as_on_now(self, uma: Uma) -> None:
        uma.register()
        later = print_moment(uma.clock() + timedelta(days=1))
        for members in ({"state": "paused"}, {"when": {"from": later, "until": None}}):
            draft = self.draft(uma, what={"everything": True}, **members)
            assert self.preview(uma, policy=draft)["records"][0]["permissions"] != []

    @pytest.mark.parametrize(
        ("who", "seen"),
        [
            ({"role": "family_doctor"}, True),
            ({"organization": "Lakeside"}, False),
            ({"anyone": True}, False),
        ],
    )
    def test_somebody_of_a_role_alone_is_promised_no_more_than_that(
        self, uma: Uma, who, seen: bool
    ) -> None:
        uma.register()
        uma.policy("p", who={"role": "family_doctor"})
        found = self.preview(uma, party=who)["records"][0]["permissions"]
        assert bool(found) is seen
        uma.policy(
            "d", effect="deny", who={"organization": "Nowhere"}, what={"kinds": ["conditions"]}
        )
        assert self.preview(uma, party={"role": "family_doctor"})["records"][0]["permissions"] == []

    def test_an_ask_me_draft_gives_nothing_yet(self, uma: Uma) -> None:
        uma.register()
        draft = self.draft(uma, ask_me=True, what={"everything": True})
        assert self.preview(uma, policy=draft)["records"][0]["permissions"] == []

    @pytest.mark.parametrize(
        "body",
        [{}, {"policy": {}, "party": {}}, {"policy": {}}, {"policy": []}, {"party": {}},
         {"party": {"person": "x"}}, {"party": []}, {"policy": {"who": 1}}],
    )  # fmt: skip
    def test_a_preview_needs_somebody(self, uma: Uma, body) -> None:
        answer = uma.owner_call("POST", "/policy/preview", body)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")

    def test_of_several_one_that_names_nobody_hides_no_other(self, uma: Uma) -> None:
        uma.register()
        uma.policy("a")
        nobody, bob = {"party": {"person": "x"}}, {"party": {"person": uma.key["bob"]}}
        found = uma.owner_call("POST", "/policy/previews", {"previews": [nobody, bob]}).json
        assert found["previews"][0]["error"] == "invalid_request"
        assert found["previews"][1]["preview"]["records"][0]["permissions"] != []
        # Another owner's rules are not among those that are tried.
        others = uma.owner_call("POST", "/policy/previews", {"previews": [bob]}, owner="dora").json
        assert others["previews"][0]["preview"]["records"] == []

    @pytest.mark.parametrize(
        "body",
        [{}, {"previews": {}}, {"previews": [1]}, {"previews": [{"party": {}, "x": 1}]},
         {"previews": [{}] * 101}],
    )  # fmt: skip
    def test_several_previews_are_bounded_and_read_strictly(self, uma: Uma, body) -> None:
        answer = uma.owner_call("POST", "/policy/previews", body)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
        assert uma.owner_call("POST", "/policy/previews", {"previews": []}).json["previews"] == []


def test_what_an_upgrade_narrowed_is_listed_until_its_owner_has_seen_it(uma: Uma) -> None:
    with writing(uma.app.engine) as db:
        for owner in ("alice", "dora"):
            db.add(OutcomeChange(owner=uma.key[owner], policy=pid("a"), withheld_by=pid("d")))
    change = {"policy": pid("a"), "withheld_by": pid("d")}
    assert uma.owner_call("GET", "/policy").json["changed_outcomes"] == [change]
    assert uma.owner_call("DELETE", "/policy/changed-outcomes").status_code == 204
    assert "changed_outcomes" not in uma.owner_call("GET", "/policy").json
    assert uma.owner_call("GET", "/policy", owner="dora").json["changed_outcomes"] == [change]


def test_records_lists_what_is_linked(uma: Uma) -> None:
    condition = uma.register()
    uma.register(owner="dora")
    records = uma.owner_call("GET", "/policy/records").json["records"]
    assert records == [
        {
            "record": RECORD,
            "rs": "Name of rs1",
            "rs_base": RS1,
            "client_id": "rs1",
            "resources": [
                {"_id": condition, "type": "Condition", "kind": "conditions", "name": "Condition"}
            ],
        }
    ]
    doras = f"{RS1}/r/{'dora':_<22}"
    foreign = uma.owner_call("DELETE", f"/policy/records?record={doras}")
    unknown = uma.owner_call("DELETE", "/policy/records?record=x")
    nothing = uma.owner_call("DELETE", "/policy/records")
    assert foreign.status_code == unknown.status_code == nothing.status_code == 404
    assert foreign.data == unknown.data
    assert len(uma.owner_call("GET", "/policy/records", owner="dora").json["records"]) == 1
