"""Entity tags of a version that was cut for its reader."""

from __future__ import annotations

from fhir_rs.answers.entity_tags import names


def test_a_part_is_another_representation_than_the_whole() -> None:
    assert names('W/"3-abc123"', "3-abc123") and names("3-abc123", "3-abc123")
    assert not names('W/"3"', "3-abc123") and not names('W/"3-abc123"', "3")


def test_what_is_no_list_of_tags_names_nothing() -> None:
    for header in ('"3', '3"', "W/", ",", '"3" "3"', "3 3", "\t"):
        assert not names(header, "3"), header
