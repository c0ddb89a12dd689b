"""A search among what a reader keeps, and in the notes that stand beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from search_home import Home, paper

from broadsheet.search import SearchRequest, SearchResult, search_kept

PRUNING, VISION, CHAIN, PHOTO, GRAPHS, FLOW = (
    "2401.00001",
    "2305.00002",
    "2208.00003",
    "1905.00004",
    "2002.00005",
    "2103.00006",
)


def kept(
    home: Home, query: str, notes: Mapping[str, str], **asked: object
) -> tuple[list[str], SearchResult]:
    """The names of what a search among these papers finds, and its result."""
    searcher, index = home.open()
    try:
        ids = {name: home.catalog.resolve(name)[0] for name in notes}
        request = replace(SearchRequest(query), **asked)  # type: ignore[arg-type]
        result = search_kept(searcher, request, {ids[name]: note for name, note in notes.items()})
        names = {work.id: work.paper.id for work in home.catalog.get_many(_ids(result)).values()}
        return [names[number] for number in _ids(result)], result
    finally:
        index.close()


def _ids(result: SearchResult) -> Sequence[int]:
    return [hit.work_id for hit in result.hits]


def test_only_papers_that_are_kept_are_found(home: Home) -> None:
    found, result = kept(home, "pruning", {VISION: "", GRAPHS: ""})
    assert found[0] == VISION
    assert PRUNING not in found
    assert result.total == len(found)


def test_a_word_of_the_note_counts_as_one_of_the_paper(home: Home) -> None:
    notes = {PRUNING: "", VISION: "Maria has the code", GRAPHS: "Maria likes it"}
    found, _ = kept(home, "pruning Maria", notes)
    assert found[0] == VISION
    assert sorted(found) == sorted(set(found))


def test_a_word_that_no_paper_has_is_found_in_the_note_and_questions_no_spelling(
    home: Home,
) -> None:
    found, result = kept(home, "reimbursed", {VISION: "", FLOW: "travel was reimbursed"})
    assert found[0] == FLOW
    assert not result.suggestion
    assert not result.nothing


def test_a_note_moves_no_paper_that_says_all_by_itself(home: Home) -> None:
    plainly, _ = kept(home, "pruning language models", {PRUNING: "", VISION: ""})
    noted, _ = kept(home, "pruning language models", {PRUNING: "pruning", VISION: "pruning"})
    assert noted == plainly


def test_words_are_met_in_any_of_their_forms_and_phrases_as_they_stand(home: Home) -> None:
    notes = {VISION: "", GRAPHS: "to be presented by the reading group"}
    assert kept(home, "presenting", notes)[0][0] == GRAPHS
    assert kept(home, '"reading group"', notes)[0][0] == GRAPHS
    assert kept(home, "reimbursed OR presented", notes)[0][0] == GRAPHS
    assert kept(home, "presen*", notes)[0][0] == GRAPHS
    # Not side by side in this order: searched as words, which promises nothing.
    assert kept(home, '"group reading"', notes)[1].nothing
    assert not kept(home, '"reading group"', notes)[1].nothing


def test_fields_and_exclusions_leave_out_what_a_note_would_bring(home: Home) -> None:
    notes = {VISION: "seminar", PHOTO: "seminar", GRAPHS: "seminar"}
    assert set(kept(home, "seminar", notes)[0]) == {VISION, PHOTO, GRAPHS}
    assert set(kept(home, "seminar cat:cs.CV", notes)[0]) == {VISION, PHOTO}
    assert set(kept(home, "seminar cat:cs.CV -photograph", notes)[0]) == {VISION}
    assert kept(home, "title:seminar", notes)[1].nothing


def test_without_an_encoder_notes_are_searched_too(words_home: Home) -> None:
    words_home.file([paper("a1", "Heat on graphs"), paper("a2", "Speech"), paper("a3", "Robots")])
    found, result = kept(words_home, "seminar", {"a1": "", "a2": "for the seminar"})
    assert found == ["a2"]
    assert result.total == 1


def test_a_named_paper_is_found_only_where_it_is_kept(home: Home) -> None:
    assert kept(home, PRUNING, {VISION: ""})[0] == []
    assert kept(home, PRUNING, {VISION: "", PRUNING: ""})[0] == [PRUNING]
    found, result = kept(home, f"similar:{PRUNING}", {VISION: "", CHAIN: ""})
    assert set(found) == {VISION, CHAIN}
    assert result.total == 2


def test_nothing_kept_finds_nothing(home: Home) -> None:
    found, result = kept(home, "pruning", {})
    assert (found, result.total) == ([], 0)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_pages_hold_every_paper_once(home: Home, step: int) -> None:
    notes = dict.fromkeys((PRUNING, CHAIN, PHOTO), "") | {VISION: "Maria", FLOW: "Maria"}
    whole, result = kept(home, "pruning Maria", notes, limit=50)
    walked: list[str] = []
    for offset in range(0, len(whole), step):
        page, told = kept(home, "pruning Maria", notes, offset=offset, limit=step)
        walked += page
        assert told.total == result.total
    assert walked == whole
    assert whole[0] == VISION


def test_more_notes_than_a_round_is_deep_lose_no_paper(empty_home: Home) -> None:
    empty_home.file([paper(f"p{number}", f"Part {number}") for number in range(260)])
    notes = {f"p{number}": "seminar" for number in range(260)}
    found, result = kept(empty_home, "seminar", notes, limit=300)
    assert len(found) == len(set(found)) == 260
    assert result.total == len(found)
