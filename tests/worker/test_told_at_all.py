"""What is new and a reader's is told, or counted, however much there is of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from broadsheet.catalog import ingest
from broadsheet.editions import DigestMaker
from broadsheet.readers import LOCAL
from broadsheet.sources import read
from broadsheet.worker import Perusing
from tests.web.serving import HashedWords, Server
from tests.worker import mailroom
from tests.worker.mailroom import Home

WEEK = 300


def announce_many(home: Home, folder: Path, day: str) -> None:
    """More papers of one subject than anybody reads, all of them wanted by two subjects."""
    path = folder / "many.jsonl"
    rows = [
        {
            "id": f"2608.{number:05}",
            "title": f"Kernels of the week, part {number}",
            "abstract": f"Kernels, part {number}. " * 9,
            "categories": ["cs.LG", "stat.ML"],
            "date": day,
        }
        for number in range(50_000, 50_000 + WEEK)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    ingest(home.catalog, read(path), path=path, source="listings", rejected_dir=folder)


def test_what_is_new_is_told_however_much_of_the_week_is_wanted_more(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        announce_many(home, tmp_path, "2026-08-19")
        ada = home.reader("ada", ("category", "cs.LG"), minutes=3)
        first = home.office().preview(ada)
        assert first is not None and len(first.picks) == 4
        everything = home.catalog.listing("2026-08-18", "2026-08-20")
        theirs = sum("cs.LG" in item.categories for item in everything)
        assert first.left_out == theirs - 4 > WEEK - 4
        home.office().run()
        home.announce("2026-08-21", "On kernels, the newest")
        home.clock.now += timedelta(days=1)
        second = home.office().preview(ada)
        assert second is not None, "the newest of a followed subject makes a digest"
        newest = home.catalog.listing("2026-08-21", "2026-08-21")[0].work_id
        assert second.picks[0].work_id == newest
        assert second.announced == 1
        maker = DigestMaker(home.catalog, home.readers)
        assert len(maker.followed(ada, "2026-08-18", "2026-08-21")) == theirs + 1


def test_a_mail_and_the_page_of_a_digest_show_what_was_read(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        path = tmp_path / "read.jsonl"
        abstract = (
            "Molecules are described by hand-made features. However, such features miss long "
            "interactions, which limits their accuracy. We propose a network that learns features "
            "from data. Experiments show that our method reduces the error by 7 %."
        )
        row = {"id": "2608.60001", "title": "Molecules", "abstract": abstract, "date": "2026-08-20"}
        path.write_text(json.dumps(row))
        ingest(home.catalog, read(path), path=path, source="listings", rejected_dir=tmp_path)
        while Perusing(home.catalog).some(100):
            pass
        reader = home.readers.accounts.get(LOCAL)
        assert reader is not None
        home.readers.follows.add(LOCAL, "term", "molecules")
        found = home.office().preview(reader)
        assert found is not None
        idea = "We propose a network that learns features from data."
        assert f"Idea: {idea}" in home.office().written(reader, found)
        with Server(home.settings, HashedWords()) as server:
            assert idea in server.get("/digest").text


def test_all_that_did_not_fit_a_digest_stands_on_the_page_that_its_mail_names(
    tmp_path: Path,
) -> None:
    with mailroom.home(tmp_path / "home") as home:
        announce_many(home, tmp_path, "2026-08-19")
        reader = home.readers.accounts.get(LOCAL)
        assert reader is not None
        home.readers.follows.add(LOCAL, "category", "cs.LG")
        office = home.office()
        found = office.preview(reader)
        assert found is not None and found.left_out > WEEK - 21
        told = office.written(reader, found)
        page = "https://paper.example.org/following"
        assert f"they wait on your page: {page} -- " in " ".join(told.split())
        seen, listed = "", list[str]()
        with Server(home.settings, HashedWords()) as server:
            assert server.get("/api/v1/digest").json()["digest"]["late"] == 0
            path = "/api/v1/following?limit=200"
            while path:
                answer = server.get(path).json()
                listed += [paper["id"] for paper in answer["papers"]]
                path = answer["next"]
            path = "/following"
            while path:
                text = server.get(path).text
                seen += text
                (path,) = re.findall(r'rel="next" href="([^"]+)"', text) or [""]
        shown = re.findall(r'<h3[^>]*><a href="/papers/([^"]+)"', seen)
        assert shown == listed, "the API goes on to the end, in the order of the page"
        for number in range(50_000, 50_000 + WEEK):
            assert listed.count(f"2608.{number}") == 1
            assert seen.count(f'href="/papers/2608.{number}"') == 1
        assert "That is all of the last two weeks." in seen


def test_what_came_after_its_day_stands_on_the_page_of_what_is_followed(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home") as home:
        home.readers.follows.add(LOCAL, "term", "cats")
        home.announce("2026-07-29", "On cats that came late")
        with Server(home.settings, HashedWords()) as server:
            text = server.get("/following").text
            assert "On cats that came late" in text
            assert "On “cats”, which you follow; announced 29 July 2026" in text
