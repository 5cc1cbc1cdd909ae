"""The services as the demo starts them: built with a client that is heard, and heard themselves.

Nothing of a service is changed: its application is made by its own factory, which takes its
outbound client from outside, as in tests.
"""

from __future__ import annotations

import httpx
from flask import Flask

from demo.capture.delivery import Delivery
from demo.capture.received import Received
from demo.capture.sent import Sent
from demo.capture.settings import CaptureSettings
from heart_ground.answer_size import MAX_BYTES
from heart_ground.bounded_transport import BoundedTransport
from heart_ground.deadline import DEADLINE
from heart_ground.transport import http_client

CONNECTIONS = 256
ALL = "all://"


def as_server() -> Flask:
    from as_server.app import create_app

    delivery = _delivery()
    return _heard(create_app(http=heard_client(delivery)), delivery)


def fhir_rs() -> Flask:
    from fhir_rs.app import AS_TIMEOUT, create_app

    delivery = _delivery()
    return _heard(
        create_app(http=heard_client(delivery, timeout=AS_TIMEOUT, deadline=AS_TIMEOUT)), delivery
    )


def patient_portal() -> Flask:
    from patient_portal.app import create_app

    delivery = _delivery()
    return _heard(create_app(http=heard_client(delivery)), delivery)


def requester_app() -> Flask:
    from requester_app.app import create_app

    delivery = _delivery()
    return _heard(create_app(http=heard_client(delivery)), delivery)


def heard_client(
    delivery: Delivery, *, timeout: float = 5.0, deadline: float = DEADLINE
) -> httpx.Client:
    """The client that a service makes for itself, with ears."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    verify = httpx.create_ssl_context()
    inner = BoundedTransport(verify, limits, deadline=deadline, max_bytes=MAX_BYTES)
    return http_client(timeout=timeout, mounts={ALL: Sent(inner, delivery.keep)}, verify=verify)


def _heard(app: Flask, delivery: Delivery) -> Flask:
    app.wsgi_app = Received(app.wsgi_app, delivery.keep)  # type: ignore[method-assign]
    return app


def _delivery() -> Delivery:
    return Delivery.to_the_stage(CaptureSettings())  # type: ignore[call-arg]  # from the environment
