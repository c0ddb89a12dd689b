"""The semanticscholar package, unmodified, asks our server."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from semanticscholar import SemanticScholar
from semanticscholar.Paper import Paper
from semanticscholar.SemanticScholarException import (
    BadQueryParametersException,
    ObjectNotFoundException,
)

from broadsheet.catalog import Catalog, Work
from broadsheet.editions import public_name
from tests.web.compat.papers import LINKED
from tests.web.serving import Server

DETAIL = sorted({name.split(".")[0] for name in Paper.FIELDS})


@pytest.fixture(scope="module")
def scholar(library: Server) -> SemanticScholar:
    return SemanticScholar(api_url=library.url, timeout=60, retry=False)


@pytest.fixture(scope="module")
def kept(library: Server) -> list[Work]:
    with closing(Catalog.open(library.settings)) as catalog:
        return [change.work for change in catalog.changes(0, 10_000) if change.work]


def same(found: Paper, work: Work) -> list[str]:
    paper = work.paper
    dated = work.published or work.announced
    expected = {
        "title": paper.title,
        "abstract": paper.abstract or None,
        "authors": [author.name for author in paper.authors],
        "year": int(dated[:4]) if dated else None,
        "publicationDate": dated if len(dated) == 10 else None,
        "corpusId": work.id,
        "citationCount": None,
        "isOpenAccess": any(i.scheme in ("arxiv", "acl") for i in work.identifiers),
    }
    told = {name: getattr(found, name) for name in expected}
    told["authors"] = [author.name for author in found.authors]
    told["publicationDate"] = found.publicationDate and found.publicationDate.date().isoformat()
    return [
        f"{paper.id} {name}: {told[name]!r}" for name in expected if told[name] != expected[name]
    ]


def test_every_paper_arrives_in_batches_with_every_field(
    scholar: SemanticScholar, kept: list[Work]
) -> None:
    wrong = []
    for start in range(0, len(kept), 300):
        part = kept[start : start + 300]
        found = scholar.get_papers([public_name(work.paper) for work in part])
        assert len(found) == len(part)
        for paper, work in zip(found, part, strict=True):
            assert sorted(paper.keys()) == sorted(Paper.SEARCH_FIELDS)
            wrong += same(paper, work)
    assert wrong == []


@pytest.mark.parametrize(
    "name",
    [
        "ARXIV:cs/0501001",
        "arXiv:cs/0501001v2",
        "cs/0501001",
        "URL:https://arxiv.org/abs/cs/0501001",
        "URL:http://arxiv.org/pdf/cs/0501001v1.pdf",
    ],
)
def test_ids_of_every_form_lead_to_the_paper_and_its_own_ids_back(
    scholar: SemanticScholar, name: str
) -> None:
    paper = scholar.get_paper(name)
    assert paper.title == "An old paper whose id has a slash"
    assert paper.externalIds == {"ArXiv": "cs/0501001", "CorpusId": paper.corpusId}
    assert len(paper.authors) == 20
    assert sorted(paper.keys()) == DETAIL
    page = f"URL:https://www.semanticscholar.org/paper/An-old-paper/{paper.paperId}"
    for other in (paper.paperId, f"CorpusId:{paper.corpusId}", page):
        assert scholar.get_paper(other).title == paper.title


def test_dois_anthology_ids_and_addresses_are_known(scholar: SemanticScholar) -> None:
    assert scholar.get_paper("DOI:10.1234/open.things(2026)3").externalIds["ArXiv"] == LINKED
    assert scholar.get_paper("ACL:P19-1001").externalIds["ACL"] == "P19-1001"
    assert scholar.get_paper("DOI:10.5555/3454287.3454581").year == 2019
    assert scholar.get_paper("URL:https://openreview.net/forum%3Fid=abcDEF_123", ["title"]).title


def test_only_the_fields_that_are_asked_for_are_sent(
    scholar: SemanticScholar, library: Server
) -> None:
    assert set(scholar.get_paper(LINKED, ["year"]).keys()) == {"paperId", "year"}
    named = scholar.get_paper(LINKED, ["authors.name", "title"]).raw_data
    assert set(named) == {"paperId", "title", "authors"}
    assert named["authors"][1] == {"authorId": None, "name": "Emmy Noether"}
    placed = scholar.get_paper(LINKED, ["authors", "authors.affiliations"]).raw_data
    assert set(placed["authors"][0]) == {"authorId", "name", "affiliations"}
    assert set(library.get(f"/graph/v1/paper/{LINKED}").json()) == {"paperId", "title"}
    for name in ("colour", "authors.age", "citations.colour", "title.x", "a" * 6000):
        with pytest.raises(BadQueryParametersException):
            scholar.get_paper(LINKED, [name])


def test_what_is_known_of_a_paper_is_said(scholar: SemanticScholar, library: Server) -> None:
    paper = scholar.get_paper(LINKED)
    assert paper.openAccessPdf == {
        "url": f"https://arxiv.org/pdf/{LINKED}",
        "status": "GREEN",
        "license": "http://creativecommons.org/licenses/by/4.0/",
    }
    assert paper.journal.name == paper.venue == "Journal of Open Things 3 (2026) 1-9"
    assert paper.fieldsOfStudy == ["Computer Science"]
    assert paper.citationStyles["bibtex"].startswith("@")
    assert paper.url == f"{library.url}/papers/{LINKED}"
    assert len(paper.embedding["vector"]) == 64
    assert (paper.citations, paper.references) == ([], [])
    ours = scholar.get_paper(
        "starter:weight-entanglement-meets-gradient-based-neural-architecture-search"
    )
    assert ours.abstract is None
    assert "editors" in ours.tldr.model
    assert ours.tldr.text.startswith("Adapts gradient-based")


def test_a_search_can_be_gone_through_to_its_end(scholar: SemanticScholar) -> None:
    for limit in (40, 100):
        found = scholar.search_paper("gradient explanations of images", limit=limit)
        assert len(found) == limit
        assert found.next == limit
        everything = [paper.paperId for paper in found]
        assert len(everything) == len(set(everything)) == found.total
    few = scholar.search_paper("galaxies", year="1900", limit=5)
    assert (few.total, few.items, few.next) == (0, [], 0)


def test_the_first_page_is_the_search_of_the_pages(
    scholar: SemanticScholar, library: Server, kept: list[Work]
) -> None:
    ids = {work.id: work.paper.id for work in kept}
    asked = library.get("/api/v1/search?q=robust+pruning+of+networks&limit=10").json()
    found = scholar.search_paper("robust pruning of networks", limit=10)
    assert [ids[p.corpusId] for p in found.items] == [hit["id"] for hit in asked["hits"]]


@pytest.mark.parametrize("name", ["Ada Lovelace", "Noether, E.", "Lovelace"])
def test_a_search_finds_authors_by_their_names(scholar: SemanticScholar, name: str) -> None:
    found = scholar.search_paper(name, limit=20, fields=["authors", "title"])
    assert found.total == len(found.items) > 0
    family = name.removesuffix(", E.").rpartition(" ")[2]
    assert all(any(family in author.name for author in one.authors) for one in found.items)
    with pytest.raises(ObjectNotFoundException):
        scholar.search_paper(name, match_title=True)


def test_a_search_is_narrowed(scholar: SemanticScholar) -> None:
    query = "what study found"
    for year, good in (("2026", {2026}), ("2019-2023", set(range(2019, 2024))), ("2026-", {2026})):
        found = list(scholar.search_paper(query, year=year))
        assert found
        assert {paper.year for paper in found} <= good
    day = scholar.search_paper(query, publication_date_or_year="2026-08-19:2026-08-19")
    assert {str(paper.publicationDate)[:10] for paper in day} == {"2026-08-19"}
    physics = list(scholar.search_paper(query, fields_of_study=["Physics"]))
    assert {tuple(paper.fieldsOfStudy) for paper in physics} <= {
        ("Physics",),
        ("Physics", "Computer Science"),
    }
    assert list(scholar.search_paper(query, fields_of_study=["Medicine"])) == []
    venue = scholar.search_paper("weights", venue=["journal of open things 3 (2026) 1-9"])
    assert [paper.externalIds["ArXiv"] for paper in venue] == [LINKED]
    by_name = scholar.search_paper("weights", venue=["Journal of Open Things"])
    assert [paper.externalIds["ArXiv"] for paper in by_name] == [LINKED]
    assert all(paper.isOpenAccess for paper in scholar.search_paper(query, open_access_pdf=True))


def test_a_bulk_search_gives_every_paper_that_has_the_words(
    scholar: SemanticScholar, kept: list[Work]
) -> None:
    def having(*words: str) -> set[int]:
        texts = {
            w.id: f"{w.paper.title} {w.paper.abstract or w.paper.summary}".casefold() for w in kept
        }
        return {number for number, text in texts.items() if all(word in text for word in words)}

    found = list(scholar.search_paper("experiment galaxies", bulk=True, fields=["corpusId"]))
    assert {paper.corpusId for paper in found} == having("experiment", "galaxies")
    either = list(scholar.search_paper("galaxies | segmentation", bulk=True, fields=["corpusId"]))
    assert {p.corpusId for p in either} >= having("galaxies") | having("segmentation", "scenes")
    less = list(scholar.search_paper("translation -decoders", bulk=True, fields=["corpusId"]))
    assert {paper.corpusId for paper in less} == having("translat") - having("decod")
    phrase = list(scholar.search_paper('"distant spirals"', bulk=True, fields=["corpusId"]))
    assert {paper.corpusId for paper in phrase} == having("distant spirals")
    dated = scholar.search_paper('"distant spirals"', bulk=True, sort="publicationDate:desc")
    days = [paper.publicationDate for paper in dated]
    assert days == sorted(days, reverse=True)
    assert dated.total == len(days)


def test_a_bulk_search_reads_prefixes_and_distances(scholar: SemanticScholar) -> None:
    def total(query: str) -> int:
        return int(scholar.search_paper(query, bulk=True, fields=["corpusId"]).total)

    whole, spirals = total("galaxies"), total('"distant spirals"')
    assert whole and spirals
    assert total("galax*") == total("Galaxi*") == whole
    assert total("galax* -galaxie*") == 0
    assert total("nothinglikeit* | galax*") == whole
    assert total('"spirals distant"') == 0
    assert total('"spirals distant"~2') == total('"spirals distant" ~ 2') == spirals
    for refused in ("galaxis~", "galaxis~2", "g*", " ".join(f"word{n}*" for n in range(9))):
        with pytest.raises(BadQueryParametersException, match="query: "):
            total(refused)


def test_a_bulk_search_keeps_brackets_together(scholar: SemanticScholar, kept: list[Work]) -> None:
    def ids(query: str) -> set[int]:
        papers = scholar.search_paper(query, bulk=True, fields=["corpusId"])
        return {paper.corpusId for paper in papers}

    everything = {work.id for work in kept}
    one, two, three = ids("retrieval"), ids("training"), ids("negatives")
    assert one - two - three and one & two - three and three - one - two and one & two & three
    for query, wanted in {
        "((retrieval training) | negatives)": (one & two) | three,
        "+((retrieval +training) | negatives) -training": three - two,
        "negatives | (retrieval -training)": three | (one - two),
        "negatives | -training": three | (everything - two),
        "retrieval -(training | negatives)": one - two - three,
        "retrieval -(training negatives)": one - (two & three),
        "retrieval -(-training)": one & two,
        "(retrieval | negatives (training": (one | three) & two,
        ")retrieval() | ()": one,
        "(" * 1_900 + "retrieval": one,
        "-(" * 900 + "retrieval": one,
        "-(retrieval | negatives)": everything - one - three,
        "-retrieval -training": everything - one - two,
        " ".join(f"-word{n}" for n in range(50)): everything,
        '-("no such phrase" retrieval) training': two,
    }.items():
        assert ids(query) == wanted, query
    with pytest.raises(BadQueryParametersException, match="query: up to 100 "):
        ids(" ".join(f"word{n}" for n in range(101)))
    with pytest.raises(BadQueryParametersException, match="query: fewer brackets"):
        ids(" ".join(f"(word{n} | -term{n})" for n in range(11)))


def test_a_title_is_matched_or_not_found(scholar: SemanticScholar) -> None:
    title = "GradSign: Model Performance Inference with Theoretical Insights"
    for typed in (title, title.lower(), "gradsign model performance inference theoretical"):
        assert scholar.search_paper(typed, match_title=True).title == title
    with pytest.raises(ObjectNotFoundException):
        scholar.search_paper("a treatise on the growing of cucumbers", match_title=True)
    assert [found.title for found in scholar.get_autocomplete("gradsign mod")] == [title]


def test_papers_like_some_and_unlike_others_are_recommended(
    scholar: SemanticScholar, library: Server, kept: list[Work]
) -> None:
    ids = {work.id: work.paper.id for work in kept}
    alike = library.get("/api/v1/papers/2608.00007/similar?limit=5").json()
    found = scholar.get_recommended_papers("ARXIV:2608.00007", limit=5)
    assert [ids[paper.corpusId] for paper in found] == [hit["id"] for hit in alike["hits"]]
    assert len(scholar.get_recommended_papers("ARXIV:2608.00007", pool_from="all-cs")) == 100
    both = ["ARXIV:2608.00007", "ARXIV:2608.00008"]
    mixed = scholar.get_recommended_papers_from_lists(both, ["ARXIV:2608.00001"], limit=20)
    names = [paper.externalIds.get("ArXiv") for paper in mixed]
    assert len(names) == 20
    assert not {"2608.00007", "2608.00008", "2608.00001"} & set(names)
    plain = scholar.get_recommended_papers_from_lists(both, limit=20)
    assert [p.paperId for p in plain] != [p.paperId for p in mixed]
    for positive, negative in (([], []), (["nothing"], []), (both, ["nothing"])):
        with pytest.raises((BadQueryParametersException, ObjectNotFoundException)):
            scholar.get_recommended_papers_from_lists(positive, negative)


def test_authors_are_paged_and_citations_are_none(scholar: SemanticScholar) -> None:
    assert [a.name for a in scholar.get_paper_authors("cs/0501001", limit=9)] == [
        f"Author Number{n}" for n in range(1, 21)
    ]
    assert list(scholar.get_paper_citations("cs/0501001")) == []
    assert list(scholar.get_paper_references("ARXIV:cs/0501001")) == []


def test_what_is_not_here_is_null_in_a_batch_and_not_found_alone(
    scholar: SemanticScholar, library: Server
) -> None:
    asked = [f"ARXIV:{LINKED}", "ARXIV:9999.99999", "CorpusId:99999999999", "f" * 40]
    found, missing = scholar.get_papers(asked, return_not_found=True)
    assert [paper.externalIds["ArXiv"] for paper in found] == [LINKED]
    assert missing == asked[1:]
    for name in ("ARXIV:9999.99999", "nothing", "0" * 40, "CorpusId:x", "URL:https://e.example/"):
        with pytest.raises(ObjectNotFoundException, match="no paper"):
            scholar.get_paper(name)
    for path in ("/graph/v1/nothing", "/graph/v1/paper/x/y", "/recommendations/v1/x"):
        reply = library.get(path)
        assert reply.status == 404
        assert set(reply.json()) == {"error"}


@pytest.mark.parametrize(
    "path",
    [
        "search",
        "search?query=",
        "search?query=a&limit=0",
        "search?query=a&limit=101",
        "search?query=a&offset=-1",
        "search?query=a&offset=950&limit=100",
        "search?query=a&offset=99999999999999999999",
        "search?query=a&year=yesterday",
        "search?query=a&year=-",
        "search?query=a&publicationDateOrYear=2026-02-31:",
        "search?query=a&minCitationCount=3",
        "search?query=a&publicationTypes=Review",
        "search?query=a&fields=colour",
        "search?query=" + "a" * 2001,
        "search/bulk?query=a&sort=citationCount:desc",
        "search/bulk?query=a&token=x",
        "search/bulk?query=a&token=%F0%9F%99%82",
        "search/match",
        "autocomplete",
    ],
)
def test_what_does_not_read_is_said_in_their_form(library: Server, path: str) -> None:
    reply = library.get(f"/graph/v1/paper/{path}")
    assert reply.status == 400
    assert isinstance(reply.json()["error"], str)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b"{}"),
        *(b'{"ids": 1}', b'{"ids": [1]}', b'{"ids": []}'),
        json.dumps({"ids": ["x"] * 501}).encode(),
    ],
)
def test_bodies_that_do_not_read_are_bad_requests(library: Server, body: bytes) -> None:
    for path in ("/graph/v1/paper/batch", "/recommendations/v1/papers/"):
        reply = library.get(path, {"Content-Type": "application/json"}, "POST", body)
        assert reply.status == 400
        assert "error" in reply.json()
