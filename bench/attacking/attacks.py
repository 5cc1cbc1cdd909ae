"""The attacks: what somebody does to a service while others want something of it.

Each is a context manager that keeps its attack up while its block runs. All of them are bounded in
connections and end with their block.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count

import httpx

from bench.attacking import peers
from bench.attacking.stage import Stage
from bench.patients import observation_ids
from bench.people import RETURN_TO, allowed_by, utc_now
from bench.plan import Plan
from demo.cast import OWNER
from heart_ground.oauth_client import OAuthClient
from heart_uma.jose import KeySet
from heart_uma.protection_api import ProtectionApi
from heart_uma.resources import ResourceDescription
from heart_uma.scopes import resource_scopes
from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError

Under = Callable[[Stage, float], AbstractContextManager[None]]
FLOOD = 200
"""Requests a second of a flood."""
PATIENCE = 30.0
"""Seconds after which an attacker gives a request up."""


@dataclass(frozen=True)
class Attack:
    """Its name, what honest people do meanwhile, and the block that keeps it up."""

    name: str
    honest: Callable[[Stage, float], Plan]
    under: Under
    beside: Under | None = None
    """What goes on without the attack too: the same visits, of a peer that does no harm."""


@contextmanager
def kept_up(times: int, act: Callable[[int], object], *, pause: float) -> Iterator[None]:
    """`times` threads that do `act` over and over, whatever comes back, each with a pause.

    The pause bounds what the attacker takes of these cores, which in life are not his.
    """
    over, numbers = threading.Event(), count()

    def go() -> None:
        while not over.is_set():
            with suppress(OSError, httpx.HTTPError, BrowserError):
                act(next(numbers))
            over.wait(pause)

    threads = [threading.Thread(target=go, daemon=True) for _ in range(times)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(PATIENCE + 5)


def keys_from(way: Callable[[peers.Say], None], connections: int = 12) -> Under:
    """Assertions of a client whose keys are fetched from a server that misbehaves."""

    @contextmanager
    def under(stage: Stage, seconds: float) -> Iterator[None]:
        assert stage.scene.doctor is not None
        metadata = stage.scene.doctor.metadata
        keys = KeySet.generate("ES256")
        with peers.peer(way) as origin, httpx.Client(timeout=PATIENCE, trust_env=False) as http:
            body = {
                "client_name": "An app of nobody",
                "application_type": "native",
                "redirect_uris": [RETURN_TO],
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks_uri": f"{origin}/jwks",
            }
            answer = http.post(metadata["registration_endpoint"], json=body)
            client = OAuthClient(answer.json()["client_id"], keys.signing_key, utc_now)

            def ask(number: int) -> None:
                form = {"grant_type": "refresh_token", "refresh_token": "x"}
                client.token_answer(http, metadata["token_endpoint"], metadata.issuer, form)

            with kept_up(connections, ask, pause=0.5):
                yield

    return under


def clinic_that(way: Callable[[peers.Say], None], visits: int = 10) -> Under:
    """A clinic the owner has linked misbehaves while she opens her first page again and again."""

    @contextmanager
    def under(stage: Stage, seconds: float) -> Iterator[None]:
        scene = stage.scene
        with peers.peer(way) as origin, stage.owner_at_home() as owner:
            linked = allowed_by(
                scene.http,
                scene.place.issuer,
                OWNER,
                "openid uma_protection offline_access",
                name="A clinic that misbehaves",
                return_to=f"{origin}/return",
                application_type="web",
                grant_types=["authorization_code", "refresh_token"],
                heart_uma_resource_server={"base": f"{origin}/fhir", "limits": True},
            )
            address = f"{origin}/fhir/r/abcdefghijklmnopqrstuv"
            scopes = tuple(resource_scopes("Condition"))
            described = ResourceDescription(
                "Condition", "conditions", address, scopes, "Conditions"
            )
            api = ProtectionApi(scene.http, linked.metadata, linked.tokens.access_token)
            registered = api.register(described).resource_id
            with kept_up(visits, lambda _: owner.get(f"{stage.portal.origin}/"), pause=0.5):
                yield
            api.delete(registered)

    return under


def trickled(place: Callable[[Stage], tuple[int, str]], connections: int = 32) -> Under:
    """Bodies that are promised and come a byte a second."""

    @contextmanager
    def under(stage: Stage, seconds: float) -> Iterator[None]:
        port, path = place(stage)
        over = time.monotonic() + seconds + PATIENCE
        head = f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 4000\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        ended = threading.Event()

        def send(number: int) -> None:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                connection.sendall(head.encode())
                while not ended.is_set() and time.monotonic() < over:
                    connection.sendall(b"a")
                    ended.wait(1)

        with kept_up(connections, send, pause=0.1):
            try:
                yield
            finally:
                ended.set()

    return under


def flooded(token: Callable[[Stage], str], connections: int = 16) -> Under:
    """A read that is turned away, 200 times a second."""

    @contextmanager
    def under(stage: Stage, seconds: float) -> Iterator[None]:
        url = f"{stage.scene.base}/Observation/{observation_ids()[0]}"
        held = token(stage)
        headers = {"Authorization": f"Bearer {held}"} if held else {}
        client = httpx.Client(timeout=PATIENCE, trust_env=False, headers=headers)
        pause = connections / FLOOD
        with client as http, kept_up(connections, lambda _: http.get(url), pause=pause):
            yield

    return under


@contextmanager
def signing_in(stage: Stage, seconds: float) -> Iterator[None]:
    """A hundred at the sign-in page, each with another name and a password that is wrong."""
    address = f"{stage.scene.place.issuer}/login"

    def try_once(number: int) -> None:
        with Browser() as browser:
            page = browser.get(address)
            form = page.form("username", "password")
            browser.submit(page, form, {"username": f"nobody{number}", "password": "wrong"})

    with kept_up(100, try_once, pause=5):
        yield


def _at_token(stage: Stage) -> tuple[int, str]:
    return stage.authority.port, "/token"


def _at_search(stage: Stage) -> tuple[int, str]:
    return stage.clinic.port, f"/fhir/r/{stage.scene.record}/Observation/_search"


VISITS = clinic_that(peers.refuse)
ATTACKS = (
    Attack("key set, a byte a second", Stage.granting, keys_from(peers.drip)),
    Attack("key set without an end", Stage.granting, keys_from(peers.flood)),
    Attack("linked clinic, a byte a second", Stage.visiting, clinic_that(peers.drip), VISITS),
    Attack("linked clinic without an end", Stage.visiting, clinic_that(peers.flood), VISITS),
    Attack("bodies a byte a second, token endpoint", Stage.granting, trickled(_at_token)),
    Attack("bodies a byte a second, search", Stage.reading, trickled(_at_search)),
    Attack("flood without a token", Stage.reading, flooded(lambda stage: "")),
    Attack("flood with a token of another place", Stage.reading,
           flooded(lambda stage: stage.scene.rpt_for_the_protector())),
    Attack("a hundred sign-ins at once", Stage.granting, signing_in),
)  # fmt: skip
