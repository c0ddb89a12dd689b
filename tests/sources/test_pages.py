"""Saved Daily Papers pages of every shape."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from broadsheet.papers import Author, Identifier, Paper
from broadsheet.sources import Arrived, Rejected, SourceError, read, starter

FIRST = (
    "Counting Boats With Cheap Cameras",
    "We count boats in a harbour with cameras that cost little. Each camera sees one pier, and a "
    "small network adds up what they see. Over a year the count was wrong by two boats a day.",
)
SECOND = (
    "Why Do Harbours Silt Up? A Study of Forty Ports",
    "Silt closes harbours faster than engineers expect. We measured forty ports over ten years "
    "and found that tides explain most of it. A simple model predicts when to dredge.",
)
THIRD = (
    "Tide Tables From Sparse Gauges",
    "Tide tables need gauges that many coasts lack. We learn tables from a few gauges and the "
    "shape of the coast, and come within five centimetres of tables made by hand.",
)
HEAD = ["new", "Get trending papers in your email inbox!", "Subscribe"]
COMMUNITY = "byAK and the research community"


def saved(folder: Path, text: str, name: str = "page.txt") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def papers(path: Path) -> list[Paper]:
    items = list(read(path, source="pages"))
    assert all(isinstance(item, Arrived) for item in items)
    return [item.paper for item in items if isinstance(item, Arrived)]


def texts(path: Path) -> list[tuple[str, str]]:
    return [(paper.title, paper.abstract) for paper in papers(path)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_titles_and_abstracts_by_turns(tmp_path: Path, newline: str, gap: str) -> None:
    lines = [*HEAD, COMMUNITY, "Mar 12", *FIRST, *SECOND, *THIRD]
    path = saved(tmp_path, gap.join(lines).replace("\n", newline))
    assert texts(path) == [FIRST, SECOND, THIRD]
    assert all(not paper.published and not paper.announced for paper in papers(path))


def test_furniture_glued_to_the_first_title(tmp_path: Path) -> None:
    head = "Get trending papers in your email inbox once a day!\nSubscribe"
    assert texts(saved(tmp_path, head + "\n".join([*FIRST, *SECOND]))) == [FIRST, SECOND]


def test_furniture_nobody_has_seen_before(tmp_path: Path) -> None:
    lines = ["Some Site", "Log In", "A banner of today", *FIRST, *SECOND, "Next", "© Some Site"]
    assert texts(saved(tmp_path, "\n".join(lines))) == [FIRST, SECOND]


def test_a_title_without_abstract(tmp_path: Path) -> None:
    lines = [*FIRST, SECOND[0], *THIRD]
    assert texts(saved(tmp_path, "\n".join(lines))) == [FIRST, (SECOND[0], ""), THIRD]
    lines = [*FIRST, *SECOND, THIRD[0]]
    assert texts(saved(tmp_path, "\n".join(lines))) == [FIRST, SECOND, (THIRD[0], "")]


def test_an_abstract_of_two_paragraphs(tmp_path: Path) -> None:
    more = "A second paragraph says where the data are. It also says who paid for all this work."
    path = saved(tmp_path, "\n\n".join([*FIRST, more + " " + more, *SECOND]))
    assert texts(path) == [(FIRST[0], f"{FIRST[1]} {more} {more}"), SECOND]


def notes(authors: str, day: str) -> str:
    return f"  {authors}\n·\n{day}"


def test_notes_below_each_paper(tmp_path: Path) -> None:
    lines = [*HEAD, "Daily Papers", COMMUNITY, "Nov 7", *FIRST, notes("• 3 authors", "Oct 3, 2022")]
    lines += [*SECOND, notes("Harbour-Lab Harbour Lab", "Oct 1, 2024 2"), *THIRD]
    path = saved(tmp_path, "\n\n".join(lines))
    assert texts(path) == [FIRST, SECOND, THIRD]
    first, second, third = papers(path)
    assert (first.published, first.extra) == ("2022-10-03", {"authors_count": 3})
    assert second.published == "2024-10-01"
    assert second.extra == {"organization": "Harbour-Lab Harbour Lab", "upvotes": 2}
    assert (third.published, third.extra) == ("", {})


def test_votes_above_a_title(tmp_path: Path) -> None:
    lines = ["12", *FIRST, notes("• 3 authors", "Oct 3, 2022"), "7", "Submitted by jo", *SECOND]
    assert texts(saved(tmp_path, "\n".join(lines))) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("name", "head", "published", "page"),
    [
        ("page.txt", "Nov 7, 2025", "2025-11-02", "2025-11-07"),
        ("2025-11-07.txt", "Nov 7", "2025-11-02", "2025-11-07"),
        ("page.txt", "Nov 7", "", None),
    ],
)
def test_a_day_without_year_is_of_the_pages_year_where_that_is_known(
    tmp_path: Path, name: str, head: str, published: str, page: str | None
) -> None:
    lines = [*HEAD, head, *FIRST, notes("• 2 authors", "Nov 2"), *SECOND]
    (paper, _) = papers(saved(tmp_path, "\n\n".join(lines), name))
    assert paper.published == published and paper.announced == ""
    assert paper.extra.get("page") == page
    assert paper.extra.get("day") == (None if published else "Nov 2")


def test_the_years_of_other_papers_tell_the_pages_year(tmp_path: Path) -> None:
    lines = [*HEAD, "Nov 7", *FIRST, notes("• 2 authors", "Nov 2")]
    for number in range(3):
        lines += [
            f"{SECOND[0]} {number}",
            SECOND[1],
            notes("• 2 authors", f"May {number + 1}, 2023"),
        ]
    path = saved(tmp_path, "\n\n".join(lines))
    assert [paper.published for paper in papers(path)] == [
        "2024-11-02",
        "2023-05-01",
        "2023-05-02",
        "2023-05-03",
    ]
    # A day after the page's own cannot be of its year.
    path = saved(tmp_path, "\n\n".join(lines).replace("Nov 2", "Nov 9"))
    assert papers(path)[0].published == ""


def test_a_line_in_another_encoding_is_rejected_and_the_others_go_on(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes("\n".join([*FIRST, *SECOND]).encode().replace(b"Silt closes", b"S\xeflt"))
    first, second = read(path)
    assert isinstance(first, Arrived) and first.paper.title == FIRST[0]
    assert isinstance(second, Rejected) and "0xef" in second.reason and second.line == 3


def test_text_without_papers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no papers found; JSON lines, BibTeX, RIS"):
        read(saved(tmp_path, "just\na few\nwords\n"))


def test_resuming_passes_over_papers_already_read(tmp_path: Path) -> None:
    path = saved(tmp_path, "\n".join([*FIRST, *SECOND, *THIRD]))
    assert [item.line for item in read(path, start_line=3)] == [5]


def page_of(data: object) -> str:
    props = html.escape(json.dumps(data), quote=True)
    return f'<!doctype html>\n<div class="x" data-target="DailyPapers" data-props="{props}"></div>'


def test_a_page_saved_as_html_carries_its_own_data(tmp_path: Path) -> None:
    entry = {
        "paper": {
            "id": "2401.00001",
            "title": 'A "quoted" <title>',
            "summary": "An abstract.\nTwo lines.",
            "authors": [{"name": "Jo Doe", "hidden": False}, {"name": "Ghost", "hidden": True}],
            "publishedAt": "2024-01-01T00:00:00.000Z",
            "upvotes": 12,
        },
        "title": "ignored",
    }
    data = {"dateString": "2024-01-03", "dailyPapers": [entry, {"odd": 1}, 7]}
    path = saved(tmp_path, page_of(data), "page.html")
    items = list(read(path))
    assert isinstance(items[0], Arrived) and len(items) == 2
    paper = items[0].paper
    assert (paper.id, paper.title) == ("2401.00001", 'A "quoted" <title>')
    assert paper.identifiers == (Identifier("arxiv", "2401.00001"),)
    assert (paper.published, paper.announced) == ("2024-01-01", "")
    assert paper.authors == (Author("Jo Doe"),)
    assert paper.extra == {"upvotes": 12, "page": "2024-01-03"}
    assert isinstance(items[1], Rejected) and "neither title" in items[1].reason


@pytest.mark.parametrize("text", ["<html><p>Hello</p></html>", "<div data-target='DailyPapers'>"])
def test_html_without_the_data_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="data"):
        read(saved(tmp_path, text, "x.html"))


@pytest.mark.parametrize(("number", "count"), [(1, 99), (2, 189), (3, 71)])
def test_the_real_pages_give_all_their_papers(shared_data: Path, number: int, count: int) -> None:
    path = shared_data / "daily-papers-pages" / f"page-{number}.txt"
    found = papers(path)
    assert len(found) == count
    known = {item.paper.title.casefold() for item in starter()}
    assert {paper.title.casefold() for paper in found} <= known
    assert all(500 < len(paper.abstract) < 2500 for paper in found)
    assert not any(paper.announced for paper in found)


def test_the_third_real_page_dates_its_papers_as_the_starter_has_them(shared_data: Path) -> None:
    published = {item.paper.title: item.paper.published for item in starter()}
    found = papers(shared_data / "daily-papers-pages" / "page-3.txt")
    dated = [paper for paper in found if paper.published]
    assert len(dated) == 70
    assert all(published[paper.title] == paper.published for paper in dated)
