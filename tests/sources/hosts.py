"""A local server that plays a host, and a client that may ask it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from broadsheet.sources import Arrived, Client, Page, Rejected, RemoteSettings, Want


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): said for name, said in headers.items()}
    body = json.dumps(value).encode()
    return Reply(body, status, {"Content-Type": "application/json", **named})


@dataclass
class Host:
    """What runs: its address, what it was asked, and replies to give before its own."""

    address: str
    origin: str
    asked: list[Asked] = field(default_factory=list)
    first: list[Reply] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[Host]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            named = {name.lower(): said for name, said in self.headers.items()}
            asked = Asked(self.command, split.path, dict(parse_qsl(split.query)), named, body)
            host.asked.append(asked)
            reply = host.first.pop(0) if host.first else answer(asked)
            self.send_response(reply.status)
            for name, said in reply.headers.items():
                self.send_header(name, said)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    host = Host(f"http://127.0.0.1:{port}", f"127.0.0.1:{port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Time:
    """A clock that sleeping puts forward."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(0.0, seconds)


def client_for(folder: Path, *hosts: Host, time: Time | None = None) -> Client:
    time = time or Time()
    private = frozenset(host.origin for host in hosts)
    return Client(folder, private=private, clock=time, sleep=time.sleep)


def settings_for(name: str, host: Host, **options: str) -> RemoteSettings:
    named = {f"{name}.{option}": said for option, said in options.items()}
    return RemoteSettings({name: host.address}, named)


def everything(
    remote: Any, client: Client, want: Want | None = None, cursor: str = ""
) -> list[Page]:
    return list(remote.pages(client, want or Want(), cursor))


def papers(pages: list[Page]) -> list[Any]:
    return [one.paper for page in pages for one in page.items if isinstance(one, Arrived)]


def rejected(pages: list[Page]) -> list[str]:
    return [one.reason for page in pages for one in page.items if isinstance(one, Rejected)]


def resumed(remote: Any, client: Client, want: Want | None = None) -> list[Page]:
    """The pages when the sync is killed after every one of them and goes on from its cursor."""
    found: list[Page] = []
    cursor = ""
    while True:
        page = next(iter(remote.pages(client, want or Want(), cursor)), None)
        if page is None:
            return found
        found.append(page)
        if not page.cursor or page.cursor == cursor:
            return found
        cursor = page.cursor
