"""While these tests run, no statement may ask about more than one record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fhir_rs.one_shard import Watch


@pytest.fixture(scope="session")
def watch() -> Watch:
    """Begun once in a process."""
    made = Watch()
    made.begin()
    return made


@pytest.fixture(autouse=True)
def _one_record_at_a_time(watch: Watch) -> Iterator[None]:
    watch.found.clear()
    yield
    asked = {origin: words for origin, words in watch.found.items() if origin[:6] != "tests."}
    assert asked == {}
