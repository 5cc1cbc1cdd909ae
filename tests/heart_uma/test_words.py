"""Scopes, labels, purposes, limits and the challenge: tables."""

from __future__ import annotations

from typing import Any

import pytest

from heart_uma import label_systems, labels, purposes, scopes
from heart_uma.challenge import Challenge, format_challenge, parse_challenge, to_extension
from heart_uma.loopback import require_https_or_loopback
from heart_uma.resources import Limits, Permission
from heart_uma.topics import TOPICS

ACT = label_systems.SENSITIVITY_SYSTEM
CONF = label_systems.CONFIDENTIALITY_SYSTEM


def coding(code: str, system: str = ACT) -> dict[str, str]:
    return {"system": system, "code": code}


@pytest.mark.spec("HF-1")
@pytest.mark.spec("HF-18")
@pytest.mark.spec("HF-24")
@pytest.mark.spec("HF-34")
@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("patient/Observation.read", "resource"),
        ("user/*.*", "resource"),
        ("conf/N", "conf"),
        ("conf/V", "conf"),
        ("sens/ETH", "sens"),
        ("sens/SUD", "sens"),
        ("btg", "btg"),
        ("uma_protection", "plain"),
    ],
)
def test_known_scopes(text: str, family: str) -> None:
    assert scopes.parse(text).family == family


@pytest.mark.spec("HF-1")
@pytest.mark.parametrize(
    "text",
    [
        "Patient/Observation.read",
        "patient/observation.read",
        "patient/Observation",
        "patient/Observation.delete",
        "patient/Observation.read\n",
        "conf/X",
        "sens/FOO",
        "BTG",
        "",
        "patient/*.read extra",
    ],
)
def test_unknown_scopes(text: str) -> None:
    with pytest.raises(ValueError, match="unknown scope"):
        scopes.parse(text)


@pytest.mark.parametrize(
    ("granted", "needed", "expected"),
    [
        ({"patient/Observation.read"}, "patient/Observation.read", True),
        ({"patient/Observation.*"}, "patient/Observation.read", True),
        ({"patient/*.read"}, "patient/Observation.read", True),
        ({"patient/*.*"}, "patient/Observation.write", True),
        ({"patient/Observation.write"}, "patient/Observation.read", False),
        ({"user/*.*"}, "patient/Observation.read", False),
        ({"sens/ETH", "conf/R"}, "patient/Observation.read", False),
        ({"patient/*.*"}, "sens/ETH", False),
        (set(), "patient/Observation.read", False),
    ],
)
def test_covers(granted: set[str], needed: str, expected: bool) -> None:
    assert scopes.covers(granted, needed) is expected


@pytest.mark.spec("HFU-4")
@pytest.mark.spec("HFU-6")
def test_every_resource_offers_the_same_labels() -> None:
    one, other = scopes.resource_scopes("Condition"), scopes.resource_scopes("Observation")
    assert set(one) - set(other) == {
        "patient/Condition.read",
        "patient/Condition.write",
        "patient/Condition.*",
    }
    assert {"conf/N", "conf/R", "conf/V", "sens/ETH", "sens/PSYTHPN", "btg"} <= set(one)
    assert len(one) == len(set(one))


def test_bits_are_fixed_for_ever() -> None:
    assert ",".join(topic.code for topic in TOPICS[:13]) == (
        "ETH,PSY,PSYTHPN,HIV,SEX,STD,SDV,GDIS,SCA,ADOL,SOC,private,secret"
    )
    assert [topic.bit for topic in TOPICS] == list(range(1, len(TOPICS) + 1))
    assert TOPICS[-1].bit < 60


@pytest.mark.spec("HF-23")
@pytest.mark.spec("HF-27")
@pytest.mark.parametrize(
    ("security", "topics"),
    [
        ([], []),
        ([coding("N", CONF)], []),
        ([coding("M", CONF)], []),
        ([coding("R", CONF)], ["private"]),
        ([coding("V", CONF)], ["secret"]),
        ([coding("R", CONF), coding("ETHUD")], ["ETH"]),
        ([coding("R", CONF), coding("HIV"), coding("STD")], ["HIV", "STD"]),
        ([coding("MH"), coding("R", CONF)], ["PSY"]),
        ([coding("PSYTHPN")], ["PSYTHPN"]),
        ([coding("OPIOIDUD")], ["ETH"]),
        ([coding("PREGNANT")], ["SEX"]),
        ([coding("MST")], ["VIO"]),
        ([coding("HTEST", "http://terminology.hl7.org/CodeSystem/v3-ActReason")], []),
        ([coding("NORDSCLCD")], []),
        ([coding("FOO")], ["unknown"]),
        ([coding("R", "http://example.org/labels")], ["unknown"]),
        ([{"display": "secret"}], ["unknown"]),
        ([coding("X", CONF)], ["unknown"]),
        ([coding("PSY", "urn:oid:2.16.840.1.113883.5.4")], ["PSY"]),
    ],
)
def test_masks(security: list[dict[str, Any]], topics: list[str]) -> None:
    assert labels.topics_of(labels.mask_of(security)) == topics


