"""The search page: what leads on from its results, and that all of it stands in the address."""

from __future__ import annotations

import re
import time
from datetime import date
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from starlette.requests import Request

from broadsheet.search import Highlight
from broadsheet.web.pages.search import likely
from broadsheet.web.pages.search_asked import MOST_EXAMPLES, Asked
from broadsheet.web.pages.search_why import marked
from tests.web.serving import Server


def asked(query: str) -> Asked:
    return Asked.of(Request({"type": "http", "query_string": query.encode(), "headers": []}))


def links(page: str, words: str) -> list[str]:
    """The addresses of the links that say so."""
    found = re.findall(rf'<a [^>]*?href="([^"]+)"[^>]*>{words}</a>', page)
    return [unescape(address) for address in found]


def test_an_address_says_all_of_a_search() -> None:
    text = "q=a+b&sort=newest&diverse=1&more=x%3A1&more=y&less=z&from=40"
    one = asked(text)
    assert one.address("/base") == f"/base/search?{text}"
    assert asked(urlsplit(one.address("")).query) == one
    assert parse_qs(urlsplit(one.at(0).address("")).query).get("from") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "q=%00%ff&sort=sideways&diverse=yes&from=-3",
        "more=&less=%20&from=1e9",
        "q=a&more=%0d%0a",
    ],
)
def test_what_makes_no_sense_in_an_address_is_left_out(text: str) -> None:
    one = asked(text)
    assert (one.sort, one.diverse, one.offset) == ("relevance", False, 0)
    assert one.more == one.less == ()


def test_a_paper_is_liked_or_disliked_but_never_both() -> None:
    one = Asked("a").liking("x").disliking("x")
    assert (one.more, one.less) == ((), ("x",))
    assert one.liking("x").less == ()
    assert one.forgetting("x") == Asked("a")
    many = Asked("a")
    for number in range(2 * MOST_EXAMPLES):
        many = many.liking(str(number))
    assert len(many.more) == MOST_EXAMPLES


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (None, ""),
        (0.93, "Very likely (93 %)"),
        (0.6, "Likely (60 %)"),
        (0.2, "Possibly (20 %)"),
        (0.001, "Unlikely (1 %)"),
        (1.0, "Very likely (99 %)"),
    ],
)
def test_a_probability_is_a_word_and_a_figure(probability: float | None, said: str) -> None:
    assert likely(probability) == said


def test_facets_narrow_by_a_word_of_the_query(paper: Server) -> None:
    page = paper.get("/search?q=galaxies").text
    facet = page.split("<h2>Category</h2>")[1].split("</section>")[0]
    category, count = re.findall(r">([\w.-]+)</a> <span class=\"count\">(\d+)<", facet)[0]
    (address,) = links(facet, re.escape(category))
    assert parse_qs(urlsplit(address).query)["q"] == [f"galaxies cat:{category}"]
    narrowed = paper.get(address).text
    assert f"in {category}" in narrowed
    assert "<h2>Category</h2>" not in narrowed
    assert int(count) >= 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("2608.90001", ""),
        ("2608.90001 cat:nowhere", "cat:nowhere is passed over"),
        ("2608.90001; 2608.99999", "No paper here is 2608.99999"),
    ],
)
def test_an_id_goes_straight_to_its_paper_where_there_is_nothing_to_tell(
    paper: Server, query: str, told: str
) -> None:
    reply = paper.get(f"/search?q={quote(query)}")
    if told:
        assert reply.status == 200
        assert told in reply.text
        assert "/papers/2608.90001" in reply.text
    else:
        assert (reply.status, reply.headers["location"]) == (303, "/papers/2608.90001")


def test_newest_first_is_a_link_and_back(paper: Server) -> None:
    page = paper.get("/search?q=model").text
    (address,) = links(page, "Newest first")
    newest = paper.get(address).text
    days = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)"', newest)
    assert len(days) > 2
    assert days == sorted(days, reverse=True)
    assert links(newest, "Best first") == ["/search?q=model"]


