"""The unmodified arxiv package asks this paper, and every answer is compared with the catalog."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urlencode

import arxiv
import feedparser
import pytest
from lxml import etree

from broadsheet.catalog import Catalog, Work, ingest
from broadsheet.index import Index, open_index
from broadsheet.settings import Settings
from broadsheet.sources import Arrived, Rejected, read, starter
from tests.web.serving import HashedWords, Reply, Server, file_papers, soon

ATOM = "{http://www.w3.org/2005/Atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
ROWS: tuple[dict[str, object], ...] = (
    {
        "id": "2301.00001v2",
        "title": "Quantum electrons in graph-based lattices",
        "abstract": "We study lattices. The electron moves; a happy surprise & <more>.",
        "authors": [
            {"name": "Adrian Del Maestro", "affiliation": "University of Vermont"},
            {"name": "José Muñoz"},
        ],
        "categories": ["cond-mat.str-el", "quant-ph"],
        "published": "2023-01-01",
        "updated": "2023-03-05",
        "comments": "12 pages, 3 figures; accepted at NeurIPS",
        "journal_ref": "Phys. Rev. B 7 (2023) 1-9",
        "report_number": "CERN-TH-2023-001",
        "doi": "10.1103/physrevb.7.1",
        "version": "v2",
    },
    {
        "id": "2301.00002v1",
        "title": "Lattices of protons",
        "abstract": "Electrons are absent. Quantisation of the proton is shown.",
        "authors": ["Jane Doe", "Max Maestro"],
        "categories": ["cond-mat.str-el"],
        "published": "2023-01-02",
        "comments": "A poster",
        "version": "v1",
    },
    {
        "id": "hep-th/9901001v3",
        "title": "An old paper on strings",
        "abstract": "Strings vibrate with electrons.",
        "authors": ["Del Smith"],
        "categories": ["hep-th"],
        "published": "1999-01-04",
        "version": "v3",
    },
    {"id": "P19-1001", "title": "Known by its Anthology id", "published": "2019-07"},
    {"id": "my notes: what? #1 100%", "title": "An id that no address holds"},
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Records of our own, an older version of one, and the whole starter edition."""
    folder = tmp_path_factory.mktemp("arxiv")
    settings = Settings(home=folder / "home")
    older = {**ROWS[0], "id": "2301.00001v1", "version": "v1", "updated": "", "title": "Quantum"}
    rows = [older, *ROWS]
    take_in(settings, folder, rows, starter())
    return settings


def take_in(
    settings: Settings,
    folder: Path,
    rows: Sequence[dict[str, object]],
    more: Iterable[Arrived | Rejected] = (),
) -> None:
    """Imports records as arXiv's, others as the starter edition's, and files them."""
    path = folder / "papers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with closing(Catalog.open(settings)) as catalog:
        ours = read(path, format="jsonl", source="arxiv", date_is="published")
        for items, source in ((ours, "arxiv"), (more, "starter")):
            ingest(
                catalog,
                list(items),
                path=Path(source),
                source=source,
                rejected_dir=settings.rejected_path,
            )
        file_papers(settings, catalog, HashedWords())


@pytest.fixture(scope="module")
def server(home: Settings) -> Iterator[Server]:
    with Server(home, HashedWords()) as running:
        yield running


@pytest.fixture(scope="module")
def works(home: Settings) -> list[Work]:
    with closing(Catalog.open(home)) as catalog:
        return [change.work for change in catalog.changes(0, 10_000) if change.work]


@pytest.fixture(scope="module")
def index(home: Settings) -> Iterator[Index]:
    with closing(open_index(home)) as opened:
        yield opened


def client(server: Server, page: int = 100) -> arxiv.Client:
    made = arxiv.Client(page_size=page, delay_seconds=0, num_retries=0)
    made.query_url_format = f"{server.url}/api/query?{{}}"
    return made


def results(server: Server, page: int = 100, **how: object) -> list[arxiv.Result]:
    search = arxiv.Search(**{"max_results": None, **how})  # type: ignore[arg-type]
    return list(client(server, page).results(search))


def names(server: Server, query: str) -> set[str]:
    return {one.entry_id.rpartition("/")[2] for one in results(server, query=query)}


def ask(server: Server, **given: object) -> Reply:
    return server.get(f"/api/query?{urlencode(given)}")


def total(reply: Reply) -> int:
    return int(etree.fromstring(reply.body).findtext(f"{SEARCH}totalResults"))


