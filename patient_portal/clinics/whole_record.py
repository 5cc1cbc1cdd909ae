"""A whole record as its clinic keeps it, page by page: the bytes of each resource, untouched.

`GET /fhir/r/{record}/Patient/$everything` with the owner's key (FHIR R4 Patient/$everything).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from heart_ground.reach import Unreachable
from heart_uma.strict_json import StrictJsonError, loads
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown
from patient_portal.policies.json_spans import elements, members

MOST_BYTES = 24 * 1024 * 1024
"""Of one page; what is larger is asked for one resource at a time."""
MOST_PAGES = 100_000
FEW, ONE = "20", "1"


class Kept(NamedTuple):
    """One resource: its address (empty for what the clinic says of the page), and its text."""

    address: str
    text: str


def resources(own: Callable[[], OwnRecord | None]) -> Iterator[Kept]:
    """Each resource once; `own` gives her key anew for each page. Raise ClinicDown."""
    seen: set[str] = set()
    try:
        yield from _new(_read(own, FEW), seen)
    except _TooLarge:
        yield from _new(_read(own, ONE), seen)


def _new(found: Iterator[Kept], seen: set[str]) -> Iterator[Kept]:
    """People and places come along with every page that names them."""
    for one in found:
        if not one.address or one.address not in seen:
            seen.add(one.address)
            yield one


class _TooLarge(Exception):
    """A page holds more than is read at once."""


def _read(own: Callable[[], OwnRecord | None], count: str) -> Iterator[Kept]:
    address = f"Patient/$everything?_count={count}"
    for _page in range(MOST_PAGES):
        path = own()
        if path is None:
            raise ClinicDown(address)
        text = _page_of(path, address, alone=count == ONE)
        try:
            found, following = _parts(text)
        except ValueError as error:
            raise ClinicDown(path.base) from error
        yield from found
        if not following:
            return
        if not following.startswith(f"{path.base}/"):
            raise ClinicDown(path.base)  # her key goes to its own clinic alone
        address = following.removeprefix(f"{path.base}/")
    raise ClinicDown("a record without end")


def _page_of(path: OwnRecord, address: str, *, alone: bool) -> str:
    headers = {"Authorization": f"Bearer {path.token}", "Accept": "application/fhir+json"}
    try:
        got = path.clinics.outbound.request(
            "GET", f"{path.base}/{address}", headers=headers, max_bytes=MOST_BYTES
        )
        if got.status != 200:
            raise ClinicDown(path.base)
        loads(got.content, max_bytes=MOST_BYTES)
    except Unreachable as error:
        raise _TooLarge if error.why == "large" and not alone else ClinicDown(path.base) from error
    except StrictJsonError as error:
        raise ClinicDown(path.base) from error
    return got.content.decode()


def _parts(text: str) -> tuple[list[Kept], str]:
    """The resources of a page, and the address of the next page, if there is one."""
    bundle = dict(members(text))
    found = (
        [_kept(text, span) for span in elements(text, bundle["entry"][0])]
        if ("entry" in bundle)
        else []
    )
    links = loads(text[slice(*bundle["link"])].encode()) if "link" in bundle else []
    following = [str(one["url"]) for one in links if one.get("relation") == "next"]
    return [one for one in found if one.text], following[0] if following else ""


def _kept(text: str, span: tuple[int, int]) -> Kept:
    entry = dict(members(text, span[0]))
    address = loads(text[slice(*entry["fullUrl"])].encode()) if "fullUrl" in entry else ""
    return Kept(str(address), text[slice(*entry["resource"])] if "resource" in entry else "")
