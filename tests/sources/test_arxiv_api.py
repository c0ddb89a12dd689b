"""The query API: every paper of a window of days, and papers by their ids."""

from __future__ import annotations

import pytest
from benchmarks.upstream import BrokenRecord, Cut, EmptyPage, Missing, Refuse, Upstream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.papers import Paper
from broadsheet.sources import Arrived, ArxivApi, FetchError, Page, Rejected, Want
from broadsheet.sources import arxiv_api as module
from tests.sources.conftest import Ask
from tests.sources.test_arxiv_feed import _Once

MARCH = Want(("cs.LG",), since="2026-02-20", until="2026-03-31")


def source(upstream: Upstream, slice_size: int = 40) -> ArxivApi:
    return ArxivApi(upstream.settings(), interval=0.0, slice_size=slice_size)


def papers(pages: list[Page]) -> list[Paper]:
    return [item.paper for page in pages for item in page.items if isinstance(item, Arrived)]


def expected(upstream: Upstream, name: str = "cs.LG") -> list[str]:
    stands = sorted(upstream.standing(name).values(), key=lambda one: (one.submitted, one.id))
    return [f"{one.id}v{one.version}" for one in stands]


@pytest.mark.parametrize("size", [1000, 40, 7])
def test_all_papers_of_the_days_arrive_once(upstream: Upstream, ask: Ask, size: int) -> None:
    pages = list(source(upstream, size).pages(ask(), MARCH, ""))
    assert [paper.id for paper in papers(pages)] == expected(upstream)
    assert pages[-1].cursor == "" and all(page.cursor for page in pages[:-1])


def test_papers_bear_what_the_entry_says(upstream: Upstream, ask: Ask) -> None:
    stands = {f"{one.id}v{one.version}": one for one in upstream.standing("cs.LG").values()}
    for paper in papers(list(source(upstream).pages(ask(), MARCH, ""))):
        was = stands[paper.id]
        assert (paper.source, paper.title, paper.announced) == ("arxiv", was.title, "")
        assert paper.abstract == was.abstract.strip()
        assert paper.categories == was.categories
        assert [one.affiliation for one in paper.authors] == [place for _, _, place in was.authors]
        assert paper.published == f"{was.submitted:%Y-%m-%d}"
        assert paper.extra.get("comments", "") == was.comment


def test_only_the_days_wanted_are_given(upstream: Upstream, ask: Ask) -> None:
    want = Want(("cs.LG",), since="2026-03-10", until="2026-03-10")
    came = papers(list(source(upstream).pages(ask(), want, "")))
    assert came and {paper.published for paper in came} == {"2026-03-10"}


@pytest.mark.parametrize("sets", [("cs",), ("cs.AI", "stat.ML")])
def test_sets_are_joined_in_one_query(upstream: Upstream, ask: Ask, sets: tuple[str, ...]) -> None:
    want = Want(sets, since=MARCH.since, until=MARCH.until)
    came = [paper.id for paper in papers(list(source(upstream, 500).pages(ask(), want, "")))]
    assert len(came) == len(set(came))
    assert set(came) == {identity for name in sets for identity in expected(upstream, name)}


def test_going_on_from_any_stored_page_loses_and_doubles_nothing(
    upstream: Upstream, ask: Ask
) -> None:
    cursor, came = "", []
    for _ in range(100):
        page = next(source(upstream).pages(ask(), MARCH, cursor))
        came += [paper.id for paper in papers([page])]
        cursor = page.cursor
        if not cursor:
            break
    assert came == expected(upstream)


def test_a_window_of_too_many_results_is_parted(
    upstream: Upstream, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_RESULTS", 25)
    pages = list(source(upstream).pages(ask(), MARCH, ""))
    assert [paper.id for paper in papers(pages)] == expected(upstream)
    assert max(int(one.query["start"]) for one in upstream.requests) < 25


def test_empty_pages_before_the_end_are_asked_for_again(upstream: Upstream, ask: Ask) -> None:
    pages = source(upstream).pages(ask(), MARCH, "")
    got = [next(pages)]
    upstream.fail(EmptyPage(times=3))
    got += pages
    assert [paper.id for paper in papers(got)] == expected(upstream)


def test_a_host_that_gives_empty_pages_only_is_an_error(upstream: Upstream, ask: Ask) -> None:
    upstream.fail(EmptyPage(times=-1))
    with pytest.raises(FetchError, match="gives no results from 0 on") as error:
        list(source(upstream).pages(ask(), MARCH, ""))
    assert error.value.transient


@pytest.mark.parametrize("fault", [Refuse(503, times=3), Cut(times=3)], ids=["503", "cut"])
def test_a_fault_that_passes_costs_nothing(
    upstream: Upstream, ask: Ask, fault: Refuse | Cut
) -> None:
    fault.times = 3
    upstream.fail(fault)
    pages = list(source(upstream).pages(ask(), MARCH, ""))
    assert [paper.id for paper in papers(pages)] == expected(upstream)


def test_an_entry_that_stays_broken_is_rejected_and_counted(upstream: Upstream, ask: Ask) -> None:
    upstream.fail(BrokenRecord(place=2, times=3))
    pages = list(source(upstream).pages(ask(), MARCH, ""))
    every = expected(upstream)
    assert [paper.id for paper in papers(pages)] == [*every[:2], *every[3:]]
    assert sum(isinstance(item, Rejected) for page in pages for item in page.items) == 1


def test_papers_are_found_by_their_ids(upstream: Upstream, ask: Ask) -> None:
    stands = list(upstream.standing("cs.LG"))
    asked = [*stands, "9999.99999", f"{stands[0]}v1", "no id"]
    pages = list(source(upstream).by_ids(ask(), asked))
    came = {paper.identifiers[0].value for paper in papers(pages)}
    assert came == set(stands) and len(upstream.requests) == len(stands) // 100 + 1
    (bad,) = [item for page in pages for item in page.items if isinstance(item, Rejected)]
    assert bad.raw == b"no id"


def test_what_another_interface_leaves_out_is_found_here(upstream: Upstream, ask: Ask) -> None:
    gone = next(iter(upstream.standing("cs.LG")))
    upstream.fail(Missing(ids=frozenset((gone,)), interface="oai"))
    (page,) = source(upstream).by_ids(ask(), [gone])
    assert [paper.identifiers[0].value for paper in papers([page])] == [gone]


def test_an_error_of_the_api_is_said(upstream: Upstream, ask: Ask) -> None:
    with pytest.raises(FetchError, match="at most 30000 results") as error:
        list(source(upstream, slice_size=3000).pages(ask(), MARCH, ""))
    assert not error.value.transient


@pytest.mark.parametrize("cursor", ["x", "[]", '{"day": "2020-01-01", "span": 3}', '{"day": 3}'])
def test_a_cursor_of_another_want_begins_anew(upstream: Upstream, ask: Ask, cursor: str) -> None:
    pages = list(source(upstream).pages(ask(), MARCH, cursor))
    assert [paper.id for paper in papers(pages)] == expected(upstream)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_an_answer_changed_at_random_is_read_or_refused(
    upstream: Upstream, data: st.DataObject
) -> None:
    query = {"search_query": "cat:cs.CL", "max_results": "3"}
    body = upstream.reply("/api/query", query, {}).body
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        stop = data.draw(st.integers(start, min(len(body), start + 60)))
        body = body[:start] + data.draw(st.binary(max_size=12)) + body[stop:]
    try:
        (page,) = source(upstream).by_ids(_Once(body), ["2603.00001"])  # type: ignore[arg-type]
    except FetchError as error:
        assert "\n" not in str(error)
    else:
        assert page.cursor == ""
