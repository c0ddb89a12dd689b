"""The client and the sources as the settings of a home have them."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from broadsheet.settings import Settings
from broadsheet.sources.fetching import Client, Patience, RemoteSettings


def client_of(
    settings: Settings,
    *,
    patience: Patience | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Client:
    """The polite client of a home. Servers that ``upstream`` names may be private."""
    named = [one.strip() for one in settings.private_hosts.split(",") if one.strip()]
    return Client(
        settings.fetching_path,
        private=frozenset((*named, *map(_origin, settings.upstream.values()))),
        intervals=settings.intervals,
        contact=settings.contact_address,
        patience=patience,
        clock=clock,
        sleep=sleep,
    )


def remote_settings(settings: Settings) -> RemoteSettings:
    """What the sources are told."""
    options = {name: one.get_secret_value() for name, one in settings.upstream_options.items()}
    return RemoteSettings(settings.upstream, options)


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    port = port or (443 if parts.scheme == "https" else 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
