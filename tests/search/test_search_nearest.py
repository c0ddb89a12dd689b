"""Papers near others: by nearness or date, to one that is named or to those that are liked."""

from __future__ import annotations

import pytest
from search_home import PAPERS, Home

from broadsheet.search import Searcher, SearchRequest, SearchResult

PRUNING, VISION = "2401.00001", "2305.00002"


def dates(home: Home, result: SearchResult) -> list[str]:
    works = home.catalog.get_many([hit.work_id for hit in result.hits])
    return [works[hit.work_id].published for hit in result.hits]


def test_the_nearest_are_put_in_the_order_of_their_days(home: Home, searcher: Searcher) -> None:
    near = searcher.similar(home.id_of(PRUNING), 4)
    newest = searcher.similar(home.id_of(PRUNING), 4, sort="newest")
    assert {hit.work_id for hit in newest.hits} == {hit.work_id for hit in near.hits}
    assert dates(home, newest) == sorted(dates(home, near), reverse=True)
    assert dates(home, newest) != dates(home, near)
    assert newest.notes == ("Newest first among the 4 nearest.",)


def test_papers_like_a_named_one_are_put_so_too_behind_it(home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest(f"similar:{PRUNING}", limit=5, sort="newest"))
    assert home.names([result.hits[0].work_id]) == [PRUNING]
    assert dates(home, result)[1:] == sorted(dates(home, result)[1:], reverse=True)


def test_examples_alone_find_what_is_near_them(home: Home, searcher: Searcher) -> None:
    liked = home.id_of(PRUNING)
    near = [hit.work_id for hit in searcher.similar(liked, 100).hits]
    result = searcher.search(SearchRequest("", more_like=(liked,), limit=3))
    assert [hit.work_id for hit in result.hits] == near[:3]
    assert result.total == len(near)
    onward = searcher.search(SearchRequest("", more_like=(liked,), limit=3, offset=3))
    assert [hit.work_id for hit in onward.hits] == near[3:6]
    dated = searcher.search(SearchRequest("", more_like=(liked,), limit=100, sort="newest"))
    assert dates(home, dated) == sorted(dates(home, dated), reverse=True)


def test_examples_beside_what_only_narrows_are_still_what_is_near(
    home: Home, searcher: Searcher
) -> None:
    liked, other = home.id_of(PRUNING), home.id_of(VISION)
    result = searcher.search(SearchRequest("cat:cs.CV", more_like=(liked, other), limit=9))
    names = home.names([hit.work_id for hit in result.hits])
    assert names and PRUNING not in names and VISION not in names
    works = home.catalog.get_many([hit.work_id for hit in result.hits])
    assert all("cs.CV" in work.paper.categories for work in works.values())


def test_what_is_disliked_turns_examples_away(home: Home, searcher: Searcher) -> None:
    liked, disliked = home.id_of(PRUNING), home.id_of("2208.00003")
    ranks = [
        [hit.work_id for hit in searcher.search(request).hits].index(disliked)
        for request in (
            SearchRequest("", more_like=(liked,), limit=50),
            SearchRequest("", more_like=(liked,), less_like=(disliked,), limit=50),
        )
    ]
    assert ranks[1] > ranks[0]


@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_examples_find_by_words_where_nothing_is_encoded(words_home: Home, sort: str) -> None:
    words_home.file(PAPERS)
    searcher, index = words_home.open()
    liked = words_home.id_of(PRUNING)
    request = SearchRequest("", more_like=(liked,), limit=2, sort=sort)  # type: ignore[arg-type]
    found = words_home.names([hit.work_id for hit in searcher.search(request).hits])
    index.close()
    assert found and PRUNING not in found
