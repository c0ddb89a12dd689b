"""All of one's data: taken along whole, and deleted so that nothing of it is left."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import MetaData, select

from broadsheet.catalog import Catalog, backup, metadata, restore, schema
from broadsheet.catalog.tables import REVISIONS, sightings
from broadsheet.catalog.tables_harvests import change_times, departed
from broadsheet.readers import LOCAL, Reader, Readers, ReadersError
from broadsheet.settings import Settings
from tests.catalog.kit import content, paper, store

from .conftest import PASSWORD, on_both

SECRETS = ("secret_hash", "password", "api_key")


def live(readers: Readers, reader: Reader) -> None:
    """Leaves a row of a reader in every table of this room."""
    readers.acts.do(reader.id, "upvote", 1)
    readers.acts.do(reader.id, "not_interested", 2, "topic")
    made = readers.lists.make(reader.id, "Mine", note="all of it")
    readers.lists.put(made.id, 3, "a note", ["tag"])
    saved = readers.searches.add(reader.id, "", "graphs")
    readers.follows.add(reader.id, "search", str(saved.id))
    readers.shown.mark(reader.id, "for_you", "2026-08-20", [1, 2], {1: b"\x01" * 16})
    readers.tokens.make(reader.id, "script")
    readers.letters.change_email(reader.id, "new@example.org")
    readers.zotero.keep(reader.id, "users/7", "SomeKey123", "Inbox")
    readers.learning.allow(reader.id, wanted=True)
    community = readers.community
    community.submissions.submit(reader.id, "lab:d", "good")
    said = community.comments.add(reader.id, 4, "hello")
    community.comments.report(reader.id, said.id, "mine")
    community.claims.claim(reader.id, 1, "Ada Lovelace")
    community.links.add(reader.id, 1, "code", "https://x.example")
    community.organisations.make(reader.id, f"Lab of {reader.name}")
    if reader.is_curator:
        community.picks.pick(reader.id, 1, "2026-08-21")
    if reader.id != LOCAL:
        readers.sessions.start(reader.id, "agent", "192.0.2.1")


def rows_naming(catalog: Catalog, reader_id: int) -> dict[str, int]:
    """How many rows of each table name a reader in any column for readers."""
    found: dict[str, int] = {}
    tables = MetaData()
    with catalog.database.read() as connection:
        tables.reflect(connection)
        for table in tables.sorted_tables:
            columns = [c for c in table.c if c.name.endswith("reader_id") or c.name == "by_reader"]
            for column in columns + ([table.c.id] if table.name == "readers" else []):
                rows = connection.execute(select(table).where(column == reader_id)).all()
                if rows:
                    found[table.name] = found.get(table.name, 0) + len(rows)
    return found


def everything_of(readers: Readers, reader_id: int) -> dict[str, Any]:
    exported = readers.data.export(reader_id)
    exported.pop("exported_at")
    return exported


@pytest.fixture
def cora(readers: Readers) -> Reader:
    return readers.accounts.add("cora", PASSWORD, "operator", "cora@example.org")


@on_both
def test_nothing_is_left_of_a_reader_who_is_deleted(
    readers: Readers, cora: Reader, ada: Reader
) -> None:
    live(readers, cora)
    live(readers, ada)
    community = readers.community
    theirs = community.comments.on(4)
    community.comments.hide(cora.id, theirs[1].id, "no")
    community.comments.lock(cora.id, 4)
    community.claims.decide(cora.id, community.claims.of(ada.id)[0].id, good=True)
    before = rows_naming(readers.catalog, cora.id)
    ours = {table.name for table in metadata.sorted_tables if "reader_id" in table.c}
    elsewhere = {name for name in ours if name.startswith(("taste_", "post"))}
    assert set(before) >= ours - elsewhere | {"readers", "comment_locks"}
    kept = everything_of(readers, ada.id)
    readers.data.delete(cora.id)
    assert rows_naming(readers.catalog, cora.id) == {}
    assert readers.accounts.get(cora.id) is None
    after = everything_of(readers, ada.id)
    for name, rows in kept["tables"].items():
        without = [row | ({"by_reader": 0} if "by_reader" in row else {}) for row in rows]
        assert after["tables"][name] == without
    assert readers.acts.votes([1]) == {1: 1}
    assert community.comments.locked(4) == ""
    assert [(item.by, item.state) for item in community.comments.on(4, hidden=True)] == [
        ("ada", "hidden")
    ]
    assert community.claims.of(ada.id)[0].state == "confirmed"
    assert readers.accounts.add("cora", None).id != cora.id


def test_deleting_an_account_forgets_the_attempts_on_it_and_no_others(readers: Readers) -> None:
    readers.accounts.add("ada", PASSWORD)
    for name in ("ada", "eve"):
        for _ in range(10):
            with pytest.raises(ReadersError, match="wrong"):
                readers.sessions.log_in(name, "a guess", address=f"address of {name}")
    found = readers.accounts.by_name("ada")
    assert found is not None
    readers.data.delete(found.id)
    assert readers.sessions.attempts("ada", "") == 0
    with readers.catalog.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT failures FROM login_attempts").scalars().all()
    assert sorted(kept) == [10, 10, 10]


def test_the_rows_of_every_table_to_come_go_too(readers: Readers, ada: Reader) -> None:
    with readers.catalog.database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE later (reader_id INTEGER, by_reader INTEGER)")
        connection.exec_driver_sql(f"INSERT INTO later VALUES ({ada.id}, 0), (1, {ada.id})")
    assert everything_of(readers, ada.id)["tables"]["later"] == [
        {"reader_id": ada.id, "by_reader": 0}
    ]
    readers.data.delete(ada.id)
    with readers.catalog.database.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM later").all() == [(1, 0)]


def test_the_local_reader_is_made_empty_but_stays(readers: Readers) -> None:
    fresh = readers.accounts.get(LOCAL)
    live(readers, readers.accounts.get(LOCAL))  # type: ignore[arg-type]
    readers.accounts.update(LOCAL, display="Someone", minutes=99)
    readers.data.delete(LOCAL)
    assert rows_naming(readers.catalog, LOCAL) == {"readers": 1}
    assert readers.accounts.get(LOCAL) == fresh


def test_an_export_holds_every_row_and_no_key_to_a_door(readers: Readers, cora: Reader) -> None:
    live(readers, cora)
    exported = json.loads(readers.data.json(cora.id))
    assert exported["reader"]["name"] == "cora"
    counted = {name: len(rows) for name, rows in exported["tables"].items() if rows}
    held = rows_naming(readers.catalog, cora.id)
    held.pop("readers")
    assert counted == held
    written = json.dumps(exported)
    assert not any(f'"{name}"' in written for name in SECRETS)
    assert exported["tables"]["list_entries"][0]["note"] == "a note"
    assert exported["tables"]["shown"][0]["text_hash"] == "01" * 16
    assert exported["works"]["3"] == {
        "id": "c", "title": "Paper C", "identifiers": ["lab:c"],
    }  # fmt: skip


def test_lists_are_exported_as_bibtex(readers: Readers, ada: Reader) -> None:
    live(readers, ada)
    other = readers.lists.make(ada.id, "Other")
    readers.lists.put(other.id, 1)
    assert readers.data.bibtex(ada.id).count("@") == 2
    assert "Paper A" in readers.data.bibtex(ada.id, other.id)
    assert readers.data.bibtex(ada.id, other.id).count("@") == 1
    with pytest.raises(ReadersError, match="no such list"):
        readers.data.bibtex(LOCAL, other.id)


def test_feeds_are_exported_as_opml(readers: Readers) -> None:
    made = readers.lists.make(LOCAL, 'A <list> & "more"')
    saved = readers.searches.add(LOCAL, "", "graphs & trees")
    root = ElementTree.fromstring(readers.data.opml(LOCAL, "https://paper.example"))
    outlines = [outline.attrib for outline in root.iter("outline")]
    assert [outline["text"] for outline in outlines] == [made.name, saved.name]
    assert [outline["xmlUrl"] for outline in outlines] == [
        f"https://paper.example/feeds/list/{made.secret}.atom",
        f"https://paper.example/feeds/search/{saved.secret}.atom",
    ]


@on_both
def test_an_account_takes_over_from_the_local_reader(readers: Readers, ada: Reader) -> None:
    live(readers, readers.accounts.get(LOCAL))  # type: ignore[arg-type]
    votes = readers.acts.votes([1])
    moved = readers.data.adopt(ada.id)
    assert moved > 10
    assert readers.acts.votes([1]) == votes
    assert readers.acts.states(ada.id, [1])[1] == {"upvote"}
    assert [item.name for item in readers.lists.of(ada.id)] == ["Mine"]
    assert set(rows_naming(readers.catalog, LOCAL)) <= {
        "readers", "reader_tokens",
    }  # fmt: skip
    with pytest.raises(ReadersError, match="not used yet"):
        readers.data.adopt(ada.id)
    with pytest.raises(ReadersError, match="takes over"):
        readers.data.adopt(LOCAL)


def settings_of(reader: Reader | None) -> tuple[object, ...]:
    assert reader is not None
    return (
        *(reader.display, reader.email, reader.email_confirmed, reader.public_votes),
        *(reader.timezone, reader.minutes, reader.digest, reader.digest_hour),
    )


def settle_local(readers: Readers) -> tuple[object, ...]:
    """Gives the local reader settings of every kind; what they are."""
    values = {"minutes": 45, "timezone": "Europe/Berlin", "digest": "daily", "digest_hour": 6}
    readers.accounts.update(LOCAL, display="Lena", public_votes=True, **values)
    readers.letters.confirm_email(readers.letters.change_email(LOCAL, "lena@example.org"))
    return settings_of(readers.accounts.get(LOCAL))


@on_both
def test_settings_go_to_the_account_that_takes_over_and_the_local_reader_is_fresh(
    readers: Readers, ada: Reader
) -> None:
    fresh = settings_of(readers.accounts.get(LOCAL))
    settled = settle_local(readers)
    assert not set(settled) & set(fresh), "every setting differs"
    readers.data.adopt(ada.id)
    assert settings_of(readers.accounts.get(ada.id)) == settled
    assert settings_of(readers.accounts.get(LOCAL)) == fresh
    assert readers.accounts.by_email("lena@example.org") == readers.accounts.get(ada.id)


def test_what_the_account_was_given_itself_is_kept(readers: Readers) -> None:
    settle_local(readers)
    made = readers.accounts.add("lena", None, email="lena@lab.example", display="Dr Lena")
    readers.accounts.update(made.id, minutes=5)
    readers.data.adopt(made.id)
    found = settings_of(readers.accounts.get(made.id))
    assert found[:3] == ("Dr Lena", "lena@lab.example", False)
    assert found[3:] == (True, "Europe/Berlin", 5, "daily", 6)


def test_the_same_address_is_confirmed_already(readers: Readers) -> None:
    settle_local(readers)
    made = readers.accounts.add("lena", None, email="lena@example.org")
    readers.data.adopt(made.id)
    found = readers.accounts.get(made.id)
    assert found is not None and found.email_confirmed


def test_an_address_whose_letter_is_on_its_way_is_the_account_s_too(
    readers: Readers, ada: Reader
) -> None:
    secret = readers.letters.change_email(LOCAL, "lena@example.org")
    readers.letters.change_email(ada.id, "ada@example.org")
    readers.data.adopt(ada.id)
    assert readers.letters.confirm_email(secret).id == ada.id


def test_in_old_mails_the_local_reader_means_who_took_over(
    readers: Readers, ada: Reader, operator: Reader
) -> None:
    readers.data.adopt(ada.id)
    local = readers.accounts.get(LOCAL)
    assert readers.accounts.meant(LOCAL) == local
    readers.accounts.set_mode("accounts")
    assert readers.accounts.meant(LOCAL) == readers.accounts.get(ada.id)
    assert readers.accounts.meant(operator.id) == operator
    readers.data.delete(ada.id)
    assert readers.accounts.meant(LOCAL) is None
    with readers.catalog.database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM meta WHERE name LIKE '%heir'")
        assert left.scalar() == 0


@on_both
def test_a_backup_brings_every_reader_back(
    settings: Settings, readers: Readers, ada: Reader, tmp_path: Path
) -> None:
    live(readers, ada)
    kept = everything_of(readers, ada.id), everything_of(readers, LOCAL), readers.acts.votes([1])
    archive = backup(settings, tmp_path / "home.tar.zst")
    readers.data.delete(ada.id)
    readers.catalog.close()
    restore(settings, archive, force=True)
    with closing(Catalog.open(settings)) as catalog:
        again = Readers(catalog)
        assert kept == (
            everything_of(again, ada.id),
            everything_of(again, LOCAL),
            again.acts.votes([1]),
        )
        assert again.accounts.add("eve", None).id > ada.id


@pytest.mark.postgres
def test_readers_move_from_a_file_into_postgresql(
    settings: Settings, readers: Readers, ada: Reader, tmp_path: Path,
    new_database: Callable[[], str],
) -> None:  # fmt: skip
    live(readers, ada)
    kept = everything_of(readers, ada.id)
    archive = backup(settings, tmp_path / "home.tar.zst")
    there = Settings(home=tmp_path / "other", database=new_database())
    restore(there, archive)
    with closing(Catalog.open(there)) as catalog:
        again = Readers(catalog)
        assert everything_of(again, ada.id) == kept
        assert again.acts.do(ada.id, "upvote", 5).id > readers.seq()


def change(catalog: Catalog, how: str, *columns: str) -> None:
    """Gives or takes columns of the table of imports."""
    with catalog.database.write() as connection:
        for column in columns:
            connection.exec_driver_sql(f"ALTER TABLE imports {how.format(column)}")


@on_both
def test_a_home_from_before_readers_keeps_everything_and_gets_its_reader(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema, "REVISIONS", REVISIONS[:1])
        with closing(Catalog.open(settings)) as catalog:
            assert schema.revision(catalog.database) == "0001"
            # What is stored now writes these too; the first schema had none of them.
            later = [change_times, departed, sightings]
            for table in later:
                table.create(catalog.database.engine)
            change(catalog, "ADD COLUMN {} TEXT", "format", "date_is", "problem")
            change(catalog, "ADD COLUMN {} BIGINT", "size", "undated")
            store(catalog, paper("a"), paper("b"), paper("c", "Both", "lab:a", "lab:b"))
            before, merges, seq = content(catalog), catalog.merges(), catalog.seq()
            for table in later:
                table.drop(catalog.database.engine)
            change(catalog, "DROP COLUMN {}", "format", "date_is", "problem", "size", "undated")
    with closing(Catalog.open(settings)) as catalog:
        assert (content(catalog), catalog.merges(), catalog.seq()) == (before, merges, seq)
        readers = Readers(catalog)
        assert [reader.id for reader in readers.accounts.all()] == [LOCAL]
        assert readers.acts.do(LOCAL, "upvote", 2).work_id == 1
        assert readers.accounts.add("ada", None).id == 2
    (kept,) = settings.backups_path.iterdir()
    with closing(sqlite3.connect(kept)) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
