"""Sources asked by the worker: what goes wrong is named once, and repaired."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from benchmarks.month import CutFeed
from benchmarks.upstream import (
    Broken,
    Cut,
    Missing,
    Refuse,
    Stale,
)

from broadsheet import settings as settings_
from broadsheet.readers import Readers
from broadsheet.sources import ArxivFeed, Client, FetchError, Page, Patience, Want
from broadsheet.worker import (
    PostLog,
    Syncing,
    SyncLocked,
    SyncRounds,
    clock_health,
    freshness,
    sync_health,
)
from tests.worker.stage import SETS, Stage, ids_on


def test_a_first_round_brings_the_last_days_and_then_waits_for_its_hours(stage: Stage) -> None:
    assert stage.at("2026-03-04", 9) == ["arxiv-rss", "arxiv"]
    assert stage.complete()
    assert stage.at("2026-03-04", 10) == []
    assert stage.at("2026-03-04", 22.9) == ["arxiv"]
    assert stage.at("2026-03-05", 0.4) == ["arxiv-rss"]
    # A worker that starts anew asks nothing again.
    stage.rounds = stage.new_rounds()
    assert stage.at("2026-03-05", 0.5) == []
    assert [one for one in stage.catalog.troubles.all() if not one.closed_at] == []


def test_each_night_is_complete_and_says_so(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    for day in ("2026-03-04", "2026-03-05"):
        stage.night(day)
        fresh = freshness(stage.catalog)
        assert (fresh.complete_to, fresh.missing) == (day, 0)
    assert freshness(stage.catalog).words(date(2026, 3, 6)) == "complete to Thursday"
    assert freshness(stage.catalog).words(date(2026, 5, 1)) == "complete to 5 March 2026"
    assert sync_health(stage.settings, stage.catalog)[0] == "ok"


def test_a_stale_batch_is_named_once_and_its_day_is_brought_by_the_records(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    stage.upstream.fail(Stale(interface="rss", day="2026-03-04"))
    stage.night("2026-03-04")
    (stale,) = stage.troubles("stale")
    assert stale.sentence == (
        "arxiv-rss: under Wednesday 4 March 2026 it serves papers of an earlier day again "
        "(cs.CL, cs.LG)"
    )
    assert stale.ending == "its papers came with arXiv's records"
    assert stage.complete()


def test_a_stale_batch_is_asked_for_again_until_the_days_own_comes(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    stage.upstream.fail(Stale(interface="rss", day="2026-03-04"))
    stage.at("2026-03-04", 0.4)
    stage.upstream.heal()
    assert stage.at("2026-03-04", 1.5) == ["arxiv-rss"]
    assert not any(row.stale for row in stage.catalog.completeness.rows("2026-03-04", "2026-03-04"))


def test_papers_that_were_announced_and_did_not_come_are_fetched_by_their_ids(
    stage: Stage,
) -> None:
    stage.at("2026-03-03", 9)
    cut = ids_on(stage, "2026-03-04", 5)
    CutFeed.ids = cut
    stage.upstream.fail(Missing(interface="oai", ids=cut))
    stage.night("2026-03-04")
    (gap,) = stage.troubles("gap")
    assert gap.sentence.startswith("arxiv-rss: 5 of the ")
    assert gap.sentence.endswith("announced for Wednesday 4 March 2026 are missing")
    assert gap.ending == "all of them are here now"
    assert stage.complete()


def test_a_followed_set_that_the_source_does_not_know_is_said(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    followed = {"arxiv": ("cs.CL", "cs.LLM", "cs:cs:LG")}
    stage.settings = stage.settings.model_copy(update={"sync": followed})
    stage.rounds = stage.new_rounds()
    assert sync_health(stage.settings, stage.catalog)[0] == "ok"  # nothing was asked for yet
    stage.at("2026-03-04", 9)
    stage.at("2026-03-04", 22.9)
    state, seen, todo = sync_health(stage.settings, stage.catalog)
    assert (state, seen) == ("warning", "nothing ever came of cs.LLM")
    assert "'sync'" in todo and "arxiv has no such set" in todo
    said = [one.getMessage() for one in caplog.records if "cs.LLM" in one.getMessage()]
    assert sum("nothing ever came of cs.LLM" in one for one in said) == 1


def test_what_cannot_be_had_stays_missing_and_is_said(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    cut = ids_on(stage, "2026-03-04", 3)
    CutFeed.ids = cut
    stage.upstream.fail(Missing(interface="oai", ids=cut), Missing(interface="api", ids=cut))
    stage.night("2026-03-04")
    fresh = freshness(stage.catalog)
    assert (fresh.complete_to, fresh.day, fresh.missing) == ("2026-03-03", "2026-03-04", 3)
    assert fresh.words(date(2026, 3, 5)) == (
        f"complete to Tuesday; 3 of {fresh.announced} from Wednesday still missing"
    )
    state, seen, _ = sync_health(stage.settings, stage.catalog)
    assert state == "warning" and seen.startswith("arxiv-rss: 3 of the ")
    # It is asked for again, and closed when it comes.
    stage.upstream.heal()
    stage.at("2026-03-04", 9)
    assert freshness(stage.catalog).complete_to == "2026-03-04"


def test_listing_and_records_that_disagree_are_named(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    stage.upstream.fail(Missing(interface="rss", ids=ids_on(stage, "2026-03-04", 12)))
    stage.night("2026-03-04")
    stage.night("2026-03-05")
    (found,) = stage.troubles("disagreement")
    assert "arxiv-rss and arxiv disagree about Wednesday 4 March 2026" in found.sentence
    assert found.ending == "what either of them has is here"
    assert stage.complete()


def test_a_storm_of_refusals_is_named_and_waited_out(stage: Stage) -> None:
    stage.upstream.fail(Refuse(429, retry_after=1, times=6))
    stage.at("2026-03-04", 9)
    storms = stage.troubles("throttled")
    assert {one.source for one in storms} == {"arxiv", "arxiv-rss"}
    assert stage.at("2026-03-04", 9.01) == []
    stage.at("2026-03-04", 9.5)
    stage.at("2026-03-04", 10.5)
    assert stage.complete()
    assert all(one.closed_at for one in stage.troubles("throttled"))


def test_a_host_that_asks_for_a_long_pause_is_not_called_unreachable(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.at("2026-03-03", 9)
    stage.upstream.fail(Refuse(429, retry_after=5000))
    with caplog.at_level(logging.INFO, "broadsheet.sync"):
        stage.at("2026-03-04", 9)
        stage.moment += timedelta(minutes=31)
        stage.rounds.round()
    assert len(stage.troubles("throttled")) == 2 and stage.troubles("unreachable") == []
    assert not [one for one in caplog.messages if "cannot be reached" in one]
    stage.at("2026-03-04", 12)
    assert stage.complete() and all(one.closed_at for one in stage.troubles("throttled"))


def test_what_is_wrong_here_for_a_moment_puts_no_source_off_for_hours(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    lock = stage.settings.fetching_path / "arxiv.lock"
    lock.unlink()
    # As on a disk that is full, nothing can be written there.
    lock.mkdir()
    stage.at("2026-03-03", 22.9)
    assert "arxiv.lock" in stage.rounds.syncing.syncs.times()["arxiv"].problem
    lock.rmdir()
    assert "arxiv" in stage.at("2026-03-03", 23.2)
    assert stage.complete()


class Undated(ArxivFeed):
    """Reads its answers as nobody foresaw."""

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """Asks, then fails."""
        for page in super().pages(client, want, cursor):
            if page.items:
                raise OverflowError("date value out of range")
            yield page


def test_an_answer_that_nobody_foresaw_stops_no_other_source(stage: Stage) -> None:
    stage.rounds = stage.new_rounds(Undated)
    assert stage.at("2026-03-04", 9) == ["arxiv-rss", "arxiv"]
    assert stage.complete()
    (broken,) = stage.troubles("broken")
    assert "arxiv-rss: its answers break the sync (OverflowError: date value" in broken.sentence
    assert stage.at("2026-03-04", 9.1) == [], "it is left alone for a while"
    assert stage.at("2026-03-04", 9.3) == ["arxiv-rss"]


def test_a_source_that_is_away_for_weeks_is_asked_every_four_hours(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    stage.upstream.fail(Cut(interface="oai", times=-1))
    for _ in range(50):
        stage.moment += timedelta(hours=4, minutes=1)
        stage.rounds.round()
    assert stage.rounds.syncing.syncs.times()["arxiv"].failures > 40
    next_at = datetime.fromisoformat(stage.rounds.syncing.syncs.times()["arxiv"].next_at)
    assert timedelta(0) < next_at - stage.moment <= timedelta(hours=4)
    stage.upstream.heal()
    stage.at("2026-03-12", 9)
    assert stage.complete()


def test_broken_documents_are_named_and_asked_for_again(stage: Stage) -> None:
    stage.upstream.fail(Broken(interface="oai", times=3))
    stage.at("2026-03-04", 9)
    (broken,) = stage.troubles("broken")
    assert "arxiv: http://" in broken.sentence
    stage.at("2026-03-04", 9.5)
    assert stage.complete()
    assert stage.troubles("broken")[0].closed_at


def test_a_listing_that_does_not_come_is_named(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    stage.upstream.fail(Refuse(503, interface="rss", times=-1))
    stage.night("2026-03-04")
    stage.at("2026-03-04", 7)
    (absent,) = stage.troubles("absent")
    assert absent.sentence == "arxiv-rss: no listing came for Wednesday 4 March 2026"
    assert absent.ending and stage.complete()


def test_a_machine_without_a_network_says_so_once(
    stage: Stage, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    settings = stage.settings.model_copy(
        update={"upstream": dict.fromkeys(stage.settings.upstream, "http://127.0.0.1:9")}
    )
    client = Client(
        tmp_path / "fetching",
        private=frozenset(("127.0.0.1:9",)),
        patience=Patience(attempts=1),
        clock=lambda: stage.moment.timestamp(),
        sleep=stage.sleep,
    )
    rounds = SyncRounds(settings, stage.catalog, clock=lambda: stage.moment, client=client)
    with caplog.at_level(logging.INFO, "broadsheet.sync"):
        for hours in range(4):
            stage.moment += timedelta(hours=hours)
            rounds.round()
    said = [one for one in caplog.messages if "cannot be reached from here" in one]
    assert len(said) == 1 and said[0].startswith("arxiv cannot be reached")
    assert stage.catalog.troubles.all() == []


def test_operators_are_told_once(stage: Stage) -> None:
    readers = Readers(stage.catalog)
    operator = readers.accounts.add("olga", "a long enough password", "operator", "o@example.org")
    secret = readers.letters.change_email(operator.id, "o@example.org")
    readers.letters.confirm_email(secret)
    readers.accounts.add("rita", "a long enough password", "reader", "r@example.org")
    stage.at("2026-03-03", 9)
    cut = ids_on(stage, "2026-03-04", 3)
    CutFeed.ids = cut
    stage.upstream.fail(Missing(interface="oai", ids=cut), Missing(interface="api", ids=cut))
    stage.night("2026-03-04")
    for hours in (8, 12, 16):
        stage.at("2026-03-04", hours)
    mails = PostLog(stage.catalog.database).waiting("9999", 10)
    assert [(one.address, "3 of the" in one.content) for one in mails] == [("o@example.org", True)]


def test_operators_are_told_that_a_busy_host_is_asked_again(stage: Stage) -> None:
    readers = Readers(stage.catalog)
    operator = readers.accounts.add("olga", "a long enough password", "operator", "o@example.org")
    secret = readers.letters.change_email(operator.id, "o@example.org")
    readers.letters.confirm_email(secret)
    stage.at("2026-03-03", 9)
    stage.upstream.fail(Refuse(503, interface="oai", times=-1))
    for hours in (22.9, 23.5):
        stage.at("2026-03-03", hours)
    (mail,) = PostLog(stage.catalog.database).waiting("9999", 10)
    assert "arxiv cannot be asked just now" in mail.content
    assert "The paper goes on asking by itself" in mail.content


def test_an_interrupted_harvest_goes_on_and_is_named(stage: Stage) -> None:
    syncing = stage.rounds.syncing
    run = syncing.syncs.begin("arxiv", "arxiv", Want(SETS, "2026-03-02"))
    stage.upstream.page = 10
    stage.upstream.today = "2026-03-04"
    pages = syncing.remote("arxiv").pages(syncing.client(), Want(SETS, "2026-03-02"), "")
    run = syncing.syncs.store(run, next(pages))
    assert run.cursor
    asked = len(stage.upstream.requests)
    stage.at("2026-03-04", 9)
    first = next(one for one in stage.upstream.requests[asked:] if one.interface == "oai")
    assert "resumptionToken" in first.query
    assert stage.complete()
    (named,) = stage.troubles("interrupted")
    assert named.closed_at


def test_one_process_at_a_time_asks_a_source(stage: Stage) -> None:
    other = Syncing(stage.settings, stage.catalog)
    with stage.rounds.syncing._alone("arxiv"), pytest.raises(SyncLocked, match="another process"):
        other.run("arxiv")


def test_a_failed_sync_says_where_it_stands(stage: Stage) -> None:
    stage.upstream.fail(Refuse(503, interface="oai", times=-1))
    with pytest.raises(FetchError):
        stage.rounds.syncing.run("arxiv")
    (run,) = stage.rounds.syncing.syncs.runs()
    assert run.state == "running" and "503" in run.problem
    assert stage.catalog.troubles.all() == []


def test_nothing_is_followed_where_the_setting_says_so(stage: Stage) -> None:
    settings = settings_.load(home=stage.settings.home, sync="off")
    rounds = SyncRounds(settings, stage.catalog)
    with rounds:
        assert not rounds._thread.is_alive()
    assert rounds.round() == []
    assert stage.upstream.requests == []


def test_asking_for_days_of_ones_own_leaves_no_hole(stage: Stage) -> None:
    syncing = stage.rounds.syncing
    stage.at("2026-03-03", 9)
    assert syncing.next_want("arxiv", SETS) == Want(SETS, "2026-03-03")
    stage.moment += timedelta(days=5)
    # Days long ago say nothing of what came since; nor does asking from yesterday on.
    syncing.run("arxiv", Want(SETS, "2026-02-01", "2026-02-03"))
    assert syncing.next_want("arxiv", SETS) == Want(SETS, "2026-03-03")
    syncing.run("arxiv", Want(SETS, "2026-03-07"))
    assert syncing.next_want("arxiv", SETS) == Want(SETS, "2026-03-03")
    syncing.run("arxiv", Want(SETS, "2026-03-03"))
    assert syncing.next_want("arxiv", SETS) == Want(SETS, "2026-03-08")


def test_a_sync_of_other_days_that_was_interrupted_does_not_stand_for_the_nights(
    stage: Stage,
) -> None:
    stage.at("2026-03-03", 9)
    stage.rounds.syncing.syncs.begin("arxiv", "arxiv", Want(("cs.CL",), "2026-02-01", "2026-02-03"))
    stage.night("2026-03-04")
    assert stage.rounds.syncing.syncs.interrupted("arxiv") == []
    assert stage.complete()


def test_once_a_week_the_query_api_testifies_to_what_all_others_lack(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    lost = ids_on(stage, "2026-03-04", 1)
    faults = (Missing(interface=one, ids=lost) for one in ("oai", "rss"))
    stage.upstream.fail(*faults)
    for day in ("2026-03-04", "2026-03-05", "2026-03-06"):
        stage.night(day)
    assert not stage.complete() and not stage.troubles("gap")
    assert stage.at("2026-03-07", 8) == ["arxiv-api"]
    (gap,) = stage.troubles("gap")
    assert gap.sentence.startswith("arxiv-api: 1 paper submitted from ")
    assert gap.ending == "they came by the query API"
    assert stage.complete()
    assert stage.at("2026-03-07", 9) == []


def test_who_is_asked_to_end_waits_for_no_pause_of_a_host(stage: Stage) -> None:
    stage.upstream.fail(Refuse(503, retry_after=120, interface="oai", times=-1))
    stop = threading.Event()
    syncing = Syncing(stage.settings, stage.catalog, stop=stop)
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    run = syncing.run("arxiv", Want(SETS, "2026-03-02"))
    assert time.monotonic() - began < 10
    assert (run.state, run.problem) == ("running", "stopped with its worker")
    stage.upstream.heal()
    timer.join()


def test_many_syncs_of_days_of_ones_own_leave_no_hole(stage: Stage) -> None:
    syncing = stage.rounds.syncing
    stage.at("2026-03-03", 9)
    stage.moment += timedelta(days=20)
    for number in range(25):
        day = f"2025-01-{number + 1:02}"
        run = syncing.syncs.begin("arxiv", "arxiv", Want(("math",), day, day))
        syncing.syncs.end(run)
        syncing.syncs.end(syncing.syncs.begin("arxiv", "arxiv", Want(("hep-th",), day)))
    assert syncing.next_want("arxiv", SETS) == Want(SETS, "2026-03-03")


def test_a_clock_that_ran_ahead_leaves_no_hole(stage: Stage) -> None:
    syncing = stage.rounds.syncing
    stage.at("2026-03-03", 9)
    stage.moment += timedelta(days=31)
    early = Want(SETS, "2026-03-03")
    syncing.syncs.end(syncing.syncs.begin("arxiv", "arxiv", early))
    stage.moment -= timedelta(days=30)
    assert clock_health(stage.settings, stage.catalog, stage.moment)[0] == "warning"
    assert syncing.next_want("arxiv", SETS) == early
    # One that asked for days to come, as a sync after a wrong clock did, covers nothing.
    syncing.syncs.end(syncing.syncs.begin("arxiv", "arxiv", Want(SETS, "2026-04-03")))
    assert syncing.next_want("arxiv", SETS) == early
    # Nor is the wrong time believed when it has come.
    stage.moment += timedelta(days=60)
    assert syncing.next_want("arxiv", SETS) == early


def test_a_worker_whose_clock_was_put_right_asks_at_once(stage: Stage) -> None:
    stage.at("2026-04-20", 9)
    stage.at("2026-03-04", 9)
    assert stage.complete()
    assert clock_health(stage.settings, stage.catalog, stage.moment)[0] == "ok"


def test_doctor_names_a_clock_that_differs_from_the_sources(stage: Stage) -> None:
    assert clock_health(stage.settings, stage.catalog, stage.moment)[0] == "ok"
    stage.at("2026-03-03", 9)
    with stage.catalog.database.write() as connection:
        connection.exec_driver_sql("UPDATE listings SET built = '2026-01-02T12:00:00Z'")
    state, seen, todo = clock_health(stage.settings, stage.catalog, stage.moment)
    assert (state, "60 days ahead" in seen, "set this machine's clock" in todo) == (
        "warning",
        True,
        True,
    )


def test_records_of_other_days_or_sets_repair_nothing(stage: Stage) -> None:
    stage.at("2026-03-03", 9)
    stage.moment += timedelta(hours=1)
    stage.rounds.syncing.troubles.open("absent", "arxiv-rss", "no listing", day="2026-03-04")
    (trouble,) = [one for one in stage.troubles("absent") if not one.closed_at]
    syncing = stage.rounds.syncing
    stage.moment += timedelta(hours=1)
    for want in (Want(SETS, "2025-01-01", "2025-01-02"), Want(("math",), "2026-03-01")):
        syncing.syncs.end(syncing.syncs.begin("arxiv", "arxiv", want))
        assert not stage.rounds.checks.covered(trouble, SETS)
    syncing.syncs.end(syncing.syncs.begin("arxiv", "arxiv", Want(SETS, "2026-03-01")))
    assert stage.rounds.checks.covered(trouble, SETS)
