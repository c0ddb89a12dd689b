"""The paper for an agent that starts the program itself: the official client, a subprocess,
and the real papers of the starter edition."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

from broadsheet.catalog import Catalog, ingest
from broadsheet.readers import LOCAL, Readers, ReadersError
from broadsheet.settings import Settings
from broadsheet.sources import starter
from broadsheet.web import serve_stdio
from tests.web.agents import call, refused
from tests.web.serving import file_papers

T = TypeVar("T")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The whole starter edition, found by words."""
    settings = Settings(home=tmp_path_factory.mktemp("shelf"))
    with closing(Catalog.open(settings)) as catalog:
        ingest(
            catalog,
            list(starter()),
            path=Path("starter"),
            source="starter",
            rejected_dir=settings.rejected_path,
            progress=None,
        )
        file_papers(settings, catalog, None)
    return settings


def command(settings: Settings, *options: str) -> StdioServerParameters:
    # Without weights: the home is searched by words, and nothing is loaded for it.
    env = {"BROADSHEET_ENCODER": str(settings.home / "none"), "BROADSHEET_MODEL_HUB": "0"}
    args = ["-m", "broadsheet", "mcp", "--home", str(settings.home), *options]
    return StdioServerParameters(command=sys.executable, args=args, env=env)


def talk(
    settings: Settings, talking: Callable[[Client], Awaitable[T]], *options: str, mode: str = "auto"
) -> T:
    async def run() -> T:
        transport = stdio_client(command(settings, *options))
        async with Client(transport, mode=mode) as client:  # type: ignore[arg-type]
            return await talking(client)

    return asyncio.run(run())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_real_papers_are_found_opened_and_handed_out(shelf: Settings, mode: str) -> None:
    async def use(client: Client) -> None:
        assert "482 papers" in (client.instructions or "")
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"search", "fetch", "for_you", "lists"} <= names
        assert not names & {"save", "vote"}
        found = await call(client, "search", query="plagiarism detection with embeddings")
        first = found["results"][0]
        assert "Plagiarism" in first["title"]
        document = await call(client, "fetch", id=first["id"])
        assert document["title"] == first["title"]
        assert "not" in document["metadata"]["text_is"] or document["text"]
        page = await call(client, "edition", limit=20)
        assert len(page["papers"]) == 20
        assert page["total"] == 482
        assert "There is no edition yet" in await refused(client, "edition", edition="week")
        with pytest.raises(MCPError, match="no tool “save”"):
            await client.call_tool("save", {"id": first["id"]})

    talk(shelf, use, mode=mode)


def test_an_agent_writes_only_where_its_starter_said_so(shelf: Settings) -> None:
    async def use(client: Client) -> str:
        found = await call(client, "search", query="diffusion")
        name: str = found["results"][0]["id"]
        assert (await call(client, "save", id=name))["done"] == "saved"
        return name

    name = talk(shelf, use, "--write")
    with closing(Catalog.open(shelf)) as catalog:
        [work] = catalog.resolve(name)
        assert Readers(catalog).acts.states(LOCAL, [work])[work] == {"save"}


def test_a_reader_that_is_not_there_is_said_in_one_line(shelf: Settings) -> None:
    asked = command(shelf, "--reader", "nobody")
    done = subprocess.run(  # the command that the client would start
        [asked.command, *asked.args],
        env=asked.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().splitlines()[-1].startswith("Error: there is no reader 'nobody'")
    assert "Traceback" not in done.stderr


def test_it_ends_with_its_client_and_prints_nothing_but_messages(shelf: Settings) -> None:
    asked = command(shelf)
    done = subprocess.run(
        [asked.command, *asked.args],
        env=asked.env,
        input='not json\n{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n',
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        assert line.startswith("{")
    assert "Traceback" not in done.stderr


def test_an_unknown_reader_is_told_before_anything_is_loaded(
    shelf: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A program that ends while the encoder's libraries start in a thread may abort.
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    with pytest.raises(ReadersError, match="there is no reader 'nobody'"):
        serve_stdio(shelf, reader="nobody")
    assert started == []
