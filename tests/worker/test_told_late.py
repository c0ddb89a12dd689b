"""What comes to notice after its day is told once: papers that arrived late, and papers that were
cross-listed to a followed category."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from broadsheet.catalog import import_file, ingest
from broadsheet.papers import Identifier, Paper
from broadsheet.sources import Announced, Arrived, Page, Want, read
from tests.worker import mailroom
from tests.worker.mailroom import Home, Mailbox

CATS = ("term", "cats")


def text_of(box: Mailbox) -> str:
    body = box.taken[-1][1].get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def titles(box: Mailbox, mail: int) -> set[str]:
    """The numbered titles of a mail."""
    body = box.taken[mail][1].get_body(("plain",))
    assert body is not None
    return set(re.findall(r"^\d+\. (.+)$", str(body.get_content()), re.MULTILINE))


def next_day(home: Home) -> int:
    home.clock.now += timedelta(days=1)
    return home.office().run().sent


def fetched(
    home: Home,
    folder: Path,
    day: str,
    papers: int,
    about: str = "cats",
    category: str = "q-bio.NC",
) -> None:
    """A day of the past that comes in now."""
    path = folder / f"{day}-{about}.jsonl"
    rows = [
        {
            "id": f"{day[2:4]}{day[5:7]}.{day[8:]}{number:03}",
            "title": f"On {about} of {day}, part {number}",
            "abstract": f"On {day}, part {number}. " * 9,
            "categories": [category],
            "date": day,
        }
        for number in range(papers)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    ingest(home.catalog, read(path), path=path, source="listings", rejected_dir=folder)


def test_a_day_that_was_repaired_is_told_once_as_late(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        home.reader("ada", CATS, ("term", "galaxies"))
        assert home.office().run().sent == 1
        fetched(home, tmp_path, "2026-08-05", 2)
        fetched(home, tmp_path, "2026-08-06", 3, about="dogs")
        assert next_day(home) == 1, "what arrived late is news"
        told = text_of(box)
        assert "ARRIVED LATE" in told
        for number in range(2):
            assert f"On cats of 2026-08-05, part {number}" in told
        assert "On “cats”, which you follow; announced 5 August 2026." in told
        assert "5 papers of earlier days arrived late." in told
        assert "were announced" not in told
        assert next_day(home) == 0
        home.announce("2026-08-22", "On cats again")
        assert next_day(home) == 1
        assert "2026-08-05" not in text_of(box) and "late" not in text_of(box)


def test_late_papers_stand_behind_new_ones_and_keep_to_the_minutes(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        ada = home.reader("ada", CATS, ("term", "galaxies"), minutes=3)
        home.office().run()
        fetched(home, tmp_path, "2026-08-05", 90)
        home.announce("2026-08-21", "Cats of today")
        assert next_day(home) == 1
        told = text_of(box)
        assert "4 papers, about 3 minutes" in told
        assert told.index("1. Cats of today") < told.index("ARRIVED LATE")
        assert "1 paper was announced, 21 August 2026. 90 papers of earlier days" in told
        # 90 that came late but for three, and five galaxies of the first digest.
        assert "92 more papers of the past weeks fit you" in told
        assert next_day(home) == 0, "what is left over alone makes no mail"
        home.announce("2026-08-22", "Cats of tomorrow")
        home.readers.accounts.update(ada.id, minutes=6)
        assert next_day(home) == 1
        told = text_of(box)
        assert "8 papers, about 6 minutes" in told
        # Between them the five galaxies, which are newer.
        assert told.index("1. Cats of tomorrow") < told.index("ARRIVED LATE")
        assert "7. On cats of 2026-08-05" in told
        assert "1 paper was announced, 22 August 2026. 85 more papers of the past weeks" in told
        assert titles(box, -1).isdisjoint(titles(box, -2)), "nothing is told twice"


def test_an_archive_that_is_filled_in_floods_nobody(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        home.reader("ada", CATS, ("term", "galaxies"))
        fetched(home, tmp_path, "2026-08-04", 5)
        assert home.office().run().sent == 1
        assert "cats" not in text_of(box).lower(), "who is sent their first digest begins today"
        fetched(home, tmp_path, "2024-03-01", 5)
        assert next_day(home) == 0, "what is of earlier years is no news"


def test_who_takes_up_a_subject_has_not_missed_what_arrived_in_time(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (_, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        ada = home.reader("ada", ("term", "galaxies"))
        assert home.office().run().sent == 1
        fetched(home, tmp_path, "2026-08-14", 2)
        with home.catalog.database.write() as connection:
            connection.execute(text("UPDATE records SET arrived_at = '2026-08-15T04:00:00Z'"))
        assert next_day(home) == 0
        home.readers.follows.add(ada.id, *CATS)
        assert next_day(home) == 0


def cross_listed(home: Home, day: str, id_: str, set_name: str) -> None:
    """What a feed says of a paper that got a further category."""
    syncs = home.catalog.syncs(home.settings.rejected_path)
    run = syncs.begin("arxiv-rss", "arxiv", Want((set_name,), day, day))
    syncs.store(run, Page((), (Announced(set_name, day, id_, "cross"),), (), ""))


def test_a_paper_that_is_cross_listed_late_is_told_to_who_follows_that_category(
    tmp_path: Path,
) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        fetched(home, tmp_path, "2026-07-01", 1)
        fetched(home, tmp_path, "2026-07-02", 1)
        fetched(home, tmp_path, "2026-07-03", 1, category="astro-ph.GA")
        home.reader("ada", ("category", "q-bio.NC"), ("term", "galaxies"))
        home.reader("ben", CATS, ("term", "galaxies"))
        assert home.office().run().sent == 2
        cross_listed(home, "2026-08-21", "2607.01000", "q-bio.NC")
        cross_listed(home, "2026-08-21", "2607.02000", "astro-ph.GA")
        assert next_day(home) == 1
        told = text_of(box)
        assert "On cats of 2026-07-01, part 0" in told and "2026-07-02" not in told
        assert "In q-bio.NC, which you follow; cross-listed on 21 August 2026." in told
        assert "announced" not in told and "late" not in told
        assert next_day(home) == 0
        home.reader("eve", ("category", "astro-ph"), minutes=30)
        assert next_day(home) == 1
        cross_listed(home, "2026-08-23", "2607.03000", "physics")
        assert next_day(home) == 1, "the group holds what is not called so"
        assert "In astro-ph, which you follow; cross-listed on 23 August" in text_of(box)


def harvested(home: Home, day: str, arrived: str, *categories: str) -> None:
    """A paper of July as a harvest of a day has it."""
    paper = Paper(
        id="2607.07777",
        source="arxiv",
        title="On cats of July",
        abstract="Cats in July. " * 9,
        identifiers=(Identifier("arxiv", "2607.07777"),),
        categories=categories,
    )
    syncs = home.catalog.syncs(home.settings.rejected_path)
    run = syncs.begin("arxiv", "arxiv", Want(("cs",), day, day))
    line = Announced("cs", day, paper.id, "listed")
    run = syncs.store(run, Page((Arrived(paper, 1),), (line,), (), ""))
    syncs.end(run)
    with home.catalog.database.write() as connection:
        change = text("UPDATE records SET arrived_at = :at WHERE import_id = :number")
        connection.execute(change, {"at": f"{arrived}T04:00:00Z", "number": run.import_id})


def test_a_harvest_tells_of_categories_that_a_paper_did_not_have(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        harvested(home, "2026-07-01", "2026-07-01", "q-bio.NC")
        for name, category in (("ada", "q-bio.NC"), ("ben", "cs.LG"), ("eve", "cs")):
            home.reader(name, ("category", category), minutes=30)
        home.office().run()
        harvested(home, "2026-08-19", "2026-08-20", "q-bio.NC", "cs.LG")
        before = len(box.taken)
        assert next_day(home) == 2, "it is no news where it was all along"
        assert {address for address, _ in box.taken[before:]} == {
            "ben@example.org",
            "eve@example.org",
        }
        assert "which you follow; cross-listed on 19 August 2026." in text_of(box)
        harvested(home, "2026-08-21", "2026-08-22", "q-bio.NC", "cs.LG")
        assert next_day(home) == 0


def listed_in_a_file(home: Home, folder: Path, day: str, *papers: tuple[str, ...]) -> None:
    """A day's listing as a file: (number of a paper, its categories) each, imported that day."""
    path = folder / "lab" / f"{day}-{len(papers)}.jsonl"
    path.parent.mkdir(exist_ok=True)
    rows = [
        {
            "id": f"2607.0{number}",
            "title": f"On cats, number {number}",
            "abstract": f"Cat {number}. " * 9,
            "categories": categories,
            "date": day,
        }
        for number, *categories in papers
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    done = import_file(home.catalog, path, rejected_dir=folder)
    with home.catalog.database.write() as connection:
        change = text("UPDATE records SET arrived_at = :at WHERE import_id = :number")
        connection.execute(change, {"at": f"{day}T04:00:00Z", "number": done.import_id})


def test_a_file_tells_of_a_cross_list_where_it_states_a_later_day(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        first = ("1001", "cs.CV", "cs.RO"), ("1002", "cs.CV"), ("1003", "cs.CV", "cs.RO")
        listed_in_a_file(home, tmp_path, "2026-07-01", *first)
        home.reader("ada", ("category", "q-bio"), minutes=30)
        home.reader("ben", ("category", "cs.RO"), minutes=30)
        home.office().run()
        before = len(box.taken)
        again = ("1001", "cs.CV", "cs.RO", "q-bio.NC"), ("1002", "cs.CV", "q-bio.NC")
        listed_in_a_file(home, tmp_path, "2026-08-21", *again)
        assert next_day(home) == 1
        assert [address for address, _ in box.taken[before:]] == ["ada@example.org"]
        assert "2 papers, about 2 minutes" in text_of(box), "each is filed there since"
        assert "In q-bio, which you follow; cross-listed on 21 August 2026." in text_of(box)
        assert next_day(home) == 0


def test_a_file_that_names_the_first_category_alone_tells_of_no_cross_list(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (_, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        listed_in_a_file(home, tmp_path, "2026-07-01", ("1001", "cs.CV"), ("1002", "cs.RO"))
        home.reader("ada", ("category", "q-bio"), minutes=30)
        home.office().run()
        listed_in_a_file(home, tmp_path, "2026-08-21", ("1001", "cs.CV", "q-bio.NC"))
        assert next_day(home) == 0


def test_two_copies_of_an_archive_tell_of_no_cross_list(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (_, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        listed_in_a_file(home, tmp_path, "2026-07-01", ("1001", "cs.CV", "cs.RO"))
        home.reader("ada", ("category", "q-bio"), minutes=30)
        home.office().run()
        copy: dict[str, object] = {"id": "2607.01001", "title": "On cats, number 1001"}
        copy |= {"abstract": "Cat 1001. " * 9, "categories": ["cs.CV", "cs.RO", "q-bio.NC"]}
        path = tmp_path / "lab" / "copy.jsonl"
        path.write_text(f"{json.dumps(copy | {'date': '2026-07-01'})}\n")
        assert import_file(home.catalog, path, rejected_dir=tmp_path).counts.updated == 1
        assert next_day(home) == 0, "nothing says when it was cross-listed"


def test_a_cross_list_to_a_group_is_no_news_in_the_categories_of_it_that_a_paper_had(
    tmp_path: Path,
) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        harvested(home, "2026-07-01", "2026-07-01", "stat.ML", "cs.CV")
        for name, category in (("ada", "cs.CV"), ("ben", "cs.LG"), ("eve", "cs")):
            home.reader(name, ("category", category), minutes=30)
        home.office().run()
        before = len(box.taken)
        harvested(home, "2026-08-20", "2026-08-21", "stat.ML", "cs.CV", "cs.LG")
        cross_listed(home, "2026-08-21", "2607.07777", "cs")
        assert next_day(home) == 1
        assert [address for address, _ in box.taken[before:]] == ["ben@example.org"]
        assert "In cs.LG, which you follow; cross-listed on 21 August 2026." in text_of(box)
        cross_listed(home, "2026-08-22", "2607.07777", "physics")
        home.readers.follows.add(home.reader("lea").id, "category", "hep-th")
        assert next_day(home) == 0, "and it is of no category of physics"


def test_who_was_sent_nothing_for_months_is_no_newcomer(tmp_path: Path) -> None:
    with (
        mailroom.mail_server() as (box, port),
        mailroom.home(tmp_path / "home", port) as home,
    ):
        home.reader("ada", CATS, ("term", "galaxies"))
        assert home.office().run().sent == 1
        home.clock.now += timedelta(days=69)
        assert next_day(home) == 0
        fetched(home, tmp_path, "2026-10-25", 1)
        home.announce("2026-10-30", "On kernels")
        assert next_day(home) == 1, "a paper of five days ago that came in today"
        assert "On cats of 2026-10-25" in text_of(box)
        assert "2 papers were announced, 25 October 2026 to 30 October 2026." in text_of(box)
