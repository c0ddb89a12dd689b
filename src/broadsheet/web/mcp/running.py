"""The protocol's library at work in our own application: a request in, a response out."""

from __future__ import annotations

import asyncio

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from broadsheet.web.mcp.server import Runner, make_server


class Running:
    """A server without sessions. Its task ends with the event loop that it was made in."""

    def __init__(self, name: str, run: Runner) -> None:
        self._server = make_server(name, run)
        # Host and Origin were checked at our own door.
        self._manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True
        )
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._serve())

    async def exchange(self, request: Request, body: bytes, instructions: str) -> Response:
        """The answer to a message; ``instructions`` is what the server says of itself today."""
        await self._ready.wait()
        self._server.instructions = instructions
        given = False

        async def receive() -> Message:
            nonlocal given
            if given:
                return await request.receive()  # tells that the asker has gone
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await self._manager.handle_request(request.scope, receive, send)
        return _response(sent)

    async def _serve(self) -> None:
        async with self._manager.run():
            self._ready.set()
            await asyncio.Event().wait()


def _response(sent: list[Message]) -> Response:
    start = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in sent[1:])
    headers = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in start.get("headers", ())
        if name.lower() != b"content-length"
    }
    headers |= {"Cache-Control": "no-store"}
    return Response(content, start["status"], headers)
