"""Agents that start the program themselves: messages over standard input and output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from broadsheet.catalog import Catalog
from broadsheet.readers import LOCAL, Reader, Readers, ReadersError
from broadsheet.settings import Settings
from broadsheet.web.desk import Desk
from broadsheet.web.mcp.asking import Asking
from broadsheet.web.mcp.greeting import instructions
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

_READ = frozenset({"read"})


def serve_stdio(settings: Settings, *, reader: str = "", write: bool = False) -> None:
    """Serves one agent until its end of the line closes.

    Who starts the program owns the home's files: nothing is closed to them. It is the local
    reader's paper, or in a home with accounts that of the ``reader`` named; with neither,
    nobody's. ``write`` also offers the tools that change something. Raises `CatalogError` when
    the home cannot be opened and `ReadersError` for a reader that is not there.
    """
    # Before the desk is opened: it begins to load the encoder, which no early end may cut off.
    with closing(Catalog.open(settings)) as catalog:
        visitor = _visitor(Readers(catalog), reader)
    site = Site(settings, Desk(settings, "load"))
    try:
        asyncio.run(_serve(site, visitor, write=write and visitor.reader is not None))
    finally:
        site.close()


async def _serve(site: Site, visitor: Visitor, *, write: bool) -> None:
    from mcp.server.stdio import stdio_server

    from broadsheet.web.mcp.server import make_server

    settings = site.settings

    async def run(_: ServerRequestContext[Any, Any], work: Callable[[Asking], Any]) -> Any:
        state = await site.state()
        asking = Asking(state, visitor, settings.public_address, site.key(), write)
        return await site.in_thread(lambda: work(asking))

    server = make_server(settings.name, run)
    state = await site.state()
    server.instructions = instructions(state, settings.name, settings.public_address)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _visitor(readers: Readers, name: str) -> Visitor:
    mode = readers.accounts.mode()
    if name:
        found = readers.accounts.by_name(name)
        if found is None or found.disabled:
            raise ReadersError(f"there is no reader '{name}'; 'broadsheet user list' names them")
        return Visitor(mode, found, _READ)
    own: Reader | None = readers.accounts.get(LOCAL) if mode == "single" else None
    return Visitor(mode, own, _READ if own else None)
