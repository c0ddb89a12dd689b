"""That a paper was withdrawn is said in each protocol, as far as it has a place for it."""

from __future__ import annotations

from collections.abc import Iterator

import arxiv
import pytest
from huggingface_hub import HfApi
from semanticscholar import SemanticScholar
from sickle import Sickle

from broadsheet.papers import Author, Identifier, Paper
from tests.web.serving import Server, served

REASON = "Lemma 3 does not hold."


def made(number: int, **extra: object) -> Paper:
    return Paper(
        id=f"2608.7100{number}",
        source="listings",
        title=f"Bridges over rivers, part {number}",
        abstract=f"Bridge {number} stands over a river and carries what comes along. " * 2,
        authors=(Author("Ada Lovelace"),),
        categories=("cs.CC",),
        identifiers=(Identifier("arxiv", f"2608.7100{number}"),),
        announced="2026-08-20",
        extra=extra,
    )


STANDS, GONE, SAYS = "2608.71001", "2608.71002", "2608.71003"
PAPERS = (
    made(1, comments="5 pages"),
    made(2, comments="7 pages", withdrawn=REASON),
    made(3, comments=f"Withdrawn: {REASON}", withdrawn=f"Withdrawn: {REASON}"),
)


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("home"), PAPERS) as server:
        yield server


def test_hits_of_the_own_api_are_marked(bridges: Server) -> None:
    found = bridges.get("/api/v1/search?q=bridges+over+rivers&legs=lexical").json()["hits"]
    near = bridges.get(f"/api/v1/papers/arxiv:{STANDS}/similar").json()["hits"]
    told = {hit["id"]: hit["withdrawn"] for hit in (*found, *near)}
    assert told == {STANDS: "", GONE: REASON, SAYS: f"Withdrawn: {REASON}"}


def test_hugging_face_is_told_when_and_in_the_title(bridges: Server) -> None:
    hub = HfApi(endpoint=bridges.url, token="hf_" + "a" * 34)
    listed = {one.id: one for one in hub.list_daily_papers(date="2026-08-20")}
    for paper in (listed[GONE], hub.paper_info(GONE)):
        assert paper.title == "Withdrawn: Bridges over rivers, part 2"
        assert paper.withdrawnAt == "2026-08-20T00:00:00.000Z"  # type: ignore[attr-defined]
    for paper in (listed[STANDS], hub.paper_info(STANDS)):
        assert paper.title == "Bridges over rivers, part 1"
        assert not hasattr(paper, "withdrawnAt")


def test_semantic_scholar_is_told_in_the_title_and_the_citation(bridges: Server) -> None:
    scholar = SemanticScholar(api_url=bridges.url, retry=False)
    gone = scholar.get_paper(f"ARXIV:{GONE}", fields=["title", "citationStyles"])
    assert gone.title == "Withdrawn: Bridges over rivers, part 2"
    assert "note = {Withdrawn}" in gone.citationStyles["bibtex"]
    assert scholar.get_paper(f"ARXIV:{STANDS}").title == "Bridges over rivers, part 1"
    near = scholar.get_recommended_papers(f"ARXIV:{STANDS}", fields=["title"])
    assert {paper.title for paper in near} == {
        "Withdrawn: Bridges over rivers, part 2",
        "Withdrawn: Bridges over rivers, part 3",
    }


def test_arxivs_clients_are_told_in_the_comment(bridges: Server) -> None:
    client = arxiv.Client(delay_seconds=0)
    client.query_url_format = f"{bridges.url}/api/query?{{}}"
    found = client.results(arxiv.Search(id_list=[STANDS, GONE, SAYS]))
    assert {one.get_short_id(): one.comment for one in found} == {
        STANDS: "5 pages",
        GONE: f"7 pages; {REASON}",
        SAYS: f"Withdrawn: {REASON}",
    }


def test_harvesters_are_told_in_the_comment(bridges: Server) -> None:
    records = Sickle(f"{bridges.url}/oai").ListRecords(metadataPrefix="arXiv")
    said = {one.metadata["id"][0]: one.metadata["comments"] for one in records}
    assert said == {
        STANDS: ["5 pages"],
        GONE: [f"7 pages; {REASON}"],
        SAYS: [f"Withdrawn: {REASON}"],
    }
