"""Registrations: the same for every patient, idempotent, reconciled after a crash."""

from __future__ import annotations

import json

import pytest

from fhir_rs.enforcement import catalogue
from fhir_rs.enforcement.catalogue import SLICES, descriptions
from heart_uma.scopes import resource_scopes
from tests.fhir_rs.protected import Protected, bare, fake, link_record, site

__all__ = ["bare", "fake", "site"]


def sync(site: Protected) -> None:
    assert site.app.registrar.sync(site.link(), site.fake.seconds())


@pytest.mark.spec("HFU-6")
def test_two_patients_differ_in_nothing_but_their_base() -> None:
    first, second = (
        json.dumps([d.to_wire() for d in descriptions(base).values()]).replace(base, "-")
        for base in ("http://rs.localhost/r/one", "http://rs.localhost/r/two")
    )
    assert first == second


@pytest.mark.spec("HFU-1")
@pytest.mark.spec("HFU-4")
def test_each_slice_is_one_resource_with_every_scope(site: Protected) -> None:
    found = {
        (each["type"].rpartition("/")[2], each["heart_uma_kind"]): each
        for each in site.fake.resources.values()
    }
    assert set(found) == set(SLICES) and len(site.fake.resources) == len(SLICES)
    for (type_, _), each in found.items():
        assert each["resource_scopes"] == resource_scopes(type_)


@pytest.mark.spec("F-135")
def test_nothing_registered_names_the_patient(site: Protected) -> None:
    assert "Moreno" not in json.dumps(site.fake.resources)


@pytest.mark.spec("F-61")
def test_syncing_again_changes_nothing(site: Protected) -> None:
    before = dict(site.fake.resources)
    sync(site)
    assert site.fake.resources == before
    assert [path for path in site.fake.line.calls if path != "/resource"] == []


@pytest.mark.spec("F-62")
@pytest.mark.spec("F-71")
def test_what_a_crash_left_is_put_right(site: Protected) -> None:
    site.fake.resources["orphan"] = {"type": "x", "heart_uma_kind": "y", "resource_scopes": []}
    lost = next(iter(site.fake.resources))
    del site.fake.resources[lost]
    sync(site)
    assert "orphan" not in site.fake.resources and len(site.fake.resources) == len(SLICES)
    assert site.probe().status_code == 401


@pytest.mark.spec("F-37")
@pytest.mark.spec("HFU-7")
def test_a_changed_description_is_sent_again(
    site: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "resource_scopes", lambda type_: [f"patient/{type_}.read"])
    monkeypatch.setattr(catalogue, "shape_digest", catalogue.shape_digest.__wrapped__)
    assert not site.app.registrar.is_current(site.link())
    sync(site)
    assert all(len(each["resource_scopes"]) == 1 for each in site.fake.resources.values())
    assert site.app.registrar.is_current(site.link())


def test_a_second_record_of_the_same_owner_leaves_the_first_alone(site: Protected) -> None:
    first = set(site.fake.resources)
    link_record(site.app, site.fake, record="UnlinkedRec-0123456789")
    assert first < set(site.fake.resources) and len(site.fake.resources) == 2 * len(SLICES)
    sync(site)
    assert len(site.fake.resources) == 2 * len(SLICES)
