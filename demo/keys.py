"""Keys and secrets of one demo, made once and readable by their owner only (0600)."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor

from demo.layout import Layout
from heart_uma.jose import KeySet
from operator_tools.keys import make_keys, static_clients, write_private

_WITH_KEYS = ("as", "cedar", "harbor", "home", "portal", "requester")


def prepare(layout: Layout) -> tuple[dict[str, KeySet], dict[str, str]]:
    """A key set and a secret for each service, and the static clients file of the AS."""
    layout.log_file("as").parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        made = pool.map(lambda name: make_keys(layout.key_file(name)), _WITH_KEYS)
    key_sets = dict(zip(_WITH_KEYS, made, strict=True))
    if layout.secrets_file.exists():
        held: dict[str, str] = json.loads(layout.secrets_file.read_text("utf-8"))
    else:
        held = {name: secrets.token_urlsafe(48) for name in (*_WITH_KEYS, "stage")}
        write_private(layout.secrets_file, json.dumps(held))
    clients = static_clients(layout.portal, layout.requester, key_sets)
    write_private(layout.clients_file, json.dumps(clients, indent=1))
    return key_sets, held
