"""What everything is compared with: a Flask app that answers 2 KB of JSON and does nothing else."""

from __future__ import annotations

from flask import Flask, Response, jsonify

SIZE = 2048


def create_app() -> Flask:
    """The baseline; served by granian exactly as the services are."""
    app = Flask("bare", static_folder=None)
    body = {"resourceType": "Observation", "id": "one", "status": "final", "note": ""}
    body["note"] = "x" * (SIZE - len(str(body)))

    @app.get("/json")
    def json() -> Response:
        return jsonify(body)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    return app
