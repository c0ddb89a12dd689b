"""The door of /mcp: what is asked without the official client, or by one that means ill."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from broadsheet.settings import Settings
from tests.web.community import Things, enter, make_community
from tests.web.conftest import make_home
from tests.web.serving import Reply, Server

HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def message(method: str, params: object = None, number: object = 1) -> bytes:
    values = {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}
    return json.dumps(values).encode()


def tool(name: str, arguments: object) -> bytes:
    return message("tools/call", {"name": name, "arguments": arguments})


def send(server: Server, body: bytes, **headers: str) -> Reply:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return server.get("/mcp", {**HEADERS, **named}, "POST", body)


@pytest.fixture(scope="module")
def closed(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Server, dict[str, Things], Settings]]:
    settings, things = make_community(tmp_path_factory.mktemp("closed"))
    with Server(settings) as server:
        person = enter(server, "ada")
        changed = person.post("/admin/registration", {"audience": "readers"}, page="/admin")
        assert changed.status == 303
        yield server, things, settings


def test_an_answer_is_plain_json_without_a_session(paper: Server) -> None:
    reply = send(paper, tool("search", {"query": "galaxies"}))
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert "mcp-session-id" not in reply.headers
    assert reply.headers["cache-control"] == "no-store"
    assert len(json.loads(reply.json()["result"]["content"][0]["text"])["results"]) == 20


def test_streams_and_sessions_are_refused_as_the_protocol_says(paper: Server) -> None:
    for method in ("GET", "DELETE"):
        reply = paper.get("/mcp", HEADERS, method)
        assert reply.status == 405
        assert reply.headers["allow"] == "POST"


def test_a_page_of_another_site_cannot_ask(paper: Server) -> None:
    body = tool("search", {"query": "galaxies"})
    assert send(paper, body, Host="rebound.example").status == 421
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
    ):
        assert send(paper, body, **headers).status == 403, headers
    plain = {"Content-Type": "text/plain", "Accept": "application/json"}
    assert paper.get("/mcp", plain, "POST", body).status == 415


def test_a_fresh_home_offers_nothing_that_changes_it(paper: Server) -> None:
    reply = send(paper, tool("save", {"id": "2608.90002"})).json()
    assert reply["error"]["code"] == -32602


def test_a_closed_paper_answers_readers_tokens_only(
    closed: tuple[Server, dict[str, Things], Settings],
) -> None:
    server, things, _ = closed
    for body in (message("initialize"), message("tools/list"), tool("search", {"query": "x"})):
        reply = send(server, body)
        assert reply.status == 401
        assert b"galax" not in reply.body.lower()
    token = things["cem"].secrets["read"]
    body = tool("search", {"query": "galaxies"})
    assert send(server, body, Authorization=f"Bearer {token}").status == 200
    for wrong in (token[:-1], token + "x", "bst_", "", "é"):
        assert send(server, body, Authorization=f"Bearer {wrong}").status == 401, wrong


def test_a_token_for_feeds_reads_nothing_that_is_a_readers_own(
    closed: tuple[Server, dict[str, Things], Settings],
) -> None:
    server, things, _ = closed
    token = f"Bearer {things['cem'].secrets['feeds']}"
    for name in ("lists", "for_you", "search"):
        assert send(server, tool(name, {}), Authorization=token).status == 403, name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": [1]}',
        b'{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": 7}',
        message("no/such/method"),
        message("tools/call", {"name": ["search"], "arguments": {}}),
        message("tools/call", {"name": "search", "arguments": "query"}),
        message("tools/call", {"arguments": {}}),
        message("resources/read", {"uri": "file:///etc/passwd"}),
        message("initialize", {"protocolVersion": "9999", "capabilities": 3}),
    ],
)
def test_messages_that_do_not_read_get_the_protocols_error(paper: Server, body: bytes) -> None:
    reply = send(paper, body)
    assert reply.status < 500, reply.text
    assert "error" in reply.json() or reply.json()["status"] == 400
    assert b"Traceback" not in reply.body
    assert b"File \\" not in reply.body


@pytest.mark.parametrize(
    "arguments",
    [
        '{"id": "\\ud800"}',
        '{"id": "\\u0000"}',
        '{"id": null}',
        '{"id": ' + "[" * 400 + "]" * 400 + "}",
        '{"id": "' + "x" * 100_000 + '"}',
        '{"id": 1e999}',
        '{"__class__": "x", "id": "2608.90002"}',
        "null",
        "[]",
    ],
)
def test_arguments_no_client_would_send_are_refused_in_a_line(
    paper: Server, arguments: str
) -> None:
    body = (
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": '
        f'{{"name": "fetch", "arguments": {arguments}}}}}'
    )
    reply = send(paper, body.encode())
    assert reply.status < 500
    found: dict[str, Any] = reply.json()
    assert "error" in found or found["result"]["isError"] is True
    assert len(reply.body) < 2000


def test_a_message_that_is_too_long_is_not_read(paper: Server) -> None:
    assert send(paper, b" " * 300_000).status == 413


def test_other_versions_of_the_protocol_are_told_which_there_are(paper: Server) -> None:
    reply = send(paper, message("tools/list"), MCP_Protocol_Version="2099-01-01")
    assert reply.status == 400
    assert reply.json()["error"]["message"]


def test_who_hangs_up_or_never_ends_their_request_holds_nobody_up(paper: Server) -> None:
    hanging = []
    for _ in range(30):
        connection = socket.create_connection(("127.0.0.1", paper.port))
        connection.sendall(
            b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Accept: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        hanging.append(connection)
    for _ in range(10):
        gone = socket.create_connection(("127.0.0.1", paper.port))
        body = tool("search", {"query": "galaxies"})
        gone.sendall(
            b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Accept: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        gone.close()
    started = time.monotonic()
    assert send(paper, tool("search", {"query": "galaxies"})).status == 200
    assert time.monotonic() - started < 5
    for connection in hanging:
        connection.close()


def test_many_at_once_are_all_answered(paper: Server) -> None:
    def ask(number: int) -> int:
        return send(paper, tool("search", {"query": f"galaxies {number}"})).status

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(ask, range(36))) == {200}


def test_who_asks_too_much_is_told_to_wait_by_the_tool(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    server = serve(make_home(tmp_path / "small", shelf=False, filed=False))
    body = tool("fetch", {"id": "2608.90002"})
    told = ""
    for _ in range(400):
        reply = send(server, body)
        assert reply.status == 200
        result = reply.json()["result"]
        if result["isError"]:
            told = result["content"][0]["text"]
            break
    assert told.startswith("Too many calls: wait ")
