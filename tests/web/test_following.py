"""The pages follow what other processes do to the home."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from broadsheet.catalog import Catalog, ingest
from broadsheet.papers import Author, Paper, parse_identifier
from broadsheet.settings import Settings
from broadsheet.sources import Arrived
from tests.web.conftest import make_home
from tests.web.serving import HashedWords, Server, file_papers, soon


def a_late_paper(number: int) -> Arrived:
    name = f"2608.{95000 + number}"
    paper = Paper(
        id=name,
        source="listings",
        title=f"Latecomer {number} about zeppelins",
        abstract="Zeppelins float. This abstract came late, when all others were printed.",
        authors=(Author("Late Comer"),),
        categories=("cs.RO",),
        identifiers=(parse_identifier(name)[0],),
        announced="2026-08-21",
    )
    return Arrived(paper, number)


def take_in(settings: Settings, *items: Arrived) -> None:
    with closing(Catalog.open(settings)) as catalog:
        ingest(
            catalog,
            items,
            path=Path("late"),
            source="listings",
            rejected_dir=settings.rejected_path,
            progress=None,
        )


def test_what_is_stored_and_filed_is_seen_soon(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = make_home(tmp_path, shelf=False)
    server = serve(settings, HashedWords())
    assert "Latecomer" not in server.get("/").text
    assert "Latecomer" not in server.get("/search?q=zeppelins").text

    take_in(settings, a_late_paper(1))
    assert soon(lambda: "Friday 21 August 2026" in server.get("/").text)
    assert "papers filed so far" in server.get("/").text

    with closing(Catalog.open(settings)) as catalog:
        file_papers(settings, catalog, HashedWords(), encode=0)
    assert soon(lambda: "Latecomer 1" in server.get("/search?q=zeppelins").text)
    assert "Meaning search covers" in server.get("/").text

    with closing(Catalog.open(settings)) as catalog:
        file_papers(settings, catalog, HashedWords())
    assert soon(lambda: "by words and by meaning" in server.get("/").text)


def test_an_index_that_comes_later_is_picked_up(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = make_home(tmp_path, shelf=False, filed=False)
    server = serve(settings, HashedWords())
    assert "Not filed yet" in server.get("/search?q=galaxies").text
    with closing(Catalog.open(settings)) as catalog:
        file_papers(settings, catalog, HashedWords())
    assert soon(lambda: "On galaxies" in server.get("/search?q=galaxies").text)


def test_a_deleted_paper_is_gone(tmp_path: Path, serve: Callable[..., Server]) -> None:
    settings = make_home(tmp_path, shelf=False)
    server = serve(settings)
    assert server.get("/papers/2608.90002").status == 200
    with closing(Catalog.open(settings)) as catalog:
        catalog.delete(catalog.resolve("2608.90002")[0])
    assert soon(lambda: server.get("/papers/2608.90002").status == 404)


def test_an_index_of_another_version_is_told_without_the_folders_of_the_home(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = make_home(tmp_path, shelf=False)
    with closing(Catalog.open(settings)) as catalog:
        file_papers(settings, catalog, HashedWords(), encode=0)
    (found,) = settings.index_path.glob("generations/*/meta.json")
    meta = orjson.loads(found.read_bytes())
    found.write_bytes(orjson.dumps(meta | {"schema": -1}))
    server = serve(settings, HashedWords())
    for path in ("/api/v1/search?q=a", "/api/v1/status", "/about"):
        assert "made anew for this version" in server.get(path).text, path
    for path in ("/", "/search?q=a", "/api/v1/search?q=a", "/api/v1/status", "/about"):
        assert str(tmp_path) not in server.get(path).text, path


def test_a_catalog_that_cannot_be_read_is_answered_503_until_it_can(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = Settings(home=tmp_path)
    settings.catalog_path.write_bytes(b"this is no catalog" * 400)
    server = serve(settings)
    for path in ("/", "/search?q=a", "/papers/x", "/healthz"):
        reply = server.get(path)
        assert reply.status == 503
        assert reply.headers["retry-after"]
        assert "Back in a moment" in reply.text
        assert str(tmp_path) not in reply.text
    problem = server.get("/api/v1/status")
    assert problem.json()["status"] == 503
    assert "log" in problem.json()["detail"] and str(tmp_path) not in problem.text
    settings.catalog_path.unlink()
    assert server.get("/").status == 200


def test_a_home_that_cannot_keep_its_key_is_answered_503(
    tmp_path: Path, serve: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "pages.key").mkdir()  # as good as a full disk: no file can be made of it
    server = serve(Settings(home=tmp_path))
    reply = server.get("/")
    assert reply.status == 503 and "Back in a moment" in reply.text
    assert any(str(tmp_path / "pages.key") in one.getMessage() for one in caplog.records)
    assert not any(one.exc_info for one in caplog.records)
    (tmp_path / "pages.key").rmdir()
    assert server.get("/").status == 200


def test_one_id_of_two_collections_is_a_choice(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = Settings(home=tmp_path)
    for source, title in (("cranfield", "Wings in a slipstream"), ("cacm", "A sorting routine")):
        paper = Paper(
            id="12",
            source=source,
            title=title,
            abstract=f"{title}, at length.",
            identifiers=(parse_identifier("12", source)[0],),
        )
        take_in(settings, Arrived(paper, 1))
    server = serve(settings)
    page = server.get("/papers/12")
    assert page.status == 300
    assert 'href="/papers/cranfield:12"' in page.text
    assert "Wings in a slipstream" in server.get("/papers/cranfield:12").text
    assert "A sorting routine" in server.get("/papers/cacm:12").text
