"""One factory for outbound HTTP: short deadlines, no redirects, certificates checked (HO-123)."""

from __future__ import annotations

from typing import Any

import httpx

USER_AGENT = "heart-uma/0.1"


def http_client(*, timeout: float = 5.0, connections: int = 64, **options: Any) -> httpx.Client:
    """A kept-alive client for calls between services.

    `timeout` is in seconds, per phase (connect, read, write). Redirects are never followed: a
    redirecting peer could send a token elsewhere (SSRF, mix-up). Other `options` go to httpx,
    for instance `mounts` in tests. An operator's own certificate authority is named by
    `SSL_CERT_FILE`; no other environment variable counts, so no proxy slips in between.
    """
    options.setdefault("verify", httpx.create_ssl_context())
    return httpx.Client(
        timeout=httpx.Timeout(timeout, connect=min(timeout, 2.0)),
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"User-Agent": USER_AGENT},
        **options,
    )
