"""assess: the policy language, one promise a test (Grant 3.3.4, DESIGN policy semantics)."""

from datetime import timedelta

import pytest

from as_server.policy.assessment import assess
from as_server.policy.model import (
    Granted,
    NeedInfo,
    Party,
    RequestDenied,
    RequestSubmitted,
)
from heart_uma.resources import Limits
from tests.as_server.policy.shorthand import (
    BOB,
    NOW,
    SAM,
    ask,
    granted,
    resource,
    rule,
    url,
)

READ = "patient/Condition.read"
WRITE = "patient/Condition.write"


@pytest.mark.spec("G-198")
@pytest.mark.attack("POL-01")
@pytest.mark.parametrize(
    "policies",
    [
        [],
        [rule("p", "nobody", everything=True)],
        [rule("p", everything=True, state="draft")],
        [rule("p", everything=True, state="ended")],
        [rule("p", everything=True, state="paused")],
        [rule("p")],
        [rule("p", topics=["PSY"])],
        [rule("p", kinds=["medicines"])],
    ],
)
def test_default_deny(policies):
    assert isinstance(assess(ask(), policies, NOW), RequestDenied)


@pytest.mark.parametrize("who", ["person", "role", "organization", "anyone"])
def test_each_way_of_naming_the_party_grants(who):
    assert granted(ask(), rule("p", who, kinds=["conditions"])) == {
        ("Condition-conditions", "p"): frozenset({READ, "conf/N"})
    }


@pytest.mark.attack("POL-05")
@pytest.mark.parametrize(
    "party",
    [
        Party("bob2", "family_doctors", "cedar"),
        Party("Bob", "Family_doctor", "Cedar "),
        Party("", "", ""),
        Party("x"),
    ],
)
@pytest.mark.parametrize("who", ["person", "role", "organization"])
def test_claims_match_exactly_or_not_at_all(party, who):
    assert not granted(ask(party=party), rule("p", who, everything=True))


@pytest.mark.attack("POL-04")
@pytest.mark.parametrize(
    ("members", "live"),
    [
        ({"end": NOW + timedelta(seconds=1)}, True),
        ({"end": NOW}, False),
        ({"start": NOW}, True),
        ({"start": NOW + timedelta(seconds=1)}, False),
        ({"state": "paused", "paused_until": NOW}, True),
        ({"state": "paused", "paused_until": NOW + timedelta(seconds=1)}, False),
    ],
)
def test_a_policy_counts_only_inside_its_dates(members, live):
    assert bool(granted(ask(), rule("p", everything=True, **members))) is live


LADDER = ["anyone", "organization", "role", "person"]


def is_within(permit_who: str, deny_who: str) -> bool:
    """Bob is proven to be of the role and of the organization; neither is a part of the other."""
    return deny_who in (permit_who, "anyone") or permit_who == "person"


@pytest.mark.fault("6.1")
@pytest.mark.parametrize("permit_who", LADDER)
@pytest.mark.parametrize("deny_who", LADDER)
@pytest.mark.parametrize("permit_what", ["everything", "kind"])
@pytest.mark.parametrize("deny_what", ["everything", "kind"])
def test_a_deny_beats_all_but_its_own_and_then_what_comes_before_who(
    permit_who, deny_who, permit_what, deny_what
):
    what = {"everything": {"everything": True}, "kind": {"kinds": ["conditions"]}}
    permit = rule("p", permit_who, **what[permit_what])
    deny = rule("d", deny_who, effect="deny", **what[deny_what])
    rank = ["everything", "kind"].index
    permit_rank = (rank(permit_what), LADDER.index(permit_who))
    deny_rank = (rank(deny_what), LADDER.index(deny_who))
    closer = permit_rank > deny_rank
    assert bool(granted(ask(), permit, deny)) is (is_within(permit_who, deny_who) and closer)
    # "Ask me first" restricts by the same ladder, and on a tie, but beats nothing at any level.
    asking = rule("a", deny_who, ask_me=True, **what[deny_what])
    assert bool(granted(ask(), permit, asking)) is closer


@pytest.mark.fault("6.1")
@pytest.mark.parametrize("deny_who", LADDER)
@pytest.mark.parametrize("permit_who", LADDER)
@pytest.mark.parametrize("what", [{"everything": True}, {"kinds": ["conditions"]}])
def test_a_deny_beats_a_named_record_of_who_is_not_within_it(permit_who, deny_who, what):
    permit = rule("p", permit_who, include=(url("Condition/c"),))
    deny = rule("d", deny_who, effect="deny", **what)
    assert bool(granted(ask(), permit, deny)) is is_within(permit_who, deny_who)


