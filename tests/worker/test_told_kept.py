"""What became of papers that a reader saved is told: in the next digest, and where they look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from broadsheet.editions import news_of_kept
from broadsheet.papers import Identifier, Paper
from broadsheet.readers import Reader
from tests.catalog.kit import store
from tests.worker import mailroom
from tests.worker.mailroom import Home
from tests.worker.test_told_late import fetched, next_day, text_of, titles

FIRST = Paper(
    id="2607.00001v1", source="arxiv", title="On cats", announced="2026-07-01", version="v1",
    identifiers=(Identifier("arxiv", "2607.00001"),), abstract="Cats sleep by day. " * 9,
    extra={"comments": "9 pages, submitted to ICLR 2027"},
)  # fmt: skip


def arrived(home: Home, paper: Paper, at: str) -> None:
    """A record that came at a moment of the past."""
    before = home.catalog.last_record()
    store(home.catalog, paper)
    with home.catalog.database.write() as connection:
        change = text("UPDATE records SET arrived_at = :at WHERE id > :before")
        connection.execute(change, {"at": at, "before": before})


def saved(home: Home, reader: Reader, at: str = "2026-07-02T08:00:00Z") -> None:
    (work,) = home.catalog.resolve("2607.00001")
    home.readers.acts.do(reader.id, "save", work, at=at)


def news(home: Home, reader: Reader, after: int = 0) -> list[str]:
    found = news_of_kept(home.catalog, home.readers, reader.id, after=after)
    return [one.why for one in found.values()]


def second(**changes: object) -> Paper:
    changed = {"id": "2607.00001v2", "version": "v2"} | changes
    return replace(FIRST, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (second(extra={"comments": "Accepted at ICLR 2027"}), "now at ICLR 2027"),
        (replace(FIRST, extra={"comments": "ICLR 2027 (oral)"}), "now at ICLR 2027"),
        (second(extra={"withdrawn": "Withdrawn: cats wake."}), "withdrawn since"),
        (second(abstract="Dogs bark at night. " * 9), "new abstract in v2"),
        (second(title="Of dogs that bark", extra={"journal_ref": "Nature 7 (2027)"}),
         "now at Nature 2027; new title in v2"),
        (second(), ""),
        (second(abstract=FIRST.abstract + "Indeed."), ""),
        (second(extra={"comments": "10 pages, submitted to ICLR 2027"}), ""),
        (replace(FIRST, id="2607.00001", source="openreview", version="",
                 abstract="Cats sleep. " * 20, extra={"venue": "ICLR 2027 Poster"}),
         "now at ICLR 2027"),
    ],
)  # fmt: skip
def test_what_became_of_a_saved_paper(tmp_path: Path, later: Paper, told: str) -> None:
    with mailroom.home(tmp_path / "home", 9) as home:
        ada = home.reader("ada")
        arrived(home, FIRST, "2026-07-01T04:00:00Z")
        saved(home, ada)
        arrived(home, later, "2026-07-05T04:00:00Z")
        assert news(home, ada) == ([f"You saved this: {told}"] if told else [])
        assert news(home, ada, after=home.catalog.last_record()) == []
        before = home.catalog.last_record() - 1
        assert news_of_kept(home.catalog, home.readers, ada.id, last=before) == {}


def test_what_was_so_when_it_was_saved_is_no_news(tmp_path: Path) -> None:
    with mailroom.home(tmp_path / "home", 9) as home:
        ada, ben = home.reader("ada"), home.reader("ben")
        arrived(home, FIRST, "2026-07-01T04:00:00Z")
        arrived(home, second(extra={"comments": "ICLR 2027"}), "2026-07-05T04:00:00Z")
        saved(home, ada, "2026-07-06T08:00:00Z")
        assert news(home, ada) == []
        third = {
            "id": "2607.00001v3",
            "version": "v3",
            "extra": {"comments": "To appear at ICLR 2027"},
        }
        arrived(home, second(**third), "2026-07-09T04:00:00Z")
        assert news(home, ada) == [] == news(home, ben)
        gone = {"id": "2607.00001v4", "version": "v4", "extra": {"withdrawn": "Gone."}}
        arrived(home, second(**gone), "2026-07-10T04:00:00Z")
        assert news(home, ada) == ["You saved this: withdrawn since"]
        assert news(home, ben) == []


def test_the_next_digest_tells_it_once_and_a_digest_that_waited_still_does(
    tmp_path: Path,
) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        arrived(home, FIRST, "2026-07-01T04:00:00Z")
        ada = home.reader("ada", ("term", "galaxies"))
        saved(home, ada)
        arrived(home, second(abstract="Dogs. " * 30), "2026-07-03T04:00:00Z")
        assert home.office().run().sent == 1
        assert "You saved this" not in text_of(box), "a first digest begins today"
        taken = {"id": "2607.00001v3", "version": "v3", "extra": {"comments": "ICLR 2027"}}
        arrived(home, second(abstract="Dogs. " * 30, **taken), "2026-08-21T04:00:00Z")
        box.rcpt["ada@example.org"] = "451 later"
        assert next_day(home) == 0
        del box.rcpt["ada@example.org"]
        assert next_day(home) == 1
        told = text_of(box)
        assert "NEWS OF PAPERS YOU SAVED" in told
        assert "You saved this: now at ICLR 2027." in told
        assert told.count("On cats") == 1
        assert next_day(home) == 0, "told once"


def test_news_of_saved_papers_makes_no_digest_longer_than_a_hundred(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        arrived(home, FIRST, "2026-07-01T04:00:00Z")
        ada = home.reader("ada", ("term", "bats"), ("term", "galaxies"), minutes=300)
        saved(home, ada)
        assert home.office().run().sent == 1
        arrived(home, second(extra={"comments": "ICLR 2027"}), "2026-08-21T04:00:00Z")
        fetched(home, tmp_path, "2026-08-21", 120, about="bats")
        assert next_day(home) == 1
        assert len(titles(box, 1)) == 100 and "On cats" in text_of(box)
        fetched(home, tmp_path, "2026-08-22", 1, about="bats")
        assert next_day(home) == 1, "what did not fit comes with the next"
        assert not titles(box, 1) & titles(box, 2)
        assert len(titles(box, 1) | titles(box, 2)) == 1 + 120 + 1
