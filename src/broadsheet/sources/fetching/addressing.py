"""Addresses that may be asked, and where a redirect may lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from broadsheet.sources.fetching.errors import FetchError
from broadsheet.sources.fetching.manners import origin_of

if TYPE_CHECKING:
    import httpx2


def parse_address(url: str, params: Mapping[str, str] | None = None) -> httpx2.URL:
    """An http or https address without a user name in it; `FetchError` for any other."""
    import httpx2  # slow to load

    try:
        target = httpx2.URL(url)
        if params:
            target = target.copy_merge_params(dict(params))
        target.raw_host.decode("ascii")
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError(f"{url[:200]!r} is no address: {error}", transient=False) from None
    if target.scheme not in ("http", "https") or not target.host or (target.port or 0) > 65535:
        raise FetchError(
            f"{url[:200]!r} is not an http or https address; give a full one", transient=False
        )
    if target.userinfo:
        raise FetchError(
            f"{shown(target)}: the address holds a user name; give credentials in the settings",
            transient=False,
        )
    return target


def redirected(
    url: httpx2.URL, location: str, headers: Mapping[str, str]
) -> tuple[httpx2.URL, Mapping[str, str]]:
    """Where a redirect leads, and the headers to take along: none to another server.

    What was said to one host (keys above all) is not said to another, and what was asked
    encrypted is not asked in the open.
    """
    import httpx2  # slow to load

    try:
        joined = str(url.join(location))
    except (httpx2.InvalidURL, ValueError):
        raise FetchError(
            f"{shown(url)}: sends on to {location[:200]!r}, which is no address", transient=False
        ) from None
    target = parse_address(joined)
    if url.scheme == "https" and target.scheme != "https":
        raise FetchError(
            f"{shown(url)}: sends on to {shown(target)}, which is not encrypted; give the right "
            "address in the settings",
            transient=False,
        )
    same = origin_of(target) == origin_of(url) and target.scheme == url.scheme
    return target, headers if same else {}


def shown(url: httpx2.URL) -> str:
    """An address for a message: without its query, which may hold keys."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}"[:300]
