"""The services as the demo starts them: built with a client that is heard, and heard themselves.

Nothing of a service is changed: its application is made by its own factory, which takes its
outbound client from outside, as in tests.
"""

from __future__ import annotations

from flask import Flask

from demo.capture.delivery import Delivery
from demo.capture.heard_client import heard_client
from demo.capture.received import Received
from demo.capture.settings import CaptureSettings


def as_server() -> Flask:
    from as_server.app import create_app

    delivery = _delivery()
    return _heard(create_app(http=heard_client(delivery.keep)), delivery)


def fhir_rs() -> Flask:
    from fhir_rs.app import AS_TIMEOUT, create_app

    delivery = _delivery()
    return _heard(
        create_app(http=heard_client(delivery.keep, timeout=AS_TIMEOUT, deadline=AS_TIMEOUT)),
        delivery,
    )


def patient_portal() -> Flask:
    from patient_portal.app import create_app

    delivery = _delivery()
    return _heard(create_app(http=heard_client(delivery.keep)), delivery)


def requester_app() -> Flask:
    from requester_app.app import create_app

    delivery = _delivery()
    return _heard(create_app(http=heard_client(delivery.keep)), delivery)


def _heard(app: Flask, delivery: Delivery) -> Flask:
    app.wsgi_app = Received(app.wsgi_app, delivery.keep)  # type: ignore[method-assign]
    return app


def _delivery() -> Delivery:
    return Delivery.to_the_stage(CaptureSettings())  # type: ignore[call-arg]  # from the environment
