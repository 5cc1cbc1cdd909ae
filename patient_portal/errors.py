"""What can go wrong in the portal; `error_pages` says how it is shown."""

from __future__ import annotations


class SignInAgain(Exception):
    """No live session: go to sign-in and come back to the same place."""


class SharingServiceDown(Exception):
    """The authorization server cannot be reached or answers nonsense."""


class NotReached(SharingServiceDown):
    """No connection was made, so whatever was to be changed is as it was."""


class BadAnswer(SharingServiceDown):
    """The authorization server answers, and its answer cannot be trusted: no clinic is at fault."""


class Refused(Exception):
    """The authorization server refused a call: its wire code, status and answer."""

    def __init__(self, code: str, status: int, answer: object = None) -> None:
        super().__init__(code)
        self.code, self.status, self.answer = code, status, answer


class FirstPressUnknown(Exception):
    """The same form was pressed before, and nobody knows yet, or any more, what became of it."""


class ClinicDown(Exception):
    """One record cannot be reached; the page shows the others and says so."""

    def __init__(self, record: str) -> None:
        super().__init__(record)
        self.record = record


class NotThere(ClinicDown):
    """The clinic answers, and has no such record (any more)."""


class NotLoaded(Exception):
    """The page is about a record whose clinic does not answer; the sharing service may be well."""

    def __init__(self, clinic: str) -> None:
        super().__init__(clinic)
        self.clinic = clinic


class LooksNotLoaded(NotLoaded):
    """The page is about a look that a clinic may know of, and that clinic does not answer."""
