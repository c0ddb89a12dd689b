"""What was read from papers, on the pages: cards, roles in the abstract, terms and their pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from itertools import pairwise
from pathlib import Path

import feedparser
import pytest
from playwright.sync_api import Browser, sync_playwright

from broadsheet.catalog import Catalog, TermCounts, ingest
from broadsheet.editions import begun, fits
from broadsheet.settings import Settings
from broadsheet.sources import Arrived, Rejected, read
from broadsheet.text import (
    Acronym,
    AcronymMark,
    Month,
    Reading,
    Span,
    acronym_marks,
    read_paper,
    to_html,
)
from broadsheet.web.abstracts import marked, short_forms
from broadsheet.web.cards import card, words
from broadsheet.web.plots import in_words, percent, plot, spark
from broadsheet.web.templating import kept_apart, turned
from broadsheet.web.terming import key_in
from broadsheet.worker import Mapping, Perusing
from tests.web.conftest import CHROMIUM, make_home
from tests.web.serving import HashedWords, Person, Server, file_papers, soon

ABSTRACT = (
    "Molecules are often described by hand-made features. However, such features are costly and "
    "miss long interactions, which limits their accuracy. We propose a graph neural network (GNN) "
    "that reads a molecule atom by atom and learns its features from data. The GNN needs no "
    "labels at all. Experiments on three benchmarks show that our method reduces the error by "
    "{n} % over the best baseline."
)
OTHER = (
    "Street scenes change with the weather. Existing methods fail in fog because their training "
    "data has none of it. In this paper we present a method for semantic segmentation that adds "
    "fog to clear pictures. Results show that it outperforms all baselines by {n} points in fog."
)
MONTHS = ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07")


def papers() -> Iterator[dict[str, object]]:
    """Ten papers a month; graph neural networks are rare at first and common in the end."""
    for place, month in enumerate(MONTHS):
        for number in range(10):
            # No two are one work: each has a name and an author of its own.
            name = f"{'KLMNPRSTVZ'[place]}{'aeiouy'[number % 6]}{'dgkmnrstvx'[number]}ix"
            graphs = number < (1, 1, 1, 6, 7, 8)[place]
            yield {
                "id": f"{month[2:4]}{month[5:]}.{10000 + number}",
                "title": f"{name}: molecules and graph neural networks"
                if graphs
                else f"{name}: semantic segmentation of street scenes in fog",
                "abstract": (ABSTRACT if graphs else OTHER).format(n=10 * place + number + 2),
                "authors": [f"Ada {name}son", f"Bo van {name}"],
                "categories": ["cs.LG" if graphs else "cs.CV"],
                "date": f"{month}-{2 * number + 3:02}",
            }


def arrivals(rows: list[dict[str, object]], folder: Path) -> list[Arrived | Rejected]:
    path = folder / "papers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(read(path))


def fill(settings: Settings, rows: list[dict[str, object]], *, perused: bool = True) -> None:
    with closing(Catalog.open(settings)) as catalog:
        ingest(
            catalog,
            arrivals(rows, settings.home),
            path=Path("listings"),
            source="listings",
            rejected_dir=settings.rejected_path,
            progress=None,
        )
        file_papers(settings, catalog, HashedWords())
        while perused and Perusing(catalog).some(100):
            pass


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("read"))
    fill(settings, list(papers()))
    return settings


@pytest.fixture(scope="module")
def paper(home: Settings) -> Iterator[Server]:
    with Server(home, HashedWords()) as server:
        yield server


def without_tags(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


# Cards


@pytest.mark.parametrize(
    ("clause", "line"),
    [
        ("we propose a network", "We propose a network"),
        ("a network reads", "A network reads"),
        ("let's read", "Let's read"),
        ("non-linear networks read", "Non-linear networks read"),
        *((same, same) for same in ("nnU-Net reads", "k-means reads", "mRNA folds", "x", "$a$ b")),
        *((same, same) for same in ("We read", "3D reads", "eBPF reads", "über uns", "")),
    ],
)
def test_a_line_begins_as_sentences_do(clause: str, line: str) -> None:
    assert begun(clause) == line


def test_the_lines_of_a_card_begin_as_sentences_do() -> None:
    text = OTHER.format(n=3)
    reading = read_paper("Segmentation in fog", text)
    assert reading.idea is not None
    assert text[reading.idea.start :].startswith("we present")
    assert {str(line.words)[0].isupper() for line in card(reading, text)} == {True}


# The abstract


def test_an_abstract_says_by_words_what_its_sentences_do_and_loses_none() -> None:
    text = ABSTRACT.format(n=7)
    html = str(marked(text, read_paper("Molecules and graph neural networks", text)))
    labels = re.findall(r'<b class="role">([^<]+)\xa0</b>', html)
    assert "Problem" in labels
    assert "Idea" in labels
    assert "Result" in labels
    bare = re.sub(r'<b class="role">.*?</b>|<span class="long">.*?</span>', "", html)
    assert without_tags(bare) == text


def test_formulas_and_signs_of_an_abstract_survive_its_marks() -> None:
    text = "We bound $x < y^2$ & more. " + ABSTRACT.format(n=3) + " <b>Bold</b> claims follow."
    html = str(marked(text, read_paper("On bounds", text)))
    assert to_html("$x < y^2$") in html
    assert "&lt;b&gt;Bold&lt;/b&gt;" in html


def test_a_short_form_is_explained_where_it_is_not_defined() -> None:
    text = "A graph neural network (GNN) is a GNN. GNNs and $GNN$ and XGNN are not told. GNN."
    at = text.index("graph")
    long = "graph neural network"
    defined = Acronym("GNN", long, at, at + len(long))
    marks = acronym_marks("", text, (defined,))
    places = short_forms(text, marks, (defined,))
    assert [text[start:end] for start, end, _ in places] == ["GNN", "GNNs", "GNN"]
    assert [start for start, _, _ in places] == [
        text.index("GNN."),
        text.index("GNNs"),
        text.rindex("GNN."),
    ]
    reading = Reading(sentences=read_paper("", text).sentences, acronyms=(defined,))
    assert '<span class="long"> (graph neural network)</span>' in str(marked(text, reading, marks))


def test_a_short_form_that_is_not_defined_says_that_others_define_it() -> None:
    text = "We scan with MRI."
    mark = AcronymMark(13, 16, "MRI", "magnetic resonance imaging", False, 0.95)
    assert short_forms(text, [mark], ()) == [
        (13, 16, "in other papers: magnetic resonance imaging")
    ]


def test_what_was_read_from_another_text_is_not_shown() -> None:
    text = ABSTRACT.format(n=7)
    reading = read_paper("Molecules", text)
    assert fits(reading, text)
    assert card(reading, text)
    assert not fits(reading, text + " One more sentence.")
    assert card(reading, text + " One more sentence.") == ()


def test_a_card_is_the_papers_own_words() -> None:
    text = ABSTRACT.format(n=7)
    lines = card(read_paper("Molecules", text), text, 100)
    assert [line.label for line in lines][-1] == "Result"
    for line in lines:
        said = without_tags(str(line.words)).removesuffix("\xa0…")
        assert said in text


def test_a_displayed_formula_gives_way_in_a_line_that_is_too_long() -> None:
    shown = "\\begin{align} \\|x\\| \\leq \\frac{1}{1 - " + "a + " * 40 + "b} \\end{align}"
    text = f"For all $x$, we show that {shown} We call this $p$-adic."
    line = words(text, Span(0, len(text)), 100)
    told = re.sub("<math.*?</math>", "m", line)
    assert told == "For all m, we show that\u00a0… We call this m-adic."
    short = words("We show \\[ a < b \\] here.", Span(0, 24), 100)
    assert 'display="block"' in short


def test_one_line_is_no_card() -> None:
    text = "We prove it."
    reading = read_paper("", text)
    only = Reading(sentences=reading.sentences, idea=Span(0, len(text)), summary=Span(0, len(text)))
    assert card(only, text) == ()


# Plots


def months(*shares: float) -> list[Month]:
    return [
        Month(f"2026-{place:02}", round(1000 * s), 1000, s, s * 0.8, s * 1.2)
        for place, s in enumerate(shares, 1)
    ]


def test_a_plot_says_in_words_what_it_draws() -> None:
    found = months(0.01, 0.04, 0.02)
    words = in_words(found)
    assert words in str(plot(found))
    assert "4.0 % in February 2026" in words
    assert 'aria-hidden="true"' in str(spark(found))


def test_too_few_months_draw_nothing() -> None:
    assert plot(months(0.01, 0.02)) == spark(months(0.01)) == ""


def test_a_missing_month_leaves_its_gap() -> None:
    found = months(0.01, 0.02, 0.03, 0.04)
    places = re.findall(r"(\d+),", str(spark([found[0], found[1], found[3]])).split("points=")[1])
    assert [int(place) for place in places] == [0, 24, 72]


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (0.00001, "< 0.01 %"), (0.0004, "0.04 %"), (0.034, "3.4 %"), (0.5, "50 %")],
)
def test_shares_are_read_easily(share: float, words: str) -> None:
    assert percent(share) == words


# Lists


def test_a_list_shows_what_a_paper_says_once_it_is_read(paper: Server) -> None:
    page = paper.get("/editions/2026-07").text
    assert "<dt>Problem<dd>" in page
    assert "<dt>Result<dd>" in page
    assert paper.get("/search?q=molecules").text.count('class="card"') > 3


def test_until_then_it_shows_how_the_paper_begins(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = Settings(home=tmp_path)
    fill(settings, list(papers())[-10:], perused=False)
    server = serve(settings)
    page = server.get("/editions/2026-07").text
    assert 'class="card"' not in page
    assert "Molecules are often described" in page
    shown = server.get("/terms/graph-neural-network")
    assert shown.status == 200
    assert "Still to be read: 10 papers; the worker does so by itself." in shown.text
    with closing(Catalog.open(settings)) as catalog:
        assert Perusing(catalog).some(100) == 10


def test_every_term_of_a_list_has_a_page(paper: Server) -> None:
    page = paper.get("/editions/2026-07").text
    lists = re.findall(r'<ul class="terms".*?</ul>', page)
    assert lists
    assert all(0 < found.count("<li>") <= 6 for found in lists)
    for address in {a for found in lists for a in re.findall(r'href="([^"]+)"', found)}:
        assert paper.get(address).status == 200


def test_the_front_page_with_readings_stays_small(paper: Server) -> None:
    reply = paper.get("/editions/2026-07", {"Accept-Encoding": "gzip"})
    assert len(reply.body) <= 60_000


def test_an_edition_is_read_by_topic_or_by_subject(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = Settings(home=tmp_path)
    fill(settings, [row | {"date": "2026-07-20"} for row in papers()])
    with closing(Catalog.open(settings)) as catalog, closing(Mapping(settings, catalog)) as mapping:
        while mapping.some(encoding=False):
            pass
    server = serve(settings)
    by_topic = server.get("/editions/2026-07-20").text
    way = re.search(r'<a class="other" href="([^"]+)">By subject</a>', by_topic)
    assert way
    by_subject = server.get(way[1]).text
    assert '<a class="other" href="/editions/2026-07-20">By topic</a>' in by_subject
    assert ">Machine learning</h2>" in by_subject
    assert "by=subject&amp;page=2" in by_subject


def test_a_changed_abstract_is_not_marked_by_what_was_read_before(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    settings = Settings(home=tmp_path)
    row = list(papers())[-10]
    fill(settings, [row])
    server = serve(settings)
    address = f"/papers/{row['id']}"
    assert 'id="roles"' in server.get(address).text
    fill(settings, [row | {"abstract": f"Quite another text. {OTHER.format(n=1)}"}], perused=False)
    server.get("/healthz")
    assert soon(lambda: "Quite another text" in server.get(address).text)
    assert 'id="roles"' not in server.get(address).text


# A paper's page


def test_a_paper_shows_its_roles_its_line_and_its_terms(paper: Server) -> None:
    page = paper.get("/papers/2607.10000").text
    assert '<span class="does idea">' in page
    assert "the paper’s own words" in page
    terms = re.search(r"<h2>Terms</h2>.*?</section>", page, re.DOTALL)
    assert terms
    assert "/terms/graph-neural-network" in terms[0]
    assert 'class="spark"' in terms[0]
    assert "papers" in terms[0]


def test_headings_stand_in_order_on_pages_of_terms(paper: Server) -> None:
    for path in ("/terms", "/terms/graph-neural-network", "/papers/2607.10000"):
        levels = [int(level) for level in re.findall(r"<h([1-6])", paper.get(path).text)]
        levels = levels[: levels.index(2, 1) + 3]
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


# A term's page


def test_a_term_has_its_papers_newest_first_and_its_trend(paper: Server) -> None:
    page = paper.get("/terms/graph-neural-network").text
    ids = re.findall(r'<h3><a href="/papers/(\d+\.\d+)', page)
    assert len(ids) == 24
    assert ids[0].startswith("2607")
    assert ids[-1].startswith("2602")
    assert "24 papers since 3 February 2026 · Rising" in page
    assert 'role="img" aria-label="Share of papers by month: 10 % in February 2026' in page
    assert re.search(r"July 2026</th><td>8</td><td>10</td><td>80 %", page), (
        "the plot stands as a table, too"
    )


def test_a_term_is_found_however_it_is_written(paper: Server) -> None:
    for name in ("Graph%20Neural%20Networks", "graph%20neural-network", "graph-neural-networks"):
        reply = paper.get(f"/terms/{name}")
        assert (reply.status, reply.headers["location"]) == (301, "/terms/graph-neural-network")
    reply = paper.get("/terms?q=Graph+Neural+Networks")
    assert (reply.status, reply.headers["location"]) == (303, "/terms/graph-neural-network")


def test_an_unknown_term_is_offered_as_a_search(paper: Server) -> None:
    reply = paper.get("/terms/neural-network")
    assert reply.status == 200
    assert "No paper on “neural network” yet" in reply.text
    assert "/search?q=%22neural+network%22" in reply.text
    assert "/terms/graph-neural-network" in reply.text, "a term with these words is near"


@pytest.mark.parametrize(
    "name", ["---", "%20", "%00", "%ed%a0%80", "x" * 121, "%e2%80%ae", "a%0ab%00"]
)
def test_nonsense_is_no_term(paper: Server, name: str) -> None:
    assert paper.get(f"/terms/{name}").status == 404
    assert paper.get(f"/feeds/term/{name}.atom").status == 404


def test_pages_that_are_not_there_are_not_found(paper: Server) -> None:
    for query in ("page=2", "sense=1", "all=1&page=9"):
        assert paper.get(f"/terms/graph-neural-network?{query}").status == 404


def test_one_searches_within_a_term(paper: Server) -> None:
    reply = paper.get("/terms/graph-neural-network?within=atoms")
    assert reply.status == 303
    assert reply.headers["location"].startswith("/search?q=%22graph+neural+network")
    assert paper.get(reply.headers["location"]).status == 200


def test_a_term_has_a_feed(paper: Server) -> None:
    page = paper.get("/terms/graph-neural-network").text
    found = re.findall(r'href="(/feeds/term/[^"]+)"', page)
    assert {name.rpartition(".")[2] for name in found} == {"atom", "rss", "json"}
    feed = feedparser.parse(paper.get("/feeds/term/graph-neural-network.atom").body)
    assert len(feed.entries) == 24
    assert feed.entries[0].link.endswith("2607.10007")
    assert paper.get("/feeds/term/unheard-of-thing.rss").status == 200


def test_a_term_is_followed_from_its_page(tmp_path: Path, serve: Callable[..., Server]) -> None:
    settings = Settings(home=tmp_path)
    fill(settings, list(papers())[-10:])
    person = Person(serve(settings))
    page = person.get("/terms/graph-neural-network").text
    button = re.search(r'name="act" value="(follow term [^"]+)">Follow this term', page)
    assert button
    assert person.act(button[1]).status == 303
    assert "Follow no longer" in person.get("/terms/graph-neural-network").text
    following = person.get("/following").text
    assert 'href="/terms/graph-neural-network"' in following
    assert 'href="/feeds/term/graph-neural-network.atom"' in following


def test_the_index_tells_what_rises(paper: Server) -> None:
    page = paper.get("/terms").text
    assert "15 July 2026 to 21 July 2026" in page
    frequent = page.split('id="frequent"')[1]
    assert 'href="/terms/' in frequent


def test_a_home_without_days_says_why_nothing_rises(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    page = serve(make_home(tmp_path, dated=False)).get("/terms")
    assert page.status == 200
    assert "Nothing rises yet" in page.text


def test_counts_are_of_the_papers_that_were_read(home: Settings) -> None:
    with closing(Catalog.open(home)) as catalog:
        counts = TermCounts(catalog)
        assert counts.totals() == dict.fromkeys(MONTHS, 10)
        key = "graph neural network"
        assert counts.by_month([key, "no such term"]) == {
            key: dict(zip(MONTHS, (1, 1, 1, 6, 7, 8), strict=True))
        }
        assert counts.papers([key])[key][1] == 24
        risen = counts.risen("2026-07-01", "2026-07-31", "2026-02-01", least=2, limit=50)
        assert (8, 16) in [(one.papers, one.before) for one in risen if one.key == key]
        assert counts.read_between("2026-07-01", "2026-07-31") == 10


def test_an_address_that_can_be_no_term_has_no_key() -> None:
    assert key_in("graph-neural-network") == "graph neural network"
    assert key_in("c%2b%2b".replace("%2b", "+")) == "c++"
    assert [key_in(name) for name in ("", "-", "\x00a", "+" * 5, "a" * 121)] == [""] * 5


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium, and none is installed")
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.mark.browser
def test_roles_are_switched_off_without_a_script(browser: Browser, paper: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{paper.url}/papers/2607.10000")
    label = page.locator(".abstract .role").first
    assert label.is_visible()
    page.get_by_label("Say what each sentence does").uncheck()
    assert not label.is_visible()
    context.close()


@pytest.mark.browser
def test_the_switch_is_remembered(browser: Browser, paper: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{paper.url}/papers/2607.10000")
    page.get_by_label("Say what each sentence does").uncheck()
    page.goto(f"{paper.url}/papers/2607.10001")
    assert not page.get_by_label("Say what each sentence does").is_checked()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/terms", "/terms/graph-neural-network", "/papers/2607.10000"])
def test_nothing_runs_over_the_edge_of_a_small_screen(
    browser: Browser, paper: Server, path: str
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(paper.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_only_what_may_run_from_right_to_left_is_kept_apart() -> None:
    assert turned("Tides of $x^2$ – “northern” Überseen, 北海") == ""
    assert kept_apart("R&D") == "R&amp;D"
    for text in ("مد و جزر", "Tides (מים)", "\u202eevil", "\u2067x"):
        assert turned(text) == ' dir="auto"'
        assert kept_apart(text) == f"<bdi>{text}</bdi>"
