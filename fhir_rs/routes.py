"""Every address of this server, one row each.

The address map, the OpenAPI document and the reference page read these rows and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Flask

from fhir_rs.answers.described import Route
from fhir_rs.endpoints import (
    activity,
    batch,
    bearer_only,
    capabilities,
    create,
    events,
    everything,
    health,
    history,
    labels,
    level,
    link,
    openapi,
    preview,
    previews,
    read,
    records,
    search,
    shown_to,
    smart_configuration,
    update,
    vread,
)
from fhir_rs.settings import Settings

_READ = (200, 304, 401, 403, 404, 406, 429)
_SEARCH = (200, 400, 401, 403, 404, 406, 429)
_OWNER = (200, 400, 401, 404, 406)
_BUNDLE = (200, 400, 401, 404, 406, 412, 413, 415, 422, 429)
_UPDATE = (200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429)
_CREATE = (200, 201, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429)
_SMART, _AGAIN = "Needs a SMART token", "The same, by Patient"
_PLAIN, _TYPE, _ONE = bearer_only.bp, "/<type:type_>", "/<type:type_>/<id_>"
_any, _bundle = bearer_only.interaction, bearer_only.bundle
_everything, _of = everything.everything, everything.everything_of

UNDER_A_RECORD: tuple[Route, ...] = (
    Route("GET", "/<type_>/<id_>", read.bp, read.read, "rpt", "Read a resource", _READ),
    Route("PUT", "/<type_>/<id_>", update.bp, update.update, "rpt", "Update a resource", _UPDATE),
    Route("GET", "/<type_>/<id_>/_history/<vid>", vread.bp, vread.vread, "rpt", "Read a version",
          _READ),
    Route("GET", "/<type_>/<id_>/_history", history.bp, history.history, "rpt", "Visible versions",
          _SEARCH),
    Route("GET", "/<type_>", search.bp, search.search, "rpt", "Search a type", _SEARCH),
    Route("POST", "/<type_>", create.bp, create.create, "rpt", "Create a resource", _CREATE),
    Route("POST", "/<type_>/_search", search.bp, search.search_by_form, "rpt", "Search by a form",
          (*_SEARCH, 413, 415)),
    Route("GET", "/Patient/$everything", everything.bp, _everything, "rpt", "The whole record",
          _SEARCH),
    Route("GET", "/Patient/<id_>/$everything", everything.bp, _of, "rpt", _AGAIN, _SEARCH),
    Route("POST", "", batch.bp, batch.batch, "rpt", "Batch or transaction", _BUNDLE),
    Route("POST", "/", batch.bp, batch.batch, "rpt", "Batch or transaction", _BUNDLE),
    Route("POST", "/$preview", preview.bp, preview.preview, "owner", "What permissions would show",
          _OWNER),
    Route("POST", "/$previews", previews.bp, previews.previews, "owner",
          "How much several sets of permissions would show", _OWNER),
    Route("POST", "/$level", level.bp, level.level, "owner", "Set the owner's level of records",
          _OWNER),
    Route("GET", "/$labels", labels.bp, labels.reports, "owner", "Reports about topics", _OWNER),
    Route("POST", "/$labels", labels.bp, labels.report, "owner", "Report a topic as wrong",
          (*_OWNER, 409)),
    Route("GET", "/$records", records.bp, records.records, "owner", "What is in the record",
          _OWNER),
    Route("POST", "/$shown-to", shown_to.bp, shown_to.shown_to, "owner", "Who sees one resource",
          _OWNER),
    Route("GET", "/$activity", activity.bp, activity.read, "owner", "Who looked", _OWNER),
    Route("GET", "/metadata", capabilities.bp, capabilities.capabilities, "none",
          "CapabilityStatement", (200,)),
)  # fmt: skip
"""What each record's own FHIR base offers; every one but the capabilities begins with the guard."""
AT_THE_PLAIN_BASE: tuple[Route, ...] = (
    Route("GET", "/metadata", capabilities.bp, capabilities.capabilities, "none",
          "CapabilityStatement", (200,)),
    Route("GET", "/.well-known/smart-configuration", smart_configuration.bp,
          smart_configuration.smart_configuration, "none", "SMART discovery", (200, 503)),
    Route("GET", _TYPE, _PLAIN, _any, "bearer", _SMART, (401, 404)),
    Route("POST", _TYPE, _PLAIN, _any, "bearer", _SMART, (401, 404)),
    Route("POST", f"{_TYPE}/_search", _PLAIN, _any, "bearer", _SMART, (401, 404)),
    Route("GET", _ONE, _PLAIN, _any, "bearer", _SMART, (401, 404)),
    Route("PUT", _ONE, _PLAIN, _any, "bearer", _SMART, (401, 404)),
    Route("GET", f"{_ONE}/_history", _PLAIN, _any, "bearer", _SMART, (401, 404)),
    Route("GET", f"{_ONE}/_history/<vid>", _PLAIN, _any, "bearer", _SMART, (401, 404)),
    Route("POST", "", _PLAIN, _bundle, "bearer", _SMART, (401,)),
    Route("POST", "/", _PLAIN, _bundle, "bearer", _SMART, (401,)),
)  # fmt: skip
"""What there is without a record: discovery, and a Bearer challenge for everything else."""
AT_THE_ROOT: tuple[Route, ...] = (
    Route("GET", "/healthz", health.bp, None, "none", "The process is up", (200,)),
    Route("GET", "/readyz", health.bp, None, "none", "Database and authorization server answer",
          (200, 503)),
    Route("POST", "/events", events.bp, events.receive, "none",
          "Receive a Security Event Token (RFC 8935)", (202, 400)),
    Route("GET", "/openapi.json", openapi.bp, openapi.openapi, "none", "This document", (200,)),
    Route("GET", "/link", link.bp, link.choose, "none", "Choose who protects a record", (200, 404),
          is_page=True),
    Route("POST", "/link", link.bp, link.go, "none", "Off to sign in there", (303, 400, 403, 502),
          is_page=True),
    Route("GET", "/link/return", link.bp, link.finished, "none", "Back: store the link",
          (200, 400, 409), is_page=True),
    Route("GET", "/link/help", link.bp, link.explained, "none", "Help in plain words", (200,),
          is_page=True),
)  # fmt: skip
"""The pages of linking, the events endpoint, the probes, and this interface described."""


class Place(NamedTuple):
    """Where some routes are: what their paths begin with, and what their rooms are called there."""

    prefix: str
    routes: tuple[Route, ...]
    named: str = ""


def places(settings: Settings) -> tuple[Place, ...]:
    """Every route of a server with these settings."""
    root = urlsplit(settings.public_root).path
    base = urlsplit(settings.base_url).path
    return (
        Place(root, AT_THE_ROOT),
        Place(base, AT_THE_PLAIN_BASE, "plain_"),
        Place(f"{base}/r/<record>", UNDER_A_RECORD),
    )


def every_route(settings: Settings) -> Iterator[tuple[str, Route]]:
    """Each route with what its path begins with."""
    for place in places(settings):
        for route in place.routes:
            yield place.prefix, route


def register(app: Flask, settings: Settings) -> None:
    """Put every route into the address map of `app`, with the rooms they belong to."""
    for place in places(settings):
        for room in dict.fromkeys(route.room for route in place.routes):
            app.register_blueprint(room, url_prefix=place.prefix, name=f"{place.named}{room.name}")
        for route in place.routes:
            if route.answers is not None:
                app.add_url_rule(
                    f"{place.prefix}{route.path}",
                    f"{place.named}{route.room.name}.{route.answers.__name__}",
                    route.answers,
                    methods=[route.method],
                )