@pytest.mark.fault("6.1")
@pytest.mark.parametrize("deny_who", LADDER)
@pytest.mark.parametrize("permit_who", LADDER)
def test_a_denied_topic_stays_closed_in_a_named_record(permit_who, deny_who):
    """Which record carries the topic is known to the resource server: it looks at the labels."""
    named = frozenset({"Condition/c"})
    permit = rule("p", permit_who, include=(url("Condition/c"),))
    deny = rule("d", deny_who, effect="deny", topics=["PSY"])
    found = assess(ask(), [permit, deny], NOW)
    assert isinstance(found, Granted)
    also = named if is_within(permit_who, deny_who) else frozenset()
    assert found.entries[0].limits == Limits(named, also)
    assert "sens/PSY" not in found.entries[0].scopes


@pytest.mark.parametrize("claim", ["role", "organization"])
def test_a_permit_for_this_very_person_is_weighed_by_the_ladder_whatever_they_say(claim):
    deny = rule("d", claim, effect="deny", everything=True)
    for party in (BOB, Party("bob")):
        assert granted(ask(party=party), rule("p", "person", kinds=["conditions"]), deny)
    closer = rule("d", claim, effect="deny", kinds=["conditions"])
    assert not granted(ask(party=Party("bob")), rule("p", "person", everything=True), closer)


@pytest.mark.parametrize("permit_who", LADDER)
@pytest.mark.parametrize("deny_who", LADDER)
def test_a_topic_deny_closes_the_topic_unless_the_permit_is_closer(permit_who, deny_who):
    permit = rule("p", permit_who, kinds=["conditions"], topics=["PSY", "HIV"])
    deny = rule("d", deny_who, effect="deny", topics=["PSY"])
    scopes = granted(ask(), permit, deny)["Condition-conditions", "p"]
    closer = LADDER.index(permit_who) > LADDER.index(deny_who)
    assert ("sens/PSY" in scopes) is (is_within(permit_who, deny_who) and closer)
    assert scopes >= {READ, "conf/N", "sens/HIV"}


def test_topics_lift_only_within_their_permit():
    given = granted(
        ask(resource(), resource("MedicationRequest")),
        rule("p", kinds=["conditions"], topics=["PSY", "private"]),
        rule("q", everything=True),
    )
    assert given["Condition-conditions", "p"] == {READ, "conf/N", "conf/R", "sens/PSY"}
    assert given["Condition-conditions", "q"] == {READ, "conf/N"}
    assert given["MedicationRequest-medicines", "q"] == {"patient/MedicationRequest.read", "conf/N"}
    assert ("MedicationRequest-medicines", "p") not in given


def test_closing_private_closes_secret_which_reaches_it():
    permit = rule("p", everything=True, topics=["private", "secret"])
    deny = rule("d", effect="deny", topics=["private"])
    assert granted(ask(), permit, deny)["Condition-conditions", "p"] == {READ, "conf/N"}


@pytest.mark.parametrize("who", ["role", "organization"])
def test_a_deny_on_an_absent_claim_matches_and_a_permit_does_not(who):
    nothing_said = Party("bob")
    permit = rule("p", "person", everything=True)
    deny = rule("d", who, effect="deny", kinds=["conditions"])
    other = Party("bob", role="nurse", organization="Lakeside")
    assert granted(ask(party=other), permit, deny)
    assert not granted(ask(party=nothing_said), permit, deny)
    assert not granted(ask(party=nothing_said), rule("p", who, everything=True))
    # An ask-me rule withholds on an absent claim too, or saying less would give more.
    asking = rule("a", who, ask_me=True, kinds=["conditions"])
    assert granted(ask(party=other), permit, asking)
    assert not granted(ask(party=nothing_said), permit, asking)


@pytest.mark.spec("HFU-17")
@pytest.mark.spec("HFU-18")
@pytest.mark.parametrize(
    ("why", "declared", "matches"),
    [
        (("TREAT",), None, True),
        (("TREAT",), "TREAT", True),
        (("TREAT",), "CAREMGT", True),
        (("TREAT",), "HRESCH", False),
        (("TREAT",), "BTG", False),
        (("TREAT",), "ETREAT", False),
        (("ETREAT",), "BTG", True),
        (("ETREAT", "TREAT"), None, True),
        ((), "HPAYMT", True),
        ((), "BTG", False),
        (("HRESCH", "TREAT"), "HRESCH", True),
        (("HRESCH",), "TREAT", False),
        (("TREAT",), "treat", False),
    ],
)
def test_a_declared_purpose_only_restricts(why, declared, matches):
    request = ask(purpose=declared)
    assert bool(granted(request, rule("p", everything=True, why=why))) is matches


