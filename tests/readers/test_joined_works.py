"""Votes, lists and notes survive a join by title, and its undoing."""

from __future__ import annotations

import random
from pathlib import Path

from broadsheet.catalog import Catalog, ingest
from broadsheet.papers import Author, Paper
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import Arrived

TEXT = " ".join(f"word{random.Random(5).randrange(900) + n}" for n in range(90))


def record(source: str, name: str, title: str, line: int) -> Arrived:
    paper = Paper(name, source, title, TEXT, authors=(Author("Ada Lovelace"),))
    return Arrived(paper, line)


def test_votes_lists_and_notes_go_with_a_join_and_come_back(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", database="")
    with Catalog.open(settings) as catalog:
        readers = Readers(catalog)
        me = readers.accounts.add("ada").id

        def take(*items: Arrived) -> None:
            ingest(catalog, items, path=Path("x"), source="s", rejected_dir=tmp_path / "rejected")

        take(record("here", "1", "A first title of this work", 1))
        take(record("there", "a", "Ranking papers by what they mean", 1))
        (one,), (other,) = catalog.resolve("here:1"), catalog.resolve("there:a")
        readers.acts.do(me, "upvote", one)
        readers.acts.do(me, "save", other)
        shelf = readers.lists.make(me, "Later")
        readers.lists.put(shelf.id, other, note="read this", owner=me)
        take(record("here", "1", "Ranking papers by what they mean", 1))
        assert catalog.resolve("here:1") == catalog.resolve("there:a") == [one]
        assert {"upvote", "save"} <= readers.acts.states(me, [one])[one]
        assert readers.acts.votes([one]) == {one: 1}
        assert readers.lists.holding(me, [one])[one]
        catalog.undo_merge(catalog.merges()[0].id)
        states = readers.acts.states(me, [one, other])
        assert ("upvote" in states[one], "upvote" in states[other]) == (True, False)
        assert ("save" in states[one], "save" in states[other]) == (False, True)
        assert not readers.lists.holding(me, [one]).get(one)
        assert readers.lists.holding(me, [other])[other]
