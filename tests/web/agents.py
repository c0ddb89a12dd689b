"""The official client of the Model Context Protocol, and a server that talks to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

from tests.web.serving import Server

T = TypeVar("T")


def talk(
    server: Server,
    talking: Callable[[Client], Awaitable[T]],
    *,
    token: str = "",
    mode: str = "auto",
) -> T:
    """What comes of a conversation over HTTP."""

    async def run() -> T:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:  # type: ignore[arg-type]
                return await talking(client)

    return asyncio.run(run())


async def call(client: Client, name: str, **arguments: Any) -> Any:
    """The JSON that a tool answers; its text and its structured content say the same."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, text_of(result)
    values = json.loads(text_of(result))
    assert result.structured_content == values
    return values


async def refused(client: Client, name: str, **arguments: Any) -> str:
    """The one line that a tool refuses with."""
    result = await client.call_tool(name, arguments)
    assert result.is_error, text_of(result)
    line = text_of(result)
    assert "\n" not in line
    assert "Traceback" not in line
    return line


def text_of(result: types.CallToolResult) -> str:
    [item] = result.content
    assert isinstance(item, types.TextContent)
    return item.text
