"""Who acts in a scenario: the clinic app as a client, Alice's app, browsers; all of them heard."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from demo.capture import trace
from demo.capture.exchange import Keep
from demo.capture.heard_client import heard_client
from demo.capture.sent import Sent
from demo.cast import OWNER, PASSWORD
from demo.layout import Layout
from demo.owner_app import OwnerApp
from demo.scenarios.clinic_app import ClinicApp
from operator_tools.browser import Browser

KeepAs = Callable[[str], Keep]
"""The ears of a party of the diagram."""


@dataclass
class Actors:
    """`records` are the FHIR bases of Alice's records, by source."""

    layout: Layout
    keep_as: KeepAs
    records: dict[str, str]
    place: trace.Place = field(default_factory=trace.fresh)
    began: int = 0
    ended: int = 0

    def clinic_app(self, login: str) -> ClinicApp:
        """The clinic app's client, used by this person, who has signed in there."""
        http = heard_client(self.keep_as("requester"))
        return ClinicApp.signed_in(self.layout, http, login)

    def owner_app(self) -> OwnerApp:
        """An app that Alice allowed to act for her."""
        http = heard_client(self.keep_as("owner"))
        return_to = f"http://127.0.0.1:{self.layout.port('stage')}/allowed"
        return OwnerApp.allowed_by(http, self.layout.issuer, return_to, OWNER, PASSWORD)

    def browser(self, party: str) -> Browser:
        """A browser of the owner or of the requesting party."""
        transport = Sent(httpx.HTTPTransport(trust_env=False), self.keep_as(party))
        return Browser(httpx.Client(transport=transport, timeout=20, trust_env=False))

    @contextmanager
    def shown(self) -> Iterator[None]:
        """What happens inside is the run; what was prepared before is not."""
        self.began = time.time_ns()
        with trace.at(self.place):
            yield
        self.ended = time.time_ns()
