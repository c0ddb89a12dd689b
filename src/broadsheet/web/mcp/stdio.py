"""Agents that start the program themselves: messages over standard input and output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from broadsheet.readers import LOCAL, Reader, ReadersError
from broadsheet.settings import Settings
from broadsheet.web.desk import Desk, State
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
    site = Site(settings, Desk(settings, "load"))
    try:
        visitor = _visitor(site.desk.look(), reader)
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


def _visitor(state: State, name: str) -> Visitor:
    if name:
        found = state.readers.accounts.by_name(name)
        if found is None or found.disabled:
            raise ReadersError(f"there is no reader '{name}'; 'broadsheet user list' names them")
        return Visitor(state.mode, found, _READ)
    own: Reader | None = state.readers.accounts.get(LOCAL) if state.mode == "single" else None
    return Visitor(state.mode, own, _READ if own else None)