@pytest.mark.spec("HFU-17")
def test_who_has_to_say_why_is_asked_before_the_owner_is():
    permit = rule("p", everything=True, why=("TREAT",), say_why=True)
    silent, rest = ask(), rule("r", who="anyone", everything=True, ask_me=True)
    for rules in ([permit], [permit, rest]):
        assert assess(silent, rules, NOW) == NeedInfo(("purpose_of_use",))
    assert granted(ask(purpose="TREAT"), permit)
    assert not granted(ask(purpose="HRESCH"), permit)
    # Nothing is asked in vain: of somebody else, of what the rule does not reach or is denied.
    elsewhere = rule("p", kinds=["allergies"], say_why=True)
    deny = rule("d", effect="deny", everything=True)
    assert isinstance(assess(ask(party=SAM), [permit], NOW), RequestDenied)
    assert isinstance(assess(silent, [elsewhere], NOW), RequestDenied)
    assert isinstance(assess(silent, [permit, deny], NOW), RequestDenied)
    # A deny for one purpose may not be about the one that is said.
    for_research = rule("d", effect="deny", everything=True, why=("HRESCH",))
    assert assess(silent, [permit, for_research], NOW) == NeedInfo(("purpose_of_use",))
    # What another rule gives is given.
    assert granted(silent, permit, rule("q", everything=True))


@pytest.mark.fault("2.11")
@pytest.mark.parametrize("why", [("ETREAT",), ("BTG",), ("ERTREAT",), ("BTG", "ETREAT")])
@pytest.mark.parametrize("declared", [None, "TREAT", "HRESCH"])
def test_an_emergency_has_to_be_declared(why, declared):
    assert not granted(ask(purpose=declared), rule("p", everything=True, why=why))
    assert granted(ask(purpose=why[0]), rule("p", everything=True, why=why))
    # What withholds in emergencies withholds from who says nothing too.
    deny = rule("d", effect="deny", everything=True, why=why)
    assert bool(granted(ask(purpose=declared), rule("q", everything=True), deny)) is bool(declared)


@pytest.mark.parametrize(
    ("declared", "stands"),
    [(None, False), ("TREAT", True), ("HRESCH", False), ("HPAYMT", True)],
)
def test_a_deny_for_a_purpose_applies_to_it_and_to_silence(declared, stands):
    permit = rule("p", everything=True)
    deny = rule("d", effect="deny", everything=True, why=("HRESCH",))
    assert bool(granted(ask(purpose=declared), permit, deny)) is stands


def test_a_deny_without_purposes_covers_emergencies():
    permit = rule("p", everything=True, why=("BTG",))
    assert granted(ask(purpose="BTG"), permit)
    assert not granted(ask(purpose="BTG"), permit, rule("d", effect="deny", everything=True))


@pytest.mark.spec("G-90")
@pytest.mark.spec("G-95")
@pytest.mark.spec("HU-39")
def test_partial_grants_are_per_resource():
    request = ask(resource(), resource("MedicationRequest"))
    found = assess(request, [rule("p", kinds=["conditions"])], NOW)
    assert isinstance(found, Granted)
    assert [entry.resource_id for entry in found.entries] == ["Condition-conditions"]


@pytest.mark.parametrize(
    ("access", "write", "scopes"),
    [
        ("read", False, {READ}),
        ("read", True, {READ}),
        ("write", False, None),
        ("write", True, {WRITE}),
        ("*", False, None),
        ("*", True, {"patient/Condition.*"}),
    ],
)
def test_writing_has_to_be_said(access, write, scopes):
    given = granted(ask(resource(access=access)), rule("p", everything=True, write=write))
    if scopes is None:
        assert given == {}
    else:
        assert given["Condition-conditions", "p"] == scopes | {"conf/N"}


@pytest.mark.spec("G-89")
@pytest.mark.spec("G-93")
@pytest.mark.spec("G-96")
def test_requested_scopes_enter_only_where_the_resource_offers_them():
    bare = resource(asked=frozenset({READ}))
    permit = rule("p", everything=True, topics=["PSY"])
    assert granted(ask(bare), permit)["Condition-conditions", "p"] == {READ}
    dynamic = ask(bare, requested_scopes=frozenset({"sens/PSY", "sens/NONE", "patient/Goal.read"}))
    assert granted(dynamic, permit)["Condition-conditions", "p"] == {READ, "sens/PSY"}


@pytest.mark.spec("G-100")
def test_a_scope_no_longer_registered_is_not_granted():
    gone = resource()._replace(registered=frozenset({READ}))
    assert granted(ask(gone), rule("p", everything=True, topics=["PSY"])) == {
        ("Condition-conditions", "p"): frozenset({READ})
    }


