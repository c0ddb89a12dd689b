"""Lists, follows, saved searches and what was shown."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import event

from broadsheet.catalog import Catalog, schema
from broadsheet.catalog.tables import REVISIONS
from broadsheet.readers import LOCAL, Entry, Reader, Readers, ReadersError
from broadsheet.settings import Settings
from tests.catalog.kit import paper, store

from .conftest import on_both


def test_a_list_keeps_works_with_notes_and_tags(readers: Readers) -> None:
    made = readers.lists.make(LOCAL, "To read", note="for *May*")
    readers.lists.put(made.id, 1, "see page 3\nand 4", ["graphs", "graphs", " may ", ""])
    readers.lists.put(made.id, 2)
    readers.lists.put(made.id, 1, tags=["graphs"])
    entries = {entry.work_id: entry for entry in readers.lists.entries(made.id)}
    assert set(entries) == {1, 2}
    assert (entries[1].note, entries[1].tags) == ("see page 3\nand 4", ("graphs",))
    found = readers.lists.get(made.id)
    assert found is not None
    assert (found.size, found.note, found.public) == (2, "for *May*", False)
    assert readers.lists.by_slug(LOCAL, "to-read") == found
    assert readers.lists.by_secret(made.secret) == found
    assert readers.lists.holding(LOCAL, [1, 2, 3]) == {1: (made.id,), 2: (made.id,), 3: ()}


def test_a_work_is_saved_while_it_is_in_a_list(readers: Readers) -> None:
    one = readers.lists.make(LOCAL, "one")
    two = readers.lists.make(LOCAL, "two")
    readers.lists.put(one.id, 1)
    readers.lists.put(two.id, 1)
    assert readers.lists.take(one.id, 1)
    assert readers.acts.states(LOCAL, [1]) == {1: {"save"}}
    for undo in (
        lambda: readers.acts.undo(LOCAL, "save", 1),
        lambda: readers.acts.undo_last(LOCAL),
    ):
        with pytest.raises(ReadersError, match="on your list “two”; take it off"):
            undo()
    assert readers.acts.states(LOCAL, [1]) == {1: {"save"}}
    readers.lists.delete(two.id)
    assert readers.acts.states(LOCAL, [1]) == {1: frozenset()}
    assert not readers.lists.take(one.id, 1)
    assert readers.lists.of(LOCAL) == [readers.lists.get(one.id)]


@on_both
def test_a_library_comes_onto_a_list_at_once_and_bounds_no_acts(readers: Readers) -> None:
    made = readers.lists.make(LOCAL, "library")
    readers.lists.put(made.id, 2, "mine", ["x"])
    assert readers.lists.fill(made.id, [1, 2, 3, 3]) == 2
    assert readers.lists.fill(made.id, [1, 2, 3]) == 0
    assert {one.work_id: one.note for one in readers.lists.entries(made.id)} == {
        1: "",
        2: "mine",
        3: "",
    }
    assert readers.acts.states(LOCAL, [1, 3]) == {1: {"save"}, 3: {"save"}}
    assert [act.reason for act in readers.acts.of(LOCAL, ["save"])] == ["", "library", "library"]
    readers.acts.do(LOCAL, "upvote", 3)
    with pytest.raises(ReadersError, match="no such list"):
        readers.lists.fill(made.id, [1], owner=LOCAL + 1)


@on_both
def test_works_that_become_one_are_in_a_list_once_and_keep_what_was_said_of_both(
    readers: Readers,
) -> None:
    made = readers.lists.make(LOCAL, "mine")
    readers.lists.put(made.id, 1, "first", ["x"])
    readers.lists.put(made.id, 2, "second", ["y", "x"])
    store(readers.catalog, paper("z", "Both", "lab:a", "lab:b"))
    (entry,) = readers.lists.entries(made.id)
    assert (entry.work_id, entry.note, entry.tags) == (1, "first\n\nsecond", ("x", "y"))
    assert readers.lists.holding(LOCAL, [1, 2]) == {1: (made.id,), 2: (made.id,)}
    readers.catalog.undo_merge(readers.catalog.merges()[0].id)
    assert {entry.note for entry in readers.lists.entries(made.id)} == {"first", "second"}
    store(readers.catalog, paper("w", "Both", "lab:c", "lab:d"))
    readers.lists.put(made.id, 4, "told of 4")
    assert {entry.work_id for entry in readers.lists.entries(made.id)} == {1, 2, 3}
    assert readers.lists.take(made.id, 4)
    assert {entry.work_id for entry in readers.lists.entries(made.id)} == {1, 2}


@on_both
def test_a_list_is_read_anew_only_when_something_changed(
    readers: Readers, settings: Settings
) -> None:
    made = readers.lists.make(LOCAL, "mine")
    readers.lists.fill(made.id, [1, 2, 3])
    said: list[str] = []
    engine = readers.catalog.database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))

    def reads() -> tuple[int, list[Entry]]:
        said.clear()
        found = readers.lists.entries(made.id)
        assert readers.lists.noted(LOCAL) == found
        return sum("FROM list_entries" in text for text in said), found

    assert reads()[0] == 2
    once, found = reads()
    assert once == 0
    found.clear()  # whoever got them may do with them what they like
    assert {entry.work_id for entry in reads()[1]} == {1, 2, 3}

    with closing(Catalog.open(settings)) as elsewhere:  # as another process would
        Readers(elsewhere).lists.put(made.id, 2, "a note", ["t"])
    again, found = reads()
    assert again == 2
    assert [entry.note for entry in found if entry.work_id == 2] == ["a note"]
    readers.lists.take(made.id, 3)
    assert {entry.work_id for entry in reads()[1]} == {1, 2}
    store(readers.catalog, paper("z", "Both", "lab:a", "lab:b"))
    assert {entry.work_id for entry in reads()[1]} == {1}
    readers.catalog.undo_merge(readers.catalog.merges()[0].id)
    assert {entry.work_id for entry in reads()[1]} == {1, 2}
    assert reads()[0] == 0


def test_another_readers_list_is_as_if_there_were_none(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    made = readers.lists.make(ada.id, "private")
    before = readers.lists.get(made.id)
    messages = set()
    for number in (made.id, 10**6, 2**70, 0):
        for attempt in (
            lambda n: readers.lists.rename(n, "x", owner=eve.id),
            lambda n: readers.lists.change(n, public=True, owner=eve.id),
            lambda n: readers.lists.delete(n, owner=eve.id),
            lambda n: readers.lists.renew(n, owner=eve.id),
            lambda n: readers.lists.put(n, 1, owner=eve.id),
            lambda n: readers.lists.take(n, 1, owner=eve.id),
        ):
            with pytest.raises(ReadersError) as caught:
                attempt(number)
            messages.add(str(caught.value))
    assert messages == {"there is no such list; it may have been deleted"}
    assert readers.lists.get(made.id) == before


def test_a_thousand_lists_end_in_a_clear_error(readers: Readers) -> None:
    with pytest.raises(ReadersError, match="you have 200 lists; delete one first, or use tags"):
        for number in range(1_000):
            readers.lists.make(LOCAL, f"list {number}")
    assert len(readers.lists.of(LOCAL)) == 200


@pytest.mark.parametrize(
    "name", ["", "  ", "a\nb", "a\r\nSet-Cookie: x", "x" * 121, "a\0", "\u202e"]
)
def test_a_list_needs_a_name_that_can_stand_anywhere(readers: Readers, name: str) -> None:
    with pytest.raises(ReadersError, match="name of the list"):
        readers.lists.make(LOCAL, name)
    made = readers.lists.make(LOCAL, "fine")
    with pytest.raises(ReadersError, match="name of the list"):
        readers.lists.rename(made.id, name)


def test_two_lists_of_one_reader_have_two_names_and_addresses(
    readers: Readers, ada: Reader
) -> None:
    names = ["C++", "C", "艾達", "c#", "-"]
    slugs = [readers.lists.make(LOCAL, name).slug for name in names]
    assert len(set(slugs)) == 5
    assert slugs[0] == "c"
    with pytest.raises(ReadersError, match="already"):
        readers.lists.make(LOCAL, "c")
    with pytest.raises(ReadersError, match="already"):
        readers.lists.rename(readers.lists.of(LOCAL)[0].id, "C++")
    assert readers.lists.make(ada.id, "C").slug == "c"


def test_tags_and_notes_have_bounds(readers: Readers) -> None:
    made = readers.lists.make(LOCAL, "mine")
    for note, tags in [("x" * 10_001, None), ("a\0", None), ("\x1b[2J", None), (None, ["a\nb"]),
                       (None, ["x" * 51]), (None, [str(n) for n in range(31)])]:  # fmt: skip
        with pytest.raises(ReadersError):
            readers.lists.put(made.id, 1, note, tags)
    with pytest.raises(ReadersError, match="no paper 99"):
        readers.lists.put(made.id, 99)
    assert readers.lists.entries(made.id) == []


def test_a_new_secret_makes_the_old_one_worthless(readers: Readers) -> None:
    made = readers.lists.make(LOCAL, "mine")
    again = readers.lists.renew(made.id)
    assert readers.lists.by_secret(made.secret) is None
    assert readers.lists.by_secret(again.secret) is not None
    saved = readers.searches.add(LOCAL, "", "graphs")
    renewed = readers.searches.renew(LOCAL, saved.id)
    assert readers.searches.by_secret(saved.secret) is None
    assert readers.searches.by_secret(renewed.secret) == renewed


def test_a_search_is_kept_once_under_a_name(readers: Readers, ada: Reader) -> None:
    first = readers.searches.add(LOCAL, "", "graphs")
    assert readers.searches.add(LOCAL, " graphs ", "graphs") == first
    assert readers.searches.add(LOCAL, "drawn", "graphs") != first
    assert readers.searches.add(ada.id, "", "graphs") != first
    assert len(readers.searches.of(LOCAL)) == 2


def test_only_public_lists_are_shown_to_others(readers: Readers) -> None:
    made = readers.lists.make(LOCAL, "mine")
    assert readers.lists.of(LOCAL, public=True) == []
    readers.lists.change(made.id, public=True)
    assert [item.id for item in readers.lists.of(LOCAL, public=True)] == [made.id]


def test_what_is_followed_is_followed_once(readers: Readers, ada: Reader) -> None:
    first = readers.follows.add(LOCAL, "author", "  Ada   Lovelace ")
    assert readers.follows.add(LOCAL, "author", "Ada Lovelace") == first
    subject = readers.follows.add(LOCAL, "category", "cs.LG")
    assert readers.follows.add(LOCAL, "category", "Cs.lg") == subject
    readers.follows.add(ada.id, "author", "Ada Lovelace")
    assert [item.value for item in readers.follows.of(LOCAL)] == ["Ada Lovelace", "cs.LG"]
    assert [item.kind for item in readers.follows.of(LOCAL, "category")] == ["category"]
    assert readers.follows.followers("author", "Ada Lovelace") == 2
    assert not readers.follows.remove(ada.id, first.id)
    assert readers.follows.remove(LOCAL, first.id)
    assert readers.follows.drop(LOCAL, "category", " cs.LG")
    assert not readers.follows.drop(LOCAL, "category", "a\0")
    assert readers.follows.of(LOCAL) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [("author", ""), ("author", "x" * 201), ("author", "a\nb"), ("feed", "x"), ("search", "77"),
     ("search", "x")],
)  # fmt: skip
def test_what_cannot_be_followed_is_said(readers: Readers, kind: str, value: str) -> None:
    with pytest.raises(ReadersError):
        readers.follows.add(LOCAL, kind, value)


def test_follows_and_searches_have_limits(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.readers.follows.MAX_FOLLOWS", 2)
    monkeypatch.setattr("broadsheet.readers.searches.MAX_SEARCHES", 2)
    for number in range(2):
        readers.follows.add(LOCAL, "term", str(number))
        readers.searches.add(LOCAL, "", str(number))
    with pytest.raises(ReadersError, match="follow 2 things"):
        readers.follows.add(LOCAL, "term", "more")
    with pytest.raises(ReadersError, match="keep 2 searches"):
        readers.searches.add(LOCAL, "", "more")


@on_both
def test_a_search_is_kept_renamed_followed_and_removed(readers: Readers, ada: Reader) -> None:
    saved = readers.searches.add(LOCAL, "", 'graphs -"neural nets"')
    assert saved.name == saved.query
    readers.follows.add(LOCAL, "search", str(saved.id))
    with pytest.raises(ReadersError, match="no such saved search"):
        readers.follows.add(ada.id, "search", str(saved.id))
    with pytest.raises(ReadersError, match="no such saved search"):
        readers.searches.rename(ada.id, saved.id, "theirs")
    renamed = readers.searches.rename(LOCAL, saved.id, "Graphs")
    assert readers.searches.of(LOCAL) == [renamed] == [readers.searches.get(saved.id)]
    with pytest.raises(ReadersError, match="no such saved search"):
        readers.searches.remove(ada.id, saved.id)
    readers.searches.remove(LOCAL, saved.id)
    assert readers.follows.of(LOCAL) == []


@on_both
def test_what_was_shown_is_known_with_its_text(readers: Readers, catalog: Catalog) -> None:
    versions = {number: work.text_hash for number, work in catalog.get_many([1, 2]).items()}
    readers.shown.mark(LOCAL, "for_you", "2026-08-20", [1, 2], versions)
    readers.shown.mark(LOCAL, "digest", "2026-08-21", [2, 3])
    shown = readers.shown.of(LOCAL)
    assert shown[1] == ("2026-08-20", versions[1])
    assert (shown[2], shown[3]) == (("2026-08-21", b""), ("2026-08-21", b""))
    assert set(readers.shown.of(LOCAL, "for_you")) == {1, 2}
    store(catalog, paper("a", "Another text altogether"))
    work = catalog.get(1)
    assert work is not None
    assert work.text_hash != shown[1][1]
    readers.shown.mark(LOCAL, "for_you", "2026-08-22", [1], {1: work.text_hash})
    assert readers.shown.of(LOCAL)[1] == ("2026-08-22", work.text_hash)
    readers.shown.forget(LOCAL, "2026-08-22")
    assert set(readers.shown.of(LOCAL)) == {2, 3}


def test_what_was_shown_follows_merges(readers: Readers) -> None:
    readers.shown.mark(LOCAL, "for_you", "2026-08-20", [2])
    store(readers.catalog, paper("z", "Both", "lab:a", "lab:b"))
    assert set(readers.shown.of(LOCAL)) == {1}


@pytest.mark.parametrize(("where", "day"), [("page", "2026-08-20"), ("digest", "today")])
def test_a_place_or_day_that_is_none_is_refused(readers: Readers, where: str, day: str) -> None:
    with pytest.raises(ReadersError):
        readers.shown.mark(LOCAL, where, day, [1])


def test_entries_are_plain_values(readers: Readers) -> None:
    made = readers.lists.make(LOCAL, "mine")
    assert readers.lists.put(made.id, 1, "n", ["t"]) == Entry(
        1, "n", ("t",), readers.lists.entries(made.id)[0].added_at
    )


@on_both
def test_searches_of_an_earlier_version_go_on_coming_with_the_digest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A digest had every saved search then, followed or not.
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "REVISIONS", REVISIONS[: REVISIONS.index("0014")])
        with closing(Catalog.open(settings)) as catalog:
            store(catalog, paper("a"))
            before = Readers(catalog)
            kept, followed = (before.searches.add(LOCAL, "", one) for one in ("graphs", "trees"))
            before.follows.add(LOCAL, "search", str(followed.id))
    with closing(Catalog.open(settings)) as catalog:
        after = Readers(catalog)
        found = [one for one in after.follows.of(LOCAL) if one.kind == "search"]
        assert sorted(one.value for one in found) == sorted([str(kept.id), str(followed.id)])
        assert len({one.id for one in found}) == 2
        after.follows.remove(LOCAL, next(one.id for one in found if one.value == str(kept.id)))
    with closing(Catalog.open(settings)) as catalog:  # once, not whenever it is opened
        assert [one.value for one in Readers(catalog).follows.of(LOCAL)] == [str(followed.id)]
