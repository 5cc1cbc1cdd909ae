"""One factory for HTTP clients: every call has one deadline and a bound on what it brings."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx

from heart_ground.answer_size import MAX_BYTES
from heart_ground.bounded_transport import BoundedTransport
from heart_ground.deadline import DEADLINE
from heart_ground.durable import holding

USER_AGENT = "heart-uma/0.1"


def http_client(
    *,
    timeout: float = 5.0,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
    connections: int = 64,
    **options: Any,
) -> httpx.Client:
    """A kept-alive client for calls between services.

    `timeout` is in seconds, per phase (connect, read, write); `deadline` in seconds for a whole
    exchange, to the last byte of its answer; `max_bytes` bounds an answer, unpacked. A request may
    carry its own `deadline` and `max_bytes` in its extensions. Redirects are never followed: a
    redirecting peer could send a token elsewhere (SSRF, mix-up). Other `options` go to httpx,
    for instance `mounts` in tests. An operator's own certificate authority is named by
    `SSL_CERT_FILE`; no other environment variable counts, so no proxy slips in between.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    verify = options.pop("verify", None) or httpx.create_ssl_context()
    client = httpx.Client(
        transport=BoundedTransport(verify, limits, deadline=deadline, max_bytes=max_bytes),
        timeout=httpx.Timeout(timeout, connect=min(timeout, 2.0)),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        **options,
    )
    # One client calls for everybody: a cookie would follow one person into another's request.
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return guarded(client)


def guarded(client: httpx.Client) -> httpx.Client:
    """`client`, which sends nothing from now on while its thread is inside a transaction.

    For the clients that tests give to a service, too. Its calls raise WaitsInsideTransaction.
    """
    hooks = client.event_hooks
    if holding.refuse_to_wait not in hooks["request"]:
        client.event_hooks = {**hooks, "request": [holding.refuse_to_wait, *hooks["request"]]}
    return client