@pytest.mark.spec("G-97")
@pytest.mark.attack("TKT-19")
def test_a_ticket_without_scopes_gives_a_permission_without_scopes():
    empty = ask(resource(asked=frozenset()))
    assert granted(empty, rule("p", everything=True)) == {
        ("Condition-conditions", "p"): frozenset()
    }
    assert isinstance(assess(empty, [], NOW), RequestDenied)


class TestNamedRecords:
    def limits(self, *policies, request=None):
        found = assess(request or ask(), policies, NOW)
        return [entry.limits for entry in found.entries] if isinstance(found, Granted) else None

    def test_only_the_named_records_of_this_place(self):
        permit = rule(
            "p",
            include=(
                url("Condition/a"),
                url("Goal/g"),
                "https://rs.test/fhir/r/other/Condition/x",
            ),
        )
        only = frozenset({"Condition/a"})
        assert self.limits(permit) == [Limits(only, only)]
        assert self.limits(permit, request=ask(resource("MedicationRequest"))) is None

    def test_named_with_kinds_become_also_and_excluded_become_except(self):
        permit = rule(
            "p",
            kinds=["conditions"],
            include=(url("Condition/a"), url("Condition/b")),
            exclude=(url("Condition/b"), url("Condition/c")),
            since="2020-01-01",
            until="2025-12-31",
        )
        expected = Limits(
            None,
            frozenset({"Condition/a"}),
            frozenset({"Condition/b", "Condition/c"}),
            "2020-01-01",
            "2025-12-31",
        )
        assert self.limits(permit) == [expected]

    def test_an_exclusion_limits_its_own_permit_only(self):
        hidden = rule("p", kinds=["conditions"], exclude=(url("Condition/c"),))
        assert None in self.limits(hidden, rule("q", "role", kinds=["conditions"]))

    def test_a_deny_that_names_a_record_beats_any_kind(self):
        deny = rule("d", "anyone", effect="deny", include=(url("Condition/c"),))
        assert self.limits(rule("p", kinds=["conditions"]), deny) == [
            Limits(None, frozenset(), frozenset({"Condition/c"}))
        ]

    @pytest.mark.parametrize("permit_who", LADDER)
    @pytest.mark.parametrize("deny_who", LADDER)
    def test_two_that_name_one_record_are_weighed_by_who(self, permit_who, deny_who):
        permit = rule("p", permit_who, include=(url("Condition/c"),))
        deny = rule("d", deny_who, effect="deny", include=(url("Condition/c"),))
        closer = LADDER.index(permit_who) > LADDER.index(deny_who)
        stands = is_within(permit_who, deny_who) and closer
        assert (self.limits(permit, deny) is not None) is stands
        both = rule("p", permit_who, kinds=["conditions"], include=(url("Condition/c"),))
        named = frozenset({"Condition/c"})
        expected = Limits(None, named) if stands else Limits(None, frozenset(), named)
        assert self.limits(both, deny) == [expected]

    def test_a_named_record_survives_a_denied_kind(self):
        permit = rule("p", kinds=["conditions"], include=(url("Condition/c"),))
        deny = rule("d", effect="deny", kinds=["conditions"])
        named = frozenset({"Condition/c"})
        assert self.limits(permit, deny) == [Limits(named, named)]

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"include": (url("Condition/c"),)}, None),
            ({"kinds": ["conditions"], "since": "2020-01-01"}, None),
            ({"kinds": ["conditions"], "exclude": (url("Condition/c"),)}, None),
            ({"kinds": ["conditions"], "include": (url("Condition/c"),)}, [None]),
            ({"kinds": ["conditions"]}, [None]),
        ],
    )
    def test_an_rs_without_limits_gets_no_permission_that_needs_them(self, members, expected):
        request = ask(limits_supported=False)
        assert self.limits(rule("p", **members), request=request) == expected


