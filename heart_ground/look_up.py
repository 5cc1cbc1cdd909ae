"""Names are looked up within a time, which the system's own look-up does not know."""

from __future__ import annotations

import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

_OWN = ThreadPoolExecutor(8, thread_name_prefix="look-up")
STRANGERS = ThreadPoolExecutor(8, thread_name_prefix="look-up-strangers")
"""Names that strangers chose are looked up apart: theirs that hang keep none of ours waiting."""


def look_up(host: str, port: int, seconds: float, threads: ThreadPoolExecutor = _OWN) -> list[str]:
    """The addresses of `host`, in order; OSError when they are not there in time.

    The system's own look-up takes no time-out: a name server that keeps silent would hold us.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    asked = threads.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = asked.result(timeout=seconds)
    except NotYet as error:
        asked.cancel()
        raise TimeoutError("the name is not found in time") from error
    except UnicodeError as error:
        raise OSError("no name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