def test_a_result_has_every_field_of_its_paper(server: Server) -> None:
    [found] = results(server, id_list=["2301.00001"])
    assert (found.entry_id, found.get_short_id()) == (
        "http://arxiv.org/abs/2301.00001v2",
        "2301.00001v2",
    )
    assert found.title == ROWS[0]["title"] and found.summary == ROWS[0]["abstract"]
    assert [one.name for one in found.authors] == ["Adrian Del Maestro", "José Muñoz"]
    assert [one.affiliation for one in found.authors] == [["University of Vermont"], []]
    assert f"{found.published:%Y-%m-%d}" == "2023-01-01"
    assert f"{found.updated:%Y-%m-%d}" == "2023-03-05"
    assert found.comment == ROWS[0]["comments"] and found.journal_ref == ROWS[0]["journal_ref"]
    assert found.doi == ROWS[0]["doi"]
    assert found.primary_category == "cond-mat.str-el"
    assert found.categories == ["cond-mat.str-el", "quant-ph"]
    assert found.pdf_url == "http://arxiv.org/pdf/2301.00001v2"
    assert {one.title for one in found.links} == {None, "doi", "pdf"}


def test_ids_are_given_in_any_form_and_unknown_ones_left_out(server: Server) -> None:
    asked = ["2301.00002", "hep-th/9901001", "2301.00001v1", "2399.99999", "2301.00002v7"]
    found = results(server, id_list=asked)
    assert [one.get_short_id() for one in found] == [
        "2301.00002v1",
        "hep-th/9901001v3",
        "2301.00001v1",
    ]
    assert found[2].title == "Quantum" and f"{found[2].updated:%Y-%m-%d}" == "2023-01-01"


def test_every_paper_can_be_asked_for_by_the_id_it_is_told_with(
    server: Server, works: list[Work]
) -> None:
    everything = results(server, query="ti:* OR abs:*")
    assert len(everything) == len(works)
    short = [one.get_short_id() for one in everything]
    assert len(set(short)) == len(works)
    odd = [one for one in short if not re.fullmatch(r"(\d{4}\.\d{4,5}|hep-th/9901001)(v\d)?", one)]
    for identity in (*odd[:20], *short[:20]):
        [again] = results(server, id_list=[identity])
        assert again.get_short_id() == identity


def test_a_query_and_ids_are_both_met(server: Server) -> None:
    both = results(server, query="ti:lattices", id_list=["2301.00001", "hep-th/9901001"])
    assert [one.get_short_id() for one in both] == ["2301.00001v2"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("ti:lattices", {"2301.00001v2", "2301.00002v1"}),
        ("abs:lattices AND cat:cond-mat.str-el", {"2301.00001v2"}),
        ("abs:electron AND cat:cond-mat*", {"2301.00001v2", "2301.00002v1"}),
        ("ti:electron ANDNOT cat:hep-th", {"2301.00001v2"}),
        ("au:del_maestro", {"2301.00001v2"}),
        ("au:Maestro_A OR au:doe", {"2301.00001v2", "2301.00002v1"}),
        ('au:"Munoz, Jose"', {"2301.00001v2"}),
        ("co:neurips", {"2301.00001v2"}),
        ('co:"3 figure"', {"2301.00001v2"}),
        ('co:"figure 3"', set()),
        ("jr:phys AND co:pages", {"2301.00001v2"}),
        ("rn:CERN-TH-2023-001", {"2301.00001v2"}),
        ("all:neurips", {"2301.00001v2"}),
        ("all:vibrates", {"9901001v3"}),
        ("all:hep-th AND ti:strings", {"9901001v3"}),
        ("id:2301.00002", {"2301.00002v1"}),
        ("ti:quant* AND cat:*", {"2301.00001v2"}),
        ("abs:quantis?tion AND cat:cond*", {"2301.00002v1"}),
        ("au:mae*ro AND ti:proton?", {"2301.00002v1"}),
        ("co:post*", {"2301.00002v1"}),
        ('ti:"graph based"', {"2301.00001v2"}),
        ("ti:graph-based", {"2301.00001v2"}),
        ('ti:"based graph"', set()),
        ("cat:cond-mat.str-el ANDNOT (co:pages OR co:nothing)", {"2301.00002v1"}),
        ("(ti:electrons AND ti:quantum) OR (ti:protons AND au:doe)",
         {"2301.00001v2", "2301.00002v1"}),
        ("ti:(lattices AND protons)", {"2301.00002v1"}),
        ("ti:lattices AND ti:the", {"2301.00001v2", "2301.00002v1"}),
        ("cat:cond-mat.str-el AND submittedDate:[20230102 TO 202301022359]", {"2301.00002v1"}),
        ("cat:cond-mat.str-el AND submittedDate:[202301010000 TO 202301010000]", {"2301.00001v2"}),
        ("cat:cond-mat.str-el AND submittedDate:[202301010600 TO 202301012359]", set()),
        ("cat:cond-mat.str-el AND lastUpdatedDate:[20230201 TO *]", {"2301.00001v2"}),
    ],
)  # fmt: skip
def test_a_query_finds_these_and_no_others(server: Server, query: str, wanted: set[str]) -> None:
    assert names(server, query) == wanted


