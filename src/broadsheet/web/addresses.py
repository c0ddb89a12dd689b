"""Where the paper is reached from outside."""

from __future__ import annotations

from starlette.requests import Request

from broadsheet.web.site import Site


def address_of(site: Site, request: Request) -> str:
    """The address of the site for links that leave it: the operator's, else the one asked for."""
    if site.settings.public_url:
        return site.settings.public_url
    return f"{request.url.scheme}://{request.url.netloc}{site.settings.base_path}"
