"""Acts: kept once, undone, followed through merges, and the same again for any past date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from broadsheet.catalog import Catalog
from broadsheet.readers import KINDS, LOCAL, Reader, Readers, ReadersError, ThrottledError
from tests.catalog.kit import paper, store

from .conftest import on_both


def merge(catalog: Catalog) -> int:
    """Makes works 1 and 2 one; returns the number of the merge."""
    store(catalog, paper("x", "Both", "lab:a", "lab:b"))
    return catalog.merges()[0].id


@pytest.mark.parametrize("kind", KINDS)
def test_an_act_is_kept_once_and_undone_once(readers: Readers, kind: str) -> None:
    first = readers.acts.do(LOCAL, kind, 1, "a reason")
    assert readers.acts.do(LOCAL, kind, 1) == first
    assert readers.acts.states(LOCAL, [1, 2]) == {1: {kind}, 2: frozenset()}
    undone = readers.acts.undo(LOCAL, kind, 1)
    assert undone is not None
    assert undone.id == first.id
    assert undone.undone_at >= first.at
    assert readers.acts.undo(LOCAL, kind, 1) is None
    assert readers.acts.states(LOCAL, [1]) == {1: frozenset()}


def test_the_log_keeps_what_was_undone(readers: Readers) -> None:
    readers.acts.do(LOCAL, "upvote", 1)
    readers.acts.undo(LOCAL, "upvote", 1)
    readers.acts.do(LOCAL, "upvote", 1)
    assert [bool(act.undone_at) for act in readers.acts.log(LOCAL)] == [False, True]


@on_both
def test_votes_of_works_that_become_one_count_once_and_are_two_again_when_taken_apart(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    for work in (1, 2):
        readers.acts.do(ada.id, "upvote", work)
    readers.acts.do(eve.id, "upvote", 2)
    number = merge(readers.catalog)
    assert readers.acts.votes([1, 2, 3]) == {1: 2, 2: 2, 3: 0}
    assert readers.acts.states(ada.id, [2]) == {2: {"upvote"}}
    assert [act.work_id for act in readers.acts.of(ada.id)] == [1]
    assert len(readers.acts.votes_between("2020-01-01", "2100-01-01")) == 2
    readers.catalog.undo_merge(number)
    assert readers.acts.votes([1, 2]) == {1: 1, 2: 2}
    assert [act.work_id for act in readers.acts.of(ada.id)] == [1, 2]


def test_a_vote_is_not_doubled_by_voting_again_after_a_merge(readers: Readers) -> None:
    first = readers.acts.do(LOCAL, "upvote", 2)
    merge(readers.catalog)
    again = readers.acts.do(LOCAL, "upvote", 1)
    assert (again.id, again.work_id) == (first.id, 1)
    assert len(readers.acts.log(LOCAL)) == 1


def test_undoing_on_a_merged_work_undoes_it_on_both(readers: Readers) -> None:
    readers.acts.do(LOCAL, "upvote", 1)
    readers.acts.do(LOCAL, "upvote", 2)
    number = merge(readers.catalog)
    readers.acts.undo(LOCAL, "upvote", 2)
    readers.catalog.undo_merge(number)
    assert readers.acts.votes([1, 2]) == {1: 0, 2: 0}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("upvote", "not_interested"),
        ("upvote", "rate_down"),
        ("not_interested", "save"),
        ("rate_up", "rate_down"),
        ("rate_down", "rate_up"),
        ("hide", "upvote"),
    ],
)
def test_of_acts_that_contradict_one_another_the_last_holds_and_undoing_brings_the_first_back(
    readers: Readers, before: str, after: str
) -> None:
    readers.acts.do(LOCAL, before, 1)
    readers.acts.do(LOCAL, after, 1)
    assert readers.acts.states(LOCAL, [1]) == {1: {after}}
    undone = readers.acts.undo_last(LOCAL)
    assert undone is not None
    assert undone.kind == after
    assert readers.acts.states(LOCAL, [1]) == {1: {before}}
    readers.acts.undo_last(LOCAL)
    assert readers.acts.undo_last(LOCAL) is None


def test_reading_and_hiding_contradict_nothing(readers: Readers) -> None:
    for kind in ("upvote", "read", "open", "hide"):
        readers.acts.do(LOCAL, kind, 1)
    assert readers.acts.states(LOCAL, [1]) == {1: {"upvote", "read", "open", "hide"}}


def test_the_last_act_is_undone_but_not_that_a_page_was_opened(readers: Readers) -> None:
    readers.acts.do(LOCAL, "read", 1)
    readers.acts.do(LOCAL, "upvote", 2)
    readers.acts.do(LOCAL, "open", 3)
    kinds = []
    while (act := readers.acts.undo_last(LOCAL)) is not None:
        kinds.append(act.kind)
    assert kinds == ["upvote", "read"]


@on_both
def test_a_past_state_is_the_same_whenever_it_is_asked(readers: Readers, ada: Reader) -> None:
    readers.acts.do(LOCAL, "upvote", 1, at="2026-01-01")
    readers.acts.do(ada.id, "upvote", 1, at="2026-01-03T10:00:00Z")
    assert [readers.acts.votes([1], day)[1] for day in ("2025-12-31", "2026-01-02")] == [0, 1]
    before = readers.acts.votes_between("2026-01-01", "2026-01-05")
    assert len(before) == 2
    readers.acts.undo(ada.id, "upvote", 1)
    readers.acts.do(LOCAL, "not_interested", 1)
    assert readers.acts.votes([1])[1] == 0
    assert readers.acts.votes([1], "2026-01-03")[1] == 2
    assert readers.acts.votes_between("2026-01-01", "2026-01-05") == before
    assert [act.kind for act in readers.acts.of(LOCAL, as_of="2026-01-02")] == ["upvote"]


def test_days_include_their_end_and_times_any_zone(readers: Readers) -> None:
    readers.acts.do(LOCAL, "upvote", 1, at="2026-01-01T23:30:00-02:00")
    assert readers.acts.of(LOCAL)[0].at == "2026-01-02T01:30:00Z"
    assert readers.acts.votes_between("2026-01-02", "2026-01-02") == [
        (1, LOCAL, "upvote", "2026-01-02T01:30:00Z")
    ]
    assert readers.acts.of(LOCAL, since="2026-01-02", until="2026-01-02")
    assert not readers.acts.of(LOCAL, since="2026-01-03")


@on_both
def test_a_clock_that_is_set_back_undoes_nothing_before_it_was_done(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = readers.acts.do(LOCAL, "upvote", 1)
    monkeypatch.setattr("broadsheet.readers.checks.now", lambda: "2020-01-01T00:00:00Z")
    undone = readers.acts.undo(LOCAL, "upvote", 1)
    assert undone is not None
    assert undone.undone_at == act.at
    readers.acts.do(LOCAL, "not_interested", 2, at="2026-01-01")
    readers.acts.do(LOCAL, "upvote", 2)
    (replaced,) = [entry for entry in readers.acts.log(LOCAL) if entry.kind == "not_interested"]
    assert replaced.undone_at == replaced.at


@pytest.mark.parametrize(
    ("kind", "work", "at", "words"),
    [
        ("applaud", 1, None, "must be one of"),
        ("upvote", 99, None, "no paper 99"),
        ("upvote", 0, None, "no paper 0"),
        ("upvote", -1, None, "no paper -1"),
        ("upvote", 2**70, None, "no paper"),
        ("upvote", 1, "2100-01-01", "lies in the future"),
        ("upvote", 1, "yesterday", "must be a day"),
        ("upvote", 1, "0001-01-01", "too long ago"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    readers: Readers, kind: str, work: int, at: str | None, words: str
) -> None:
    with pytest.raises(ReadersError, match=words) as caught:
        readers.acts.do(LOCAL, kind, work, at=at)
    assert "\n" not in str(caught.value)
    assert readers.acts.log(LOCAL) == []


def test_acts_on_a_work_that_is_gone_are_refused_and_those_before_stay(readers: Readers) -> None:
    readers.acts.do(LOCAL, "upvote", 1)
    readers.catalog.delete(1)
    with pytest.raises(ReadersError, match="no paper 1"):
        readers.acts.do(LOCAL, "read", 1)
    readers.catalog.undelete(1)
    assert readers.acts.votes([1]) == {1: 1}


def test_a_flood_of_acts_is_bounded_and_nothing_is_lost(catalog: Catalog) -> None:
    store(catalog, paper("f"), paper("g"))
    readers = Readers(catalog, acts_per_minute=5)
    for work in range(1, 6):
        readers.acts.do(LOCAL, "upvote", work)
    with pytest.raises(ThrottledError, match="5 acts within a minute"):
        readers.acts.do(LOCAL, "upvote", 6)
    readers.acts.do(LOCAL, "upvote", 1)
    readers.acts.do(LOCAL, "upvote", 7, at="2026-01-01")
    assert sum(readers.acts.votes(range(1, 8)).values()) == 6


def test_voting_and_taking_back_without_end_is_bounded_too(catalog: Catalog) -> None:
    readers = Readers(catalog, acts_per_minute=5)
    with pytest.raises(ThrottledError):
        for _ in range(6):
            readers.acts.do(LOCAL, "upvote", 1)
            readers.acts.undo(LOCAL, "upvote", 1)


@on_both
def test_votes_of_many_threads_are_neither_lost_nor_doubled(readers: Readers) -> None:
    people = [readers.accounts.add(f"reader{number}").id for number in range(6)]
    wanted = [(person, work) for person in people for work in range(1, 6)] * 3
    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(lambda pair: readers.acts.do(pair[0], "upvote", pair[1]).id, wanted))
    assert len(set(done)) == 30
    assert readers.acts.votes(range(1, 6)) == dict.fromkeys(range(1, 6), 6)


def test_the_same_vote_at_the_same_moment_is_one(readers: Readers) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = set(pool.map(lambda _: readers.acts.do(LOCAL, "upvote", 1).id, range(16)))
    assert len(done) == 1
    assert readers.acts.votes([1]) == {1: 1}


@on_both
def test_the_standing_of_papers_is_what_holds_and_their_votes_through_merges(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    readers.acts.do(ada.id, "save", 1)
    readers.acts.do(ada.id, "upvote", 3)
    for reader in (ada, eve):
        readers.acts.do(reader.id, "upvote", 2)
    number = merge(readers.catalog)
    asked = [2, 1, 3, 4]
    for apart in (False, True):
        if apart:
            readers.catalog.undo_merge(number)
        states, votes = readers.acts.standings(ada.id, asked)
        assert states == readers.acts.states(ada.id, asked)
        assert votes == readers.acts.votes(asked)
        assert list(states) == list(votes) == asked
    assert states[1] == {"save"}
    nobody, votes = readers.acts.standings(None, asked)
    assert set(nobody.values()) == {frozenset()}
    assert votes == {2: 2, 1: 0, 3: 1, 4: 0}


def test_the_standing_of_papers_follows_their_merges_once(readers: Readers, ada: Reader) -> None:
    readers.acts.do(ada.id, "upvote", 1)
    said: list[str] = []
    engine = readers.catalog.database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    readers.acts.standings(ada.id, [1, 2, 3])
    assert [text for text in said if text.startswith("BEGIN")] == ["BEGIN"]
    assert sum("merged_into IN" in text for text in said) == 1  # the works below these


def test_votes_are_seen_only_of_those_who_let_them(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    for reader in (ada, eve):
        readers.acts.do(reader.id, "upvote", 1)
    assert readers.acts.voters(1) == []
    readers.accounts.update(ada.id, public_votes=True)
    assert readers.acts.voters(1) == [("ada", "ada")]


def test_votes_of_a_disabled_account_do_not_count(readers: Readers, ada: Reader) -> None:
    readers.acts.do(ada.id, "upvote", 1)
    readers.accounts.disable(ada.id)
    assert readers.acts.votes([1]) == {1: 0}
    assert readers.acts.votes_between("2020-01-01", "2100-01-01") == []
    with pytest.raises(ReadersError, match="disabled"):
        readers.acts.do(ada.id, "upvote", 2)
    readers.accounts.disable(ada.id, disabled=False)
    assert readers.acts.votes([1]) == {1: 1}


def test_every_change_is_told_by_seq(readers: Readers) -> None:
    seen = [readers.seq()]
    readers.acts.do(LOCAL, "upvote", 1)
    seen.append(readers.seq())
    readers.acts.undo(LOCAL, "upvote", 1)
    seen.append(readers.seq())
    made = readers.lists.make(LOCAL, "To read")
    seen.append(readers.seq())
    readers.lists.put(made.id, 1)
    seen.append(readers.seq())
    assert seen == sorted(set(seen))
    readers.acts.states(LOCAL, [1])
    assert readers.seq() == seen[-1]