def test_varied_results_say_how_varied_they_are(paper: Server) -> None:
    (address,) = links(paper.get("/search?q=model").text, "Varied")
    assert re.search(r"as varied as \d+\.\d wholly different ones", paper.get(address).text)


def test_more_and_less_like_a_result_can_be_taken_back(paper: Server) -> None:
    page = paper.get("/search?q=model").text
    for words in ("More like this", "Less like this"):
        turned = paper.get(links(page, words)[1]).text
        said = words.lower().removesuffix(" this")
        assert f'aria-label="Leave out: {said}' in turned
        back = re.search(rf'href="([^"]+)" aria-label="Leave out: {said}', turned)
        assert back is not None
        assert unescape(back[1]) == "/search?q=model"


def test_why_is_a_page_and_a_part_of_one(paper: Server) -> None:
    (address, *_) = links(paper.get("/search?q=galaxies").text, "Why this paper")
    page = paper.get(address).text
    assert re.search(r"(by meaning|by its words|By meaning|By its words)", page)
    assert '<mark class="asked' in page
    assert "Back to “<bdi>galaxies</bdi>”" in page
    part = paper.get(f"{address}&part=1").text
    assert part.lstrip().startswith('<div class="reason">')
    assert "<html" not in part


def test_why_needs_a_paper_that_is_here(paper: Server) -> None:
    assert paper.get("/search/why?q=galaxies").status == 404
    assert paper.get("/search/why?q=galaxies&id=nowhere").status == 404


def test_why_tells_of_a_paper_that_is_like_one_that_is_named(paper: Server) -> None:
    found = paper.get("/api/v1/search?q=similar:2608.90002").json()["hits"]
    page = paper.get(f"/search/why?q=similar:2608.90002&id={found[1]['id']}").text
    assert "The query names this paper or one like it" in page


def test_why_tells_of_a_paper_that_is_not_among_the_results(paper: Server) -> None:
    page = paper.get("/search/why?q=galaxies&from=980&id=2608.90002").text
    assert "It is not on this page of the results" in page


def test_a_search_can_be_kept_by_who_may_keep_things(paper: Server) -> None:
    page = paper.get("/search?q=galaxies").text
    form = page.partition('<form action="/searches" method="post">')[2].partition("</form>")[0]
    assert 'name="query" value="galaxies"' in form
    assert 'name="follow" checked' in form
    assert 'name="csrf"' in form


def test_marks_leave_formulas_whole_and_text_escaped() -> None:
    text = "We <b> bound $x<y$ by $\\alpha$ here."
    marks = (Highlight(0, len(text), "meaning", 1.0), Highlight(7, 12, "word", 1.0))
    drawn = marked(text, marks)
    assert "<b>" not in drawn
    assert drawn.count("<math") == 2
    assert '<mark class="asked near">bound</mark>' in drawn


def test_parameters_come_in_any_number() -> None:
    assert asked("more=a&more=b&more=a").more == ("a", "b")


def test_a_query_of_very_many_parts_makes_no_page_of_megabytes(paper: Server) -> None:
    page = paper.get("/search?q=" + "author%3Aa*+" * 200)
    assert page.status == 200
    assert len(page.body) < 200_000
    assert "and 184 more" not in paper.get("/search?q=" + "author%3Aa*+" * 16).text
    assert re.search(r">and \d+ more<(?!.*Leave out: and)", page.text, re.DOTALL)


def test_days_in_words_are_those_of_the_day_that_it_is(
    paper: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {}
    for zone in ("Etc/GMT+12", "Etc/GMT-14"):  # never of one day
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        time.sleep(0.25)  # longer than what is seen is taken for true
        said[date.today()] = paper.get("/search?q=pruning+since:today").text
    monkeypatch.undo()
    time.tzset()
    assert len(said) == 2
    for day, page in said.items():
        assert f"dated from {day}" in page