def _has(index: Index, text: str, word: str) -> bool:
    [wanted] = [one.term for one in index.words(word)]
    return wanted in {one.term for one in index.words(text)}


def test_counts_over_real_papers_are_exact(server: Server, works: list[Work], index: Index) -> None:
    def count(fits: Callable[[Work], bool]) -> int:
        return sum(map(fits, works))

    def title(work: Work, word: str) -> bool:
        return _has(index, work.paper.title, word)

    def abstract(work: Work, word: str) -> bool:
        return _has(index, work.paper.abstract or work.paper.summary, word)

    words = ("learning", "model", "language", "image", "networks", "attention", "data")
    some = 0
    for one, other in pairwise(words):
        for query, fits in (
            (f"ti:{one}", lambda w, a=one: title(w, a)),
            (f"abs:{one}", lambda w, a=one: abstract(w, a)),
            (f"ti:{one} AND abs:{other}", lambda w, a=one, b=other: title(w, a) and abstract(w, b)),
            (f"ti:{one} OR ti:{other}", lambda w, a=one, b=other: title(w, a) or title(w, b)),
            (
                f"abs:{one} ANDNOT (ti:{one} OR abs:{other})",
                lambda w, a=one, b=other: abstract(w, a) and not (title(w, a) or abstract(w, b)),
            ),
            (
                f"ti:{one[:4]}*",
                lambda w, a=one: re.search(rf"(?<!\w){a[:4]}", w.paper.title.lower()) is not None,
            ),
        ):
            wanted = count(fits)
            some += wanted
            assert total(ask(server, search_query=query, max_results=0)) == wanted, query
    assert some > 500


def test_pages_follow_one_another_without_loss_in_every_order(server: Server) -> None:
    for sort in arxiv.SortCriterion:
        for order in arxiv.SortOrder:
            how = {"query": "all:learning OR ti:model", "sort_by": sort, "sort_order": order}
            whole = results(server, 1000, **how)
            paged = results(server, 7, **how)
            ids = [one.entry_id for one in whole]
            assert len(ids) > 60 and len(set(ids)) == len(ids)
            assert [one.entry_id for one in paged] == ids
            if sort is not arxiv.SortCriterion.Relevance:
                published = sort is arxiv.SortCriterion.SubmittedDate
                dates = [one.published if published else one.updated for one in whole]
                assert dates == sorted(dates, reverse=order is arxiv.SortOrder.Descending)


def test_relevance_is_the_order_of_our_search(server: Server) -> None:
    found = results(server, query="ti:language AND ti:models")
    asked = server.get("/api/v1/search?q=language+models&limit=40").json()
    ours = [hit["title"] for hit in asked["hits"]]
    ranked = [one.title for one in found if one.title in ours]
    assert len(ranked) > 5
    assert ranked[0] == next(title for title in ours if title in {one.title for one in found})


def test_the_same_question_is_answered_with_nothing_until_something_changes(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path / "changing")
    take_in(settings, tmp_path, ROWS[:2])
    path = "/api/query?search_query=all:electrons"
    with Server(settings, HashedWords()) as changing:
        first = changing.get(path)
        again = changing.get(path, {"If-None-Match": first.headers["etag"]})
        assert (first.status, again.status, again.body) == (200, 304, b"")
        take_in(settings, tmp_path, ROWS[2:3])
        known = {"If-None-Match": first.headers["etag"]}
        assert soon(lambda: changing.get(path, known).status == 200)


def test_an_offset_and_a_bound_are_kept(server: Server) -> None:
    search = arxiv.Search(query="all:learning", max_results=9)
    found = list(client(server, 4).results(search, offset=5))
    assert len(found) == 4
    reply = ask(server, search_query="all:learning")
    feed = etree.fromstring(reply.body)
    assert len(feed.findall(f"{ATOM}entry")) == 10
    assert feed.findtext(f"{SEARCH}itemsPerPage") == "10"
    beyond = ask(server, search_query="all:learning", start=100_000)
    assert total(beyond) == total(reply) and b"<entry>" not in beyond.body


