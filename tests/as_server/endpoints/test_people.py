"""The directory: listed clinicians by name and place, anyone else only by the whole e-mail."""

import pytest

from as_server.models.account import Account
from heart_ground.orm import writing
from tests.as_server.uma import Uma


def names(uma: Uma, q: str) -> list[str]:
    answer = uma.owner_call("GET", f"/people?q={q}")
    assert answer.status_code == 200
    return [person["name"] for person in answer.json["people"]]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("chen", ["Dr. Bob Chen"]),
        ("BOB%20cedar", ["Dr. Bob Chen"]),
        ("family%20doctor", ["Dr. Bob Chen"]),
        ("chen%20lakeside", []),
        ("sam", []),
        ("carter", []),
        ("sam@example.org", ["Sam Carter"]),
        ("SAM@Example.org", ["Sam Carter"]),
        ("sam@example", []),
        ("%25", []),
        ("%25%25", []),
        ("__", []),
        ("b", []),
        ("", []),
        ("alice@example.org", []),
    ],
)
def test_who_is_found(uma: Uma, q: str, found: list[str]) -> None:
    assert names(uma, q) == found


def test_an_unverified_address_and_a_disabled_account_are_not_found(uma: Uma) -> None:
    with writing(uma.app.engine) as db:
        sam, bob = db.get(Account, uma.key["sam"]), db.get(Account, uma.key["bob"])
        assert sam is not None
        assert bob is not None
        sam.email_verified, bob.disabled = False, True
    assert names(uma, "sam@example.org") == []
    assert names(uma, "chen") == []


def test_what_is_told(uma: Uma) -> None:
    (person,) = uma.owner_call("GET", "/people?q=chen").json["people"]
    assert person == {
        "key": uma.key["bob"],
        "name": "Dr. Bob Chen",
        "role": "Family doctor",
        "role_code": "family_doctor",
        "organization": "Cedar Valley Family Practice",
        "place": "Cedar Valley",
        "checked_by": "Cedar Valley",
    }
    assert uma.owner_call("GET", "/people/me").json["name"] == "Alice Moreno"


@pytest.mark.attack("WEB-13")
def test_the_directory_cannot_be_read_out(uma: Uma) -> None:
    assert uma.owner_call("GET", f"/people?q={'x' * 101}").status_code == 400
    answers = [uma.owner_call("GET", f"/people?q=try{n}") for n in range(61)]
    assert {a.status_code for a in answers[:59]} == {200}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert uma.owner_call("GET", "/people?q=chen", owner="dora").status_code == 200


def test_at_most_twenty(uma: Uma) -> None:
    from as_server.models import account

    with writing(uma.app.engine) as db:
        for n in range(30):
            account.create(
                db,
                login=f"x{n}",
                password_hash="x",
                name=f"Dr. Same {n}",
                created_at=0,
                listed=True,
            )
    assert len(names(uma, "same")) == 20
