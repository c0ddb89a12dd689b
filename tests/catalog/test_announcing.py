"""What sources announced, and what became of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, CatalogError, SyncRun, Syncs
from broadsheet.papers import Paper, parse_identifier
from broadsheet.sources import (
    Announced,
    AnnounceKind,
    Arrived,
    Listing,
    Page,
    Rejected,
    Want,
    fingerprint,
)

from .kit import paper

FRIDAY = "2026-08-21"
SET = "cs.LG"


@pytest.fixture
def syncs(catalog: Catalog, tmp_path: Path) -> Syncs:
    return catalog.syncs(tmp_path / "rejected")


def arxiv(number: int, version: int = 1, **fields: object) -> Paper:
    return paper(
        f"2608.{number:05}v{version}",
        f"Paper number {number}, version {version}",
        source="arxiv",
        **fields,
    )


def page(
    papers: list[Paper],
    told: list[Paper] | None = None,
    *,
    day: str = FRIDAY,
    kind: AnnounceKind = "new",
    cursor: str = "",
    rejected: tuple[Rejected, ...] = (),
    deleted: tuple[str, ...] = (),
    sets: tuple[str, ...] = (SET,),
) -> Page:
    """A page of a listing: what it carries, and what it announces (all of it, if not said)."""
    lines = papers if told is None else told
    ids = [one.id for one in lines]
    items = tuple(Arrived(one, line) for line, one in enumerate(papers, 1))
    return Page(
        (*items, *rejected),
        tuple(Announced(name, day, one, kind) for one in ids for name in sets),
        tuple(Listing(name, day, f"{day}T04:00:00Z", fingerprint(ids), len(ids)) for name in sets),
        cursor,
        deleted,
    )


def run(syncs: Syncs, *pages: Page, remote: str = "arxiv-rss", want: Want | None = None) -> SyncRun:
    running = syncs.begin(remote, "arxiv", want or Want((SET,)))
    for one in pages:
        running = syncs.store(running, one)
    return syncs.end(running)


def row(catalog: Catalog, day: str = FRIDAY, **where: object):  # type: ignore[no-untyped-def]
    found = catalog.completeness.rows(day, day, **where)  # type: ignore[arg-type]
    assert len(found) == 1, found
    return found[0]


def test_what_was_announced_and_stored_is_counted(catalog: Catalog, syncs: Syncs) -> None:
    told = [arxiv(number) for number in range(5)]
    done = run(syncs, page(told[:3], told))
    assert (done.state, done.counts.new, done.announced) == ("finished", 3, 5)
    counted = row(catalog)
    assert (counted.announced, counted.fetched, counted.stored, counted.missing) == (5, 3, 3, 2)
    assert counted.total == 5
    assert catalog.completeness.missing("arxiv-rss", FRIDAY) == [
        "arxiv\t2608.00003",
        "arxiv\t2608.00004",
    ]
    run(syncs, page(told[3:], []), remote="arxiv-api")
    counted = next(r for r in catalog.completeness.rows(FRIDAY, FRIDAY) if r.announced)
    assert (counted.fetched, counted.stored, counted.missing) == (5, 5, 0)


def test_storing_a_page_again_changes_nothing(catalog: Catalog, syncs: Syncs) -> None:
    one = page([arxiv(number) for number in range(4)])
    run(syncs, one)
    before, seq = row(catalog), catalog.seq()
    again = run(syncs, one)
    assert (again.counts.unchanged, again.counts.new, again.announced) == (4, 0, 0)
    assert (row(catalog), catalog.seq()) == (before, seq)


def test_an_interrupted_sync_goes_on_from_its_cursor(catalog: Catalog, syncs: Syncs) -> None:
    want = Want((SET,), "2026-08-20")
    first = syncs.begin("arxiv", "arxiv", want)
    first = syncs.store(first, page([arxiv(1)], cursor="two"))
    other = syncs.begin("arxiv", "arxiv", Want((SET,), "2026-08-21"))
    assert other.id != first.id
    again = syncs.begin("arxiv", "arxiv", want)
    assert (again.id, again.cursor, again.resumed, again.pages) == (first.id, "two", 1, 1)
    assert syncs.interrupted("arxiv") != []
    done = syncs.end(syncs.store(again, page([arxiv(2)])))
    assert (done.counts.read, done.counts.new, done.cursor, done.state) == (2, 2, "", "finished")
    assert syncs.begin("arxiv", "arxiv", want).id != first.id


def test_a_sync_is_an_import_that_can_be_taken_back(catalog: Catalog, syncs: Syncs) -> None:
    done = run(syncs, page([arxiv(1), arxiv(2)]))
    (listed,) = catalog.imports()
    assert (listed.id, listed.path, listed.source, listed.counts.new) == (
        done.import_id,
        "sync arxiv-rss cs.LG",
        "arxiv",
        2,
    )
    catalog.undo_import(done.import_id)
    assert catalog.count() == 0
    counted = row(catalog)
    # An operator who takes papers back does not want them fetched again.
    assert (counted.stored, counted.undone, counted.missing) == (0, 2, 0)
    assert catalog.completeness.missing("arxiv-rss", FRIDAY) == []


def test_a_sync_that_was_taken_back_midway_begins_anew(catalog: Catalog, syncs: Syncs) -> None:
    running = syncs.begin("arxiv", "arxiv", Want((SET,)))
    running = syncs.store(running, page([arxiv(1)], cursor="two"))
    catalog.undo_import(running.import_id)
    with pytest.raises(CatalogError, match="taken back"):
        syncs.store(running, page([arxiv(2)]))
    assert syncs.interrupted("arxiv") == []
    assert syncs.begin("arxiv", "arxiv", Want((SET,))).id != running.id


def test_a_stale_batch_is_known_for_what_it_is(catalog: Catalog, syncs: Syncs) -> None:
    told = [arxiv(number) for number in range(8)]
    run(syncs, page(told, day="2026-08-20"))
    run(syncs, page(told, day=FRIDAY))
    stale = row(catalog)
    assert (stale.stale, stale.announced) == (True, 0)
    fresh = [arxiv(number) for number in range(8, 15)]
    run(syncs, page(fresh, day=FRIDAY))
    repaired = row(catalog)
    assert (repaired.stale, repaired.announced, repaired.stored) == (False, 7, 7)
    # A server that is behind again takes nothing away.
    run(syncs, page(told, day=FRIDAY))
    assert row(catalog) == repaired


def test_a_batch_that_is_mostly_old_is_stale_too(catalog: Catalog, syncs: Syncs) -> None:
    run(syncs, page([arxiv(number) for number in range(8)], day="2026-08-20"))
    run(syncs, page([arxiv(number) for number in range(2, 12)], day=FRIDAY))
    assert row(catalog).stale
    run(syncs, page([arxiv(number) for number in range(6, 14)], day="2026-08-24"))
    assert not row(catalog, "2026-08-24").stale


def test_two_empty_days_are_not_stale(catalog: Catalog, syncs: Syncs) -> None:
    run(syncs, page([], day="2026-08-20"))
    run(syncs, page([], day=FRIDAY))
    assert not row(catalog).stale


def test_a_replacement_is_stored_when_its_version_is(catalog: Catalog, syncs: Syncs) -> None:
    run(syncs, page([arxiv(1)], day="2026-08-20"))
    run(syncs, page([], [arxiv(1, 2)], kind="replace"))
    assert row(catalog).missing == 1
    run(syncs, page([arxiv(1, 2)], []), remote="arxiv-api")
    announced = next(r for r in catalog.completeness.rows(FRIDAY, FRIDAY) if r.announced)
    assert announced.missing == 0


def test_what_cannot_be_taken_is_counted_where_it_was_announced(
    catalog: Catalog, syncs: Syncs
) -> None:
    broken = Rejected(2, "no title", b"<record><id>2608.00002</id></record>")
    nameless = Arrived(paper("2608.00003", "", source="arxiv", abstract=""), 3)
    told = page([arxiv(1)], [arxiv(1), arxiv(2)], rejected=(broken,))
    done = run(syncs, Page((*told.items, nameless), told.announced, told.listings))
    assert done.counts.rejected == 2
    counted = row(catalog)
    assert (counted.rejected, counted.stored, counted.missing) == (1, 1, 1)
    rejected = Path(catalog.imports()[0].rejected_file).read_text(encoding="utf-8")
    assert "no title" in rejected


def test_a_merged_paper_counts_as_stored(catalog: Catalog, syncs: Syncs) -> None:
    run(syncs, page([paper("10.1000/one", "On One", source="other")], []), remote="other")
    run(syncs, page([arxiv(1, 1, identifiers=())], []), remote="other")
    joined = paper("2608.00007", "On One", "10.1000/one", source="arxiv")
    run(syncs, page([joined]))
    counted = next(r for r in catalog.completeness.rows(FRIDAY, FRIDAY) if r.announced)
    assert (counted.merged, counted.stored, counted.missing) == (1, 1, 0)


def test_indexed_is_what_the_index_has_followed(catalog: Catalog, syncs: Syncs) -> None:
    run(syncs, page([arxiv(1)]))
    seq = catalog.seq()
    run(syncs, page([arxiv(1), arxiv(2), arxiv(3)]))
    assert row(catalog, applied_seq=-1).indexed == 0
    assert row(catalog, applied_seq=seq).indexed == 1
    assert row(catalog, applied_seq=catalog.seq()).indexed == 3


def test_deleted_records_are_entered(catalog: Catalog, syncs: Syncs) -> None:
    run(syncs, page([arxiv(1)], [], deleted=("2608.00001",)), remote="arxiv")
    today = date.today()
    first, last = (today - timedelta(days=1)).isoformat(), (today + timedelta(days=1)).isoformat()
    (counted,) = catalog.completeness.rows(first, last)
    assert (counted.deleted, counted.announced) == (1, 0)
    assert catalog.count() == 1
    gone = catalog.completeness.gone([parse_identifier("2608.00001")[0]])
    assert gone is not None and gone[0] == "arxiv" and first <= gone[1] <= last
    assert catalog.completeness.gone([parse_identifier("2608.00002")[0]]) is None
    assert catalog.completeness.gone([]) is None


def test_a_large_page_is_stored_in_short_transactions(catalog: Catalog, syncs: Syncs) -> None:
    done = run(syncs, page([arxiv(number) for number in range(1_203)]))
    assert (done.counts.new, done.announced, row(catalog).missing) == (1_203, 1_203, 0)


def test_a_day_counts_a_paper_of_two_sets_once(catalog: Catalog, syncs: Syncs) -> None:
    told = [arxiv(number) for number in range(4)]
    run(syncs, page(told[:3], told, sets=("cs.LG", "stat.ML")))
    (day,) = catalog.completeness.day_counts("arxiv-rss", FRIDAY, FRIDAY)
    assert (day.announced, day.missing, day.news) == (4, 1, True)
    assert catalog.completeness.new_counts("arxiv-rss", "cs.LG", "2026-08-24", 10) == [(FRIDAY, 4)]


def test_a_trouble_is_opened_once_and_told_once(catalog: Catalog) -> None:
    troubles = catalog.troubles
    first, new = troubles.open("gap", "arxiv-rss", "2 are missing", day=FRIDAY, set_name=SET)
    assert new
    second, new = troubles.open("gap", "arxiv-rss", "1 is missing", day=FRIDAY, set_name=SET)
    assert (second.id, second.sentence, new) == (first.id, "1 is missing", False)
    troubles.told([first.id])
    assert troubles.all(open_only=True)[0].told_at
    assert troubles.close("gap", "arxiv-rss", "fetched", day=FRIDAY, set_name=SET)
    assert not troubles.close("gap", "arxiv-rss", "fetched", day=FRIDAY, set_name=SET)
    assert troubles.all(open_only=True) == []
    _, new = troubles.open("gap", "arxiv-rss", "2 are missing", day=FRIDAY, set_name=SET)
    assert new
