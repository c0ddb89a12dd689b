"""Records that come broken are named, and come whole in the end."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from benchmarks.upstream import BrokenRecord, Refuse

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog
from broadsheet.sources import Want
from broadsheet.worker import SyncRounds
from tests.sources.hosts import Reply, client_for, serving
from tests.worker.stage import SETS, Stage, ids_on


def test_a_record_that_comes_broken_is_fetched_by_its_id(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    first = len(stage.upstream.requests)
    (name,) = ids_on(stage, "2026-03-04", 1)
    stage.upstream.fail(BrokenRecord(id=name, interface="oai", times=-1))
    stage.at("2026-03-03", 22.9)
    (broken,) = stage.troubles("broken")
    assert "could not be read (is not whole XML" in broken.sentence
    assert broken.sentence.endswith("what they announce is fetched by its id")
    assert broken.ending == "what they announce is here"
    asked = [one.interface for one in stage.upstream.requests[first:]]
    assert "api" in asked
    assert stage.complete()


def test_a_broken_record_is_missing_until_it_comes(stage: Stage) -> None:
    (name,) = ids_on(stage, "2026-03-04", 1)
    stage.upstream.fail(
        BrokenRecord(id=name, interface="oai", times=-1),
        Refuse(503, interface="api", times=-1),
        Refuse(503, interface="rss", times=-1),
    )
    stage.at("2026-03-04", 9)
    rows = stage.catalog.completeness.rows("2026-03-01", "2026-03-04", listing="arxiv")
    assert sum(row.missing for row in rows) == sum(row.rejected for row in rows) >= 1
    assert [one.closed_at for one in stage.troubles("broken")] == [""]
    assert not stage.complete()
    stage.upstream.heal()
    stage.at("2026-03-04", 12)
    assert stage.complete() and all(one.closed_at for one in stage.troubles("broken"))


def test_a_broken_record_comes_with_its_day_where_it_cannot_come_by_its_id(stage: Stage) -> None:
    (name,) = ids_on(stage, "2026-03-04", 1)
    stage.upstream.fail(
        BrokenRecord(id=name, interface="oai", times=-1),
        Refuse(503, interface="api", times=-1),
        Refuse(503, interface="rss", times=-1),
    )
    stage.at("2026-03-04", 9)
    for hours in (12, 15):
        stage.at("2026-03-04", hours)
    (broken,) = stage.troubles("broken")
    assert not broken.closed_at and broken.figures["days"] == ["2026-03-04"]
    stage.upstream.heal()
    stage.upstream.fail(Refuse(503, interface="api", times=-1))
    stage.at("2026-03-04", 18)
    asked = [one.query for one in stage.upstream.requests if one.interface == "oai"][-1]
    assert asked["until"] == "2026-03-04"
    assert stage.complete() and stage.troubles("broken")[0].closed_at
    assert all(one.closed_at for one in stage.troubles("gap"))


def test_a_broken_record_of_days_long_ago_comes_too(stage: Stage) -> None:
    stage.at("2026-03-06", 9)
    stage.moment += timedelta(days=60)
    stage.rounds = stage.new_rounds()
    kept = {work.id for work in stage.catalog.get_many(range(1, 999)).values()}
    for run in stage.catalog.imports():
        if run.state == "finished":
            stage.catalog.undo_import(run.id)
    with stage.catalog.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM announced")
    assert kept and not stage.catalog.count()
    stage.upstream.fail(BrokenRecord(place=1, interface="oai", times=3))
    run = stage.rounds.syncing.run("arxiv", Want(("cs.CL",), "2026-03-02", "2026-03-05"))
    assert run.counts.rejected == 1
    before = stage.catalog.count()
    stage.rounds.look()
    assert stage.catalog.count() == before + 1
    assert [one.ending for one in stage.troubles("gap")] == ["all of them are here now"]


def test_a_known_paper_whose_change_came_broken_is_fetched_too(stage: Stage) -> None:
    last = stage.upstream.archive.days[-1]
    changed = next(one for one in stage.upstream.archive.by_day[last] if one.kind == "replace")
    stage.at(stage.upstream.archive.days[-2], 9)
    (number,) = stage.catalog.resolve(changed.paper.id)
    before = stage.catalog.versions(number)
    stage.upstream.fail(BrokenRecord(id=changed.paper.id, interface="oai", times=-1))
    stage.upstream.today = last
    stage.moment = datetime.fromisoformat(f"{last}T09:00:00+00:00")
    stage.rounds.syncing.run("arxiv", Want(SETS, last))
    ledger = stage.catalog.completeness
    assert ledger.unread("arxiv", [last]) == [f"arxiv\t{changed.paper.id}"]
    assert stage.catalog.versions(number) == before
    stage.rounds.look()
    # It is not missing, so there is no gap; but its change is.
    assert not stage.troubles("gap") and stage.troubles("broken")[0].closed_at
    assert ledger.unread("arxiv", [last]) == []
    assert len(stage.catalog.versions(number)) == len(before) + 1


def test_what_is_announced_for_a_day_to_come_is_fetched_too(stage: Stage) -> None:
    (name,) = ids_on(stage, "2026-03-09", 1)
    stage.at("2026-03-03", 9)
    stage.upstream.fail(BrokenRecord(id=name, interface="oai", times=-1))
    stage.upstream.today = "2026-03-09"
    assert stage.rounds.syncing.fetch_ids([name]) == 1
    stage.rounds.syncing.run("arxiv", Want(SETS, "2026-03-03"))
    unread = stage.catalog.completeness.unread
    assert unread("arxiv", ["2026-03-03"]) == [f"arxiv\t{name}"]
    stage.rounds.look()
    assert unread("arxiv", ["2026-03-03"]) == [] and stage.troubles("broken")[0].closed_at


FEED = """<rss version="2.0"><channel><title>Lab</title><link>https://lab.example</link>
<pubDate>{day}</pubDate>{items}</channel></rss>"""
ITEM = "<item><title>Paper {n}</title><guid>https://lab.example/{n}</guid></item>"


def test_a_feed_that_is_broken_is_asked_again_and_says_so_until_it_is_whole(
    tmp_path: Path,
) -> None:
    moment = datetime(2026, 3, 4, 9, tzinfo=UTC)
    items = [ITEM.format(n=n) for n in range(3)]
    bad = [items[0], items[1].replace("Paper 1", "Paper <1 & 2"), items[2]]
    sent = [FEED.format(day=format_datetime(moment), items="".join(bad))]

    with serving(lambda asked: Reply(sent[0].encode())) as host:
        settings = settings_.load(
            home=tmp_path / "home", sync={"feed": [host.address]}, model_hub=False
        )
        client = client_for(tmp_path / "fetching", host)
        with closing(Catalog.open(settings)) as catalog:
            rounds = SyncRounds(settings, catalog, clock=lambda: moment, client=client)
            rounds.round()
            (broken,) = catalog.troubles.all()
            assert broken.sentence.endswith("they are asked for again")
            moment += timedelta(days=1)
            rounds.round()
            (broken,) = catalog.troubles.all()
            assert not broken.closed_at and broken.figures["records"] == 1
            sent[0] = FEED.format(day=format_datetime(moment), items="".join(items))
            moment += timedelta(days=1)
            rounds.round()
            (broken,) = catalog.troubles.all()
            assert broken.ending.endswith("could read them") and catalog.count() == 3


def test_what_does_not_come_for_a_week_is_given_up_and_says_where_it_is(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 4, 9, tzinfo=UTC)
    bad = FEED.format(day=format_datetime(moment), items=f"{ITEM.format(n=1)}<item><x & y></item>")
    with serving(lambda asked: Reply(bad.encode())) as host:
        settings = settings_.load(
            home=tmp_path / "home", sync={"feed": [host.address]}, model_hub=False
        )
        client = client_for(tmp_path / "fetching", host)
        with closing(Catalog.open(settings)) as catalog:
            rounds = SyncRounds(settings, catalog, clock=lambda: moment, client=client)
            for day in range(8):
                moment = datetime(2026, 3, 4 + day, 9, tzinfo=UTC)
                rounds.syncing.run("feed", Want((host.address,)))
                rounds.look()
            (broken,) = catalog.troubles.all()
            assert broken.ending.endswith("the file of rejected records has them")


def test_records_without_an_id_are_asked_for_again_with_their_days(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    syncing = stage.rounds.syncing
    stage.upstream.fail(BrokenRecord(place=1, interface="api", times=3))
    run = syncing.run("arxiv-api", Want(SETS, "2026-02-20", "2026-03-03"))
    assert run.counts.rejected == 1
    (broken,) = [one for one in stage.troubles("broken") if one.source == "arxiv-api"]
    assert broken.figures["unnamed"] == 1
    assert syncing.next_want("arxiv-api", SETS).since == "2026-02-20"
    assert syncing.next_want("arxiv-api", ("math",)).since > "2026-02-20"
    # Other days, or other sets, are not these.
    syncing.run("arxiv-api", Want(SETS, "2026-02-25", "2026-03-03"))
    assert not stage.troubles("broken")[0].closed_at
    syncing.run("arxiv-api", Want(SETS, "2026-02-20", "2026-03-03"))
    assert stage.troubles("broken")[0].closed_at
    assert syncing.next_want("arxiv-api", SETS).since > "2026-02-20"