@pytest.mark.spec("HF-20")
@pytest.mark.spec("HF-22")
@pytest.mark.spec("HF-26")
@pytest.mark.parametrize(
    ("granted", "topics"),
    [
        ([], []),
        (["patient/*.*", "btg"], []),
        (["sens/ETH"], ["ETH"]),
        (["sens/SUD"], ["ETH"]),
        (["conf/N"], []),
        (["conf/R"], ["private"]),
        (["conf/V"], ["private", "secret"]),
        (["sens/PSY"], ["PSY"]),
    ],
)
def test_what_scopes_lift(granted: list[str], topics: list[str]) -> None:
    assert labels.topics_of(labels.mask_allowed(granted)) == topics


@pytest.mark.spec("HFU-18")
@pytest.mark.parametrize(
    ("general", "specific", "expected"),
    [
        ("TREAT", "TREAT", True),
        ("TREAT", "COC", True),
        ("TREAT", "BTG", False),
        ("TREAT", "ETREAT", False),
        ("ETREAT", "BTG", True),
        ("PATRQT", "FAMRQT", True),
        ("FAMRQT", "PATRQT", False),
        ("HRESCH", "TREAT", False),
        ("TREAT", "treat", False),
    ],
)
def test_purposes(general: str, specific: str, expected: bool) -> None:
    assert purposes.subsumes(general, specific) is expected


@pytest.mark.spec("G-28")
def test_the_challenge_there_and_back() -> None:
    challenge = Challenge('a "b" \\c', "https://as.example", "t-1_2")
    header = format_challenge(challenge)
    assert header.startswith("UMA realm=")
    assert parse_challenge(header) == challenge
    assert parse_challenge(f'Bearer realm="x", {header}') == challenge
    more = f'Bearer realm="x", error="y", Negotiate YWJj==, {header}, Basic realm="z"'
    assert parse_challenge(more) == challenge
    body = {"resourceType": "OperationOutcome", "extension": [to_extension(challenge)]}
    assert parse_challenge(None, body) == Challenge("", "https://as.example", "t-1_2")


@pytest.mark.fault("2.17")
@pytest.mark.parametrize(
    "header",
    [
        'Bearer realm="Ward 3, UMA as_uri=https://evil.example, ticket=t"',
        'Bearer realm="a \\", UMA as_uri=https://evil.example, ticket=t"',
        'Bearer error="x, uma ticket=t", as_uri="https://evil.example"',
        'Bearer realm=", UMA ", as_uri="https://evil.example", ticket="t"',
    ],
)
def test_a_challenge_inside_the_quotes_of_another_is_none(header: str) -> None:
    assert parse_challenge(header) is None


@pytest.mark.parametrize("header", ["", "Bearer", 'UMA realm="x"', 'UMA as_uri="x"', "Basic x"])
def test_no_challenge(header: str) -> None:
    assert parse_challenge(header, {"extension": []}) is None


def test_limits_round_trip_and_fail_closed() -> None:
    wire = {
        "only": ["Condition/1"],
        "also": ["Condition/2"],
        "except": ["Condition/3"],
        "since": "2020-01-01",
        "until": "2021-01-01",
    }
    assert Limits.from_wire(wire).to_wire() == wire
    assert not Limits()
    for bad in ({"forbid": []}, {"only": "x"}, {"since": "yesterday"}, {"also": [1]}):
        with pytest.raises(ValueError, match=r".+"):
            Limits.from_wire(bad)
    permission = {"resource_id": "r", "resource_scopes": ["a"], "heart_uma_limits": wire}
    assert Permission.from_wire(permission).to_wire() == permission


@pytest.mark.spec("HO-132")
@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://as.example", True),
        ("http://localhost:8400", True),
        ("http://127.0.0.1:1/x", True),
        ("http://[::1]:8", True),
        ("http://as.example", False),
        ("http://localhost.evil.test", False),
        ("http://127.0.0.1.evil.test", False),
        ("https://u:p@as.example", False),
        ("ftp://localhost", False),
        ("https://as.example?x=1", False),
        ("nonsense", False),
    ],
)
def test_plain_http_is_for_loopback(url: str, good: bool) -> None:
    if good:
        assert require_https_or_loopback(url) == url
    else:
        with pytest.raises(ValueError, match=r".+"):
            require_https_or_loopback(url)
