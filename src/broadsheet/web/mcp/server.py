"""The tools as a server of the protocol's own library."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from starlette.exceptions import HTTPException

from broadsheet import __version__
from broadsheet.catalog import CatalogError
from broadsheet.index import IndexFault
from broadsheet.readers import ReadersError
from broadsheet.web.mcp.answers import dumps, plain_json
from broadsheet.web.mcp.asking import Asking, Refusal, shown
from broadsheet.web.mcp.tools import TOOLS, Tool

log = logging.getLogger("broadsheet.web")

Context = ServerRequestContext[Any, Any]
# Runs work for the one who makes a request: gives it what it needs, where it may block.
Runner = Callable[[Context, Callable[[Asking], Any]], Awaitable[Any]]

_NOT_NOW = "Not just now: the catalog or the index cannot be used; the server’s log says why."
_BROKEN = "Something broke here; the server’s log says what. Other tools may still work."


def make_server(name: str, run: Runner) -> Server[Any]:
    """A server; its ``instructions`` are set before it greets."""

    async def list_tools(ctx: Context, _: object) -> types.ListToolsResult:
        tools: list[types.Tool] = await run(ctx, _listed)
        return types.ListToolsResult(tools=tools)

    async def call_tool(ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        result: types.CallToolResult = await run(
            ctx, lambda asking: _called(asking, params.name, params.arguments)
        )
        return result

    return Server(
        "broadsheet",
        version=__version__,
        title=name,
        description="A daily paper for research: search, editions and what a reader keeps.",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _listed(asking: Asking) -> list[types.Tool]:
    return [_described(tool) for tool in TOOLS.values() if tool.open_to(asking)]


def _described(tool: Tool) -> types.Tool:
    reads = tool.whose != "writer"
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            read_only_hint=reads,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


def _called(asking: Asking, name: str, arguments: object) -> types.CallToolResult:
    """The result of a call. What the agent can mend is a result that says how, in one line."""
    tool = TOOLS.get(name)
    if tool is None or not tool.open_to(asking):
        raise MCPError(types.INVALID_PARAMS, f"There is no tool “{shown(name)}” for you here.")
    if asking.wait:
        return _failed(f"Too many calls: wait {math.ceil(asking.wait)} s, then ask again.")
    try:
        values = plain_json(tool.call(asking, arguments))
    except Refusal as error:
        return _failed(str(error))
    except HTTPException as error:
        return _failed(str(error.detail))
    except ReadersError as error:
        return _failed(f"Not done: {error}.")
    except (CatalogError, IndexFault) as error:
        log.warning("%s", error)
        return _failed(_NOT_NOW)
    except Exception:
        log.exception("the tool %s failed", name)
        return _failed(_BROKEN)
    text = dumps(values)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=values
    )


def _failed(line: str) -> types.CallToolResult:
    text = " ".join(line.split())
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)
