"""The client and the sources as the settings of a home have them."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from broadsheet.settings import Settings
from broadsheet.sources.arrival import SourceError
from broadsheet.sources.fetching import (
    FURTHER_ADDRESSES,
    OPTIONS,
    Client,
    Patience,
    RemoteSettings,
)
from broadsheet.sources.registry import remotes


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


def require_known(settings: Settings) -> None:
    """Raises `SourceError` where the settings name a source, or an option, that there is not."""
    sources = remotes(RemoteSettings())
    for setting, given, known in (
        ("sync", settings.sync, sources.keys()),
        ("upstream", settings.upstream, sources.keys() | FURTHER_ADDRESSES),
        ("upstream_options", settings.upstream_options, OPTIONS),
    ):
        for name in given:
            if name not in known:
                what = "option" if setting == "upstream_options" else "source"
                raise SourceError(
                    f"setting '{setting}': there is no {what} '{name}'; "
                    f"there are {', '.join(sorted(known))}"
                )


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    port = port or (443 if parts.scheme == "https" else 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
