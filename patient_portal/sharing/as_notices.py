"""Calls of the sharing service about notices: what there is, what was read, what is wanted."""

from __future__ import annotations

from patient_portal.errors import SharingServiceDown
from patient_portal.policies.notice import Notice, NoticeChoices, NoticePage, ReadUpTo
from patient_portal.policies.sharing_request import SharingRequest
from patient_portal.sharing.as_answers import as_list, as_object, read
from patient_portal.sharing.as_calls import Calls

PAGE = "25"


class NoticeCalls(Calls):
    """What the frame of each page and the pages of notices ask."""

    _url: str

    def waiting_and_unread(self) -> tuple[list[SharingRequest], int]:
        """The requests that wait for an answer, and how many notices are unread: one call."""
        address = self._endpoint("submitted_request_endpoint")
        found = as_object(self._call("GET", address, params={"state": "waiting"}))
        unread = found.get("unread_notices")
        requests = [read(SharingRequest, one) for one in as_list(found, "requests")]
        return requests, unread if isinstance(unread, int) else 0

    def notices(self, before: str = "") -> NoticePage:
        """A page of notices, newest first; one that is beyond this portal hides no other."""
        params = {"count": PAGE, **({"before": before} if before else {})}
        found = as_object(self._call("GET", f"{self._url}/notices", params=params))
        entries = []
        for one in as_list(found, "entries"):
            try:
                entries.append(read(Notice, one))
            except SharingServiceDown:
                continue
        page = read(NoticePage, {**found, "entries": []})
        return page.model_copy(update={"entries": tuple(entries)})

    def notices_were_read(self, up_to: ReadUpTo) -> None:
        self._change("PUT", f"{self._url}/notices/read", json=up_to.model_dump(mode="json"))

    def notice_choices(self) -> NoticeChoices:
        return read(NoticeChoices, self._call("GET", f"{self._url}/notices/choices"))

    def choose_notices(self, chosen: NoticeChoices) -> None:
        self._change(
            "PUT", f"{self._url}/notices/choices", json=chosen.model_dump(exclude={"mail"})
        )