class TestOutcomes:
    def test_no_claims_need_info_only_if_a_policy_could_grant(self):
        nobody = ask(party=None)
        for who in LADDER:
            assert assess(nobody, [rule("p", who, everything=True)], NOW) == NeedInfo(("sub",))
            assert assess(nobody, [rule("p", who, everything=True, ask_me=True)], NOW) == NeedInfo(
                ("sub",)
            )
        assert isinstance(assess(nobody, [], NOW), RequestDenied)
        assert isinstance(assess(nobody, [rule("p", kinds=["bills"])], NOW), RequestDenied)
        denied = [
            rule("p", everything=True),
            rule("d", "anyone", effect="deny", kinds=["conditions"]),
        ]
        assert isinstance(assess(nobody, denied, NOW), RequestDenied)
        writing = ask(resource(access="write"), party=None)
        assert isinstance(assess(writing, [rule("p", everything=True)], NOW), RequestDenied)

    def test_need_info_lists_exactly_the_unmatched_claims(self):
        policies = [rule("p", "role", everything=True), rule("q", "organization", everything=True)]
        assert assess(ask(party=Party("x", role="nurse")), policies, NOW) == NeedInfo(
            ("organization",)
        )
        assert assess(ask(party=Party("x")), policies, NOW) == NeedInfo(("organization", "role"))
        wrong = Party("x", "nurse", "Lakeside")
        assert isinstance(assess(ask(party=wrong), policies, NOW), RequestDenied)

    def test_ask_me_submits_and_is_preferred_to_more_claims(self):
        asking = rule("a", "anyone", everything=True, ask_me=True)
        assert assess(ask(party=SAM), [asking], NOW) == RequestSubmitted(("ask_me", "a", None))
        policies = [asking, rule("q", "organization", everything=True)]
        assert isinstance(assess(ask(party=SAM), policies, NOW), RequestSubmitted)

    def test_the_most_specific_ask_me_rule_decides(self):
        general = rule("a", "anyone", everything=True, ask_me=True)
        close = rule("b", "person", everything=True, ask_me=True)
        assert assess(ask(), [general, close], NOW) == RequestSubmitted(("ask_me", "b", None))

    @pytest.mark.parametrize("deny_who", LADDER)
    def test_a_deny_ends_the_asking_unless_it_is_for_anyone(self, deny_who):
        asking = rule("a", "role", everything=True, ask_me=True)
        deny = rule("d", deny_who, effect="deny", everything=True)
        ends = deny_who != "anyone"
        found = assess(ask(), [asking, deny], NOW)
        assert isinstance(found, RequestDenied if ends else RequestSubmitted)
        if ends:
            assert found.reason.policy == "d"

    def test_asking_is_for_reading_unless_writing_is_said(self):
        asking = rule("a", everything=True, ask_me=True)
        request = ask(resource(access="write"))
        assert isinstance(assess(request, [asking], NOW), RequestDenied)

    def test_asking_for_more_submits_instead_of_granting_a_part(self):
        policies = [
            rule("p", kinds=["conditions"]),
            rule("a", "anyone", everything=True, ask_me=True),
        ]
        both = (resource(), resource("MedicationRequest"))
        assert isinstance(assess(ask(*both), policies, NOW), Granted)
        assert isinstance(assess(ask(*both, asking=True), policies, NOW), RequestSubmitted)
        assert isinstance(assess(ask(resource(), asking=True), policies, NOW), Granted)
        assert isinstance(assess(ask(*both, asking=True), policies[:1], NOW), Granted)
        topic = {"named_scopes": frozenset({"sens/PSY"}), "asking": True}
        assert isinstance(assess(ask(resource(), **topic), policies, NOW), RequestSubmitted)
        closed = [*policies, rule("d", "anyone", effect="deny", topics=["PSY"])]
        assert isinstance(assess(ask(resource(), **topic), closed, NOW), Granted)

    def test_anyone_still_means_someone_who_signed_in(self):
        assert not granted(ask(party=None), rule("p", "anyone", everything=True))

    def test_every_grant_and_refusal_names_its_policy(self):
        found = assess(ask(), [rule("p", everything=True)], NOW)
        assert isinstance(found, Granted)
        assert found.reasons == (("permit", "p", None),)
        deny = rule("d", effect="deny", kinds=["conditions"])
        refused = assess(ask(), [rule("p", everything=True), deny], NOW)
        assert refused == RequestDenied(("deny", "d", "conditions"))
        assert assess(ask(), [], NOW) == RequestDenied(("default_deny", None, None))

    def test_a_permission_ends_with_its_policy(self):
        end = NOW + timedelta(days=1)
        found = assess(ask(), [rule("p", everything=True, end=end)], NOW)
        assert isinstance(found, Granted)
        assert found.entries[0].exp == int(end.timestamp())


def test_ignoring_a_pause_counts_paused_permits_only():
    paused = rule("p", everything=True, state="paused")
    assert isinstance(assess(ask(), [paused], NOW, ignore_pause=True), Granted)
    deny = rule("d", effect="deny", everything=True, state="paused")
    permit = rule("p", everything=True)
    assert isinstance(assess(ask(), [permit, deny], NOW, ignore_pause=True), Granted)
    assert BOB.key == "bob"
