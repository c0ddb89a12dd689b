"""The ledger's page, its API, and the badge on lists."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from broadsheet.catalog import Catalog
from broadsheet.papers import Paper
from broadsheet.settings import Settings
from broadsheet.sources import Announced, Arrived, Listing, Page, Want, fingerprint
from tests.web.serving import Server, file_papers

DAY = "2026-08-21"


def announce(settings: Settings, there: int, told: int) -> None:
    """A listing that names papers of which some are there."""
    papers = [
        Paper(f"2608.{n:05}v1", "arxiv", f"Paper number {n}", "Of a thing.", announced=DAY,
              categories=("cs.LG",))
        for n in range(told)
    ]  # fmt: skip
    ids = [one.id for one in papers]
    page = Page(
        tuple(Arrived(one, line) for line, one in enumerate(papers[:there], 1)),
        tuple(Announced("cs.LG", DAY, one, "new") for one in ids),
        (Listing("cs.LG", DAY, DAY, fingerprint(ids), told),),
    )
    with closing(Catalog.open(settings)) as catalog:
        syncs = catalog.syncs(settings.rejected_path)
        syncs.end(syncs.store(syncs.begin("arxiv-rss", "arxiv", Want(("cs.LG",))), page))
        file_papers(settings, catalog, None)
        if there < told:
            catalog.troubles.open("gap", "arxiv-rss", "2 of 5 are <missing>", day=DAY)


def test_a_home_without_syncs_has_an_empty_ledger_and_no_badge(paper: Server) -> None:
    assert "No source has been asked for its listing yet." in paper.get("/ledger").text
    assert 'class="fresh' not in paper.get("/").text
    assert paper.get("/api/v1/ledger").json()["rows"] == []


def test_every_list_says_how_complete_the_paper_is(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    settings = Settings(home=tmp_path / "home")
    announce(settings, 3, 5)
    server = serve(settings)
    badge = "2 of 5 from 21 August 2026 still missing"
    for path in ("/", "/editions/2026-08-21", "/editions", "/search?q=thing", "/trending"):
        assert badge in server.get(path).text, path
    page = server.get("/ledger").text
    assert "2 of 5 are &lt;missing&gt;" in page
    assert "Friday 21 August 2026" in page
    (row,) = server.get("/api/v1/ledger").json()["rows"]
    assert (row["announced"], row["stored"], row["missing"]) == (5, 3, 2)
    assert server.get("/api/v1/ledger?set=cs.CL").json()["rows"] == []
    assert server.get("/api/v1/ledger?days=0").status == 400
    assert server.get("/ledger?days=nonsense").status == 200


def test_a_complete_paper_says_to_which_day(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    settings = Settings(home=tmp_path / "home")
    announce(settings, 5, 5)
    assert "Complete to 21 August 2026" in serve(settings).get("/").text


def test_a_paper_that_its_source_has_no_more_says_so_on_its_page(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    settings = Settings(home=tmp_path / "home")
    announce(settings, 3, 3)
    with closing(Catalog.open(settings)) as catalog:
        syncs = catalog.syncs(settings.rejected_path)
        gone = Page((), (), (), "", ("2608.00001",))
        syncs.end(syncs.store(syncs.begin("arxiv", "arxiv", Want(("cs.LG",))), gone))
    server = serve(settings)
    assert "<dt>Gone from</dt><dd>arxiv, " in server.get("/papers/2608.00001").text
    assert "Gone from" not in server.get("/papers/2608.00002").text