def test_the_feed_is_atom_to_other_readers_too(server: Server) -> None:
    reply = ask(server, search_query="all:learning OR cat:cond-mat*", max_results=200)
    assert reply.headers["content-type"].startswith("application/atom+xml")
    parsed = feedparser.parse(reply.body)
    assert not parsed.bozo and parsed.version == "atom10" and len(parsed.entries) > 50
    for entry in parsed.entries:
        assert entry.id and entry.title and entry.published_parsed and entry.updated_parsed


def test_a_form_asks_as_an_address_does(server: Server) -> None:
    body = urlencode({"search_query": "ti:lattices", "max_results": 5}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = server.get("/api/query", kind, "POST", body)
    assert posted.status == 200 and total(posted) == 2
    many = urlencode({"id_list": ",".join(["2301.00001"] * 2_500)}).encode()
    refused = server.get("/api/query", kind, "POST", many)
    assert refused.status == 400 and b"takes up to 2,000" in refused.body


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"search_query": "ti:(a", "max_results": 1}, "bracket"),
        ({"search_query": "ti:a)"}, "bracket"),
        ({"search_query": "AND"}, "wanted"),
        ({"search_query": "ti:"}, "wanted"),
        ({"search_query": "(" * 200 + "a" + ")" * 200}, "deep"),
        ({"search_query": "a OR " * 700 + "a"}, "takes up to"),
        ({"search_query": "x" * 17_000}, "characters"),
        ({"search_query": "ti:a*b*c*d*e"}, "wildcards"),
        ({"search_query": "submittedDate:[yesterday TO today]"}, "form"),
        ({"search_query": "submittedDate:20230101"}, "form"),
        ({"search_query": "ti:a", "start": "-1"}, "non-negative"),
        ({"search_query": "ti:a", "start": "one"}, "integer"),
        ({"search_query": "ti:a", "max_results": "-5"}, "non-negative"),
        ({"search_query": "ti:a", "max_results": "999999"}, "at once"),
        ({"search_query": "ti:a", "sortBy": "fame"}, "sortBy must be in"),
        ({"search_query": "ti:a", "sortOrder": "up"}, "sortOrder must be in"),
        ({"id_list": "no id at all"}, "incorrect id format"),
    ],
)
def test_errors_are_feeds_with_one_entry(
    server: Server, given: dict[str, object], said: str
) -> None:
    reply = ask(server, **given)
    assert reply.status == 400
    feed = etree.fromstring(reply.body)
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Error"
    assert said in entry.findtext(f"{ATOM}summary")
    assert "arxiv.org/api/errors" in entry.findtext(f"{ATOM}id")


@pytest.mark.parametrize("content", ["application/json", "multipart/form-data; boundary=b"])
def test_a_query_that_is_no_form_is_refused_not_answered_with_nothing(
    server: Server, content: str
) -> None:
    body = b'{"search_query": "all:paper"}'
    reply = server.get("/api/query", {"Content-Type": content}, "POST", body)
    assert reply.status == 415
    told = etree.fromstring(reply.body).findtext(f"{ATOM}entry/{ATOM}summary")
    assert "application/x-www-form-urlencoded" in told


def test_other_failures_are_feeds_too(server: Server) -> None:
    reply = server.get("/api/query", {}, "DELETE")
    assert reply.status == 405
    assert etree.fromstring(reply.body).findtext(f"{ATOM}entry/{ATOM}title") == "Error"


@pytest.mark.parametrize(
    "query",
    ['"', "[", "ti:[", 'ti:"', "\x00", "%", "_", "ti:_", "*", "?", "cat:(", "all:\udcff", "'; --",
     "ti:%", "co:\x1f", "co:%", "cat:.*", "id:", "&amp;<x>", "NOT", "au:?"],
)  # fmt: skip
def test_nothing_that_is_asked_breaks(server: Server, query: str) -> None:
    asked = quote(query, errors="surrogatepass")
    reply = server.get(f"/api/query?search_query={asked}&max_results=3")
    assert reply.status in (200, 400)
    etree.fromstring(reply.body)


def test_no_query_finds_nothing(server: Server) -> None:
    assert total(ask(server)) == 0
    assert results(server, query="ti:the") == []
