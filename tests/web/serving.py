"""The server in a thread, a client that sends what it is told to, and a small encoder."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import numpy as np
import uvicorn
from numpy.typing import NDArray

from broadsheet.catalog import Catalog, ingest
from broadsheet.encoders import VectorStore
from broadsheet.index import open_writer
from broadsheet.papers import Paper
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from broadsheet.text import embedded_text
from broadsheet.web import create_app


class HashedWords:
    """An encoder without weights: the sum of a random vector for each word."""

    name = "hashed-words"
    key = "hashed-words-64"
    dimensions = 64

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        zero = _vector_of("", self.dimensions)
        rows = [
            sum((_vector_of(word, self.dimensions) for word in text.lower().split()), zero)
            for text in texts
        ]
        vectors = np.asarray(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@lru_cache(maxsize=100_000)
def _vector_of(word: str, dimensions: int) -> NDArray[np.float32]:
    digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
    random = np.random.default_rng(int.from_bytes(digest, "big"))
    return random.standard_normal(dimensions).astype(np.float32)


def file_papers(
    settings: Settings, catalog: Catalog, encoder: HashedWords | None, *, encode: int = 10_000
) -> None:
    """What the worker does: words first, then the meaning of so many papers."""
    key, dimensions = (encoder.key, encoder.dimensions) if encoder else ("", 0)
    with open_writer(settings, key, dimensions) as writer:
        writer.sync(catalog)
        if encoder is None or not encode:
            return
        waiting = writer.pending(encode)
        works = catalog.get_many([item.work_id for item in waiting])
        with VectorStore(settings.vectors_path / key, dimensions, read_only=False) as store:
            texts = [embedded_text(works[item.work_id].paper) for item in waiting]
            store.append([item.text_hash for item in waiting], encoder.encode_documents(texts))
        writer.commit()


def soon(answers: Callable[[], bool]) -> bool:
    """Whether it comes to hold. A server looks for what others did to its home five times a
    second, and a busy machine takes longer."""
    give_up = time.monotonic() + 5.0
    while time.monotonic() < give_up:
        if answers():
            return True
        time.sleep(0.02)
    return False


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Sequence[str] = ()

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """The application under uvicorn on a free port of the loopback."""

    def __init__(self, settings: Settings, encoder: HashedWords | None = None) -> None:
        self.settings = settings
        app = create_app(settings, encoder=encoder)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{settings.base_path}"
        config = uvicorn.Config(app, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def __enter__(self) -> Self:
        self._thread.start()
        give_up = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive(), "the server ended"
            assert time.monotonic() < give_up, "the server does not start"
            time.sleep(0.01)
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()
        assert not self._thread.is_alive()

    def get(
        self,
        path: str | bytes,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes = b"",
    ) -> Reply:
        """Sends a path as it is: bytes are not made tidy first."""
        raw = path if isinstance(path, bytes) else path.encode()
        named = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        if body or method not in ("GET", "HEAD"):
            named.setdefault("Content-Length", str(len(body)))
        lines = [method.encode() + b" " + raw + b" HTTP/1.1"]
        lines += [f"{name}: {value}".encode() for name, value in named.items()]
        request = b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            body = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        return Reply(response.status, found, body, cookies)


class Person:
    """Someone with a browser: keeps cookies, and fills in the forms of pages."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self._kept(self.server.get(path, {**self._cookie(), **(headers or {})}))

    def csrf(self, path: str = "/") -> str:
        """The token in the forms of a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def post(
        self,
        path: str,
        fields: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        *,
        token: str | None = None,
        page: str = "/",
    ) -> Reply:
        """Sends a form as the page at ``page`` would."""
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        pairs.append(("csrf", self.csrf(page) if token is None else token))
        return self._kept(
            self.server.get(
                path,
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Origin": f"http://127.0.0.1:{self.server.port}",
                    "Sec-Fetch-Site": "same-origin",
                    **self._cookie(),
                    **(headers or {}),
                },
                "POST",
                urlencode(pairs).encode(),
            )
        )

    def act(self, what: str, **more: str) -> Reply:
        """Presses a button of a paper."""
        return self.post("/acts", {"act": what, "back": "/", **more})

    def log_in(self, name: str, password: str) -> Self:
        reply = self.post("/login", {"name": name, "password": password}, page="/login")
        assert reply.status == 303, reply.text
        return self

    def _cookie(self) -> dict[str, str]:
        if not self.cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _kept(self, reply: Reply) -> Reply:
        for cookie in reply.cookies:
            pair, _, rest = cookie.partition(";")
            name, _, value = pair.partition("=")
            if "max-age=0" in rest.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return reply


@contextmanager
def served(home: Path, papers: Sequence[Paper]) -> Iterator[Server]:
    """A server over a new home that holds these papers, encoded."""
    settings = Settings(home=home)
    arrived = [Arrived(paper, line) for line, paper in enumerate(papers, 1)]
    where = settings.rejected_path
    with closing(Catalog.open(settings)) as catalog:
        ingest(catalog, arrived, path=Path("listings"), source="listings", rejected_dir=where)
        file_papers(settings, catalog, HashedWords())
    with Server(settings, HashedWords()) as server:
        yield server
