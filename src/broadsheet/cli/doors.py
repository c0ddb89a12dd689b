"""Who gets in: a home of one reader has no log-in, which is right on its own machine alone."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Catalog


def open_door(settings: Settings, catalog: Catalog) -> tuple[str, str] | None:
    """What others can do to a home of one reader, and what to do about it; None where nobody else
    reaches it, or where accounts are on."""
    from broadsheet.readers import Readers

    public = urlsplit(settings.public_url).hostname or ""
    reached = [one for one in (settings.host, public) if one and not _of_this_machine(one)]
    if not reached or Readers(catalog).accounts.mode() == "accounts":
        return None
    return (
        f"accounts are off, and whoever reaches {reached[-1]} reads and changes everything",
        "broadsheet user add NAME --role operator, then: broadsheet user mode accounts",
    )


def _of_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
