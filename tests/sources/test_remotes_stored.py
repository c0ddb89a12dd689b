"""Sources beyond arXiv, from a host into the catalog: joined with what is held, asked for once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from broadsheet.catalog import Catalog, ingest
from broadsheet.papers import Paper
from broadsheet.settings import Settings
from broadsheet.sources import Arrived, Want
from broadsheet.worker import Syncing
from tests.sources.hosts import Host, serving
from tests.sources.test_biorxiv import Server as Rxiv
from tests.sources.test_biorxiv import post
from tests.sources.test_daily_papers import Hub, entry
from tests.sources.zotero_host import ZoteroHost


def home(path: Path, name: str, host: Host) -> Settings:
    return Settings(
        home=path,
        upstream={name: host.address},
        upstream_options={"zotero.key": "secret", "zotero.library": "users/7"},
        intervals={host.origin: 0.0},
    )


def test_votes_come_to_the_work_that_is_held(tmp_path: Path) -> None:
    hub = Hub()
    hub.lists["2026-08-20"] = [entry(1, 31)]
    with serving(hub) as host:
        settings = home(tmp_path, "daily-papers", host)
        with closing(Catalog.open(settings)) as catalog:
            held = Paper("2608.00001v1", "arxiv", "Paper 1 of the day", "What it says.")
            ingest(
                catalog,
                [Arrived(held, 1)],
                path=Path("held"),
                source="arxiv",
                rejected_dir=settings.rejected_path,
            )
            run = Syncing(settings, catalog).run(
                "daily-papers", Want(since="2026-08-20", until="2026-08-20")
            )
            assert (run.counts.merged, run.counts.new, run.state) == (1, 0, "finished")
            (number,) = catalog.resolve("2608.00001")
            work = catalog.get_many([number])[number]
            assert set(work.sources) == {"arxiv", "daily-papers"}


def test_a_preprint_and_its_journal_version_are_one_work(tmp_path: Path) -> None:
    server = Rxiv()
    server.posts = [post(1), post(1, 2, "2026-08-21", published="10.1038/s41-1")]
    with serving(server) as host:
        settings = home(tmp_path, "biorxiv", host)
        with closing(Catalog.open(settings)) as catalog:
            want = Want(since="2026-08-20", until="2026-08-21")
            run = Syncing(settings, catalog).run("biorxiv", want)
            assert (run.counts.new, run.counts.updated) == (1, 1)
            assert catalog.resolve("10.1038/s41-1") == catalog.resolve("10.64898/2026.08.15.000001")
            again = Syncing(settings, catalog).run("biorxiv", want)
            assert (again.counts.unchanged, again.counts.read) == (2, 2)


def test_a_library_is_asked_for_its_changes_only_and_for_all_once_it_was_taken_back(
    tmp_path: Path,
) -> None:
    zotero = ZoteroHost()
    zotero.put("A paper of mine", extra="arXiv:2405.00001")
    with serving(zotero) as host:
        settings = home(tmp_path, "zotero", host)
        with closing(Catalog.open(settings)) as catalog:
            first = Syncing(settings, catalog).run("zotero", Want(("users/7",)))
            assert first.counts.new == 1
            zotero.put("Another of mine")
            second = Syncing(settings, catalog).run("zotero", Want(("users/7",)))
            assert (second.counts.read, second.counts.new) == (1, 1)
            catalog.undo_import(first.import_id)
            third = Syncing(settings, catalog).run("zotero", Want(("users/7",)))
            assert (third.counts.read, third.counts.new) == (2, 1)
