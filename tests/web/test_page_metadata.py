"""What Zotero's connector and other reference managers take from a paper's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest

from broadsheet.papers import Author, Identifier, Paper
from tests.web.serving import Server, served

NAMES = (
    "Vincent van Gogh",
    "Ada Lovelace",
    "The Lovelace Collaboration",
    "Martin King Jr.",
    "Anna Maria van der Berg",
    "OpenAI",
)
ABSTRACT = "Sunflowers grow by day and are painted before the evening comes."


def made(number: int, names: tuple[str, ...], **other: object) -> Paper:
    values: dict[str, object] = {
        "id": f"2608.7000{number}v2",
        "source": "listings",
        "title": f"Sunflowers, part {number}",
        "abstract": ABSTRACT,
        "authors": tuple(map(Author, names)),
        "identifiers": (Identifier("arxiv", f"2608.7000{number}"),),
        "announced": "2026-08-20",
        "version": "v2",
    }
    return Paper(**(values | other))  # type: ignore[arg-type]


PAPERS = (
    made(
        7,
        ("Ada Lovelace",),
        extra={"entry_type": "phdthesis", "school": "Flower School"},
        identifiers=(Identifier("own", "thesis"),),
    ),
    made(6, ("Ada Lovelace",), extra={"withdrawn": "They did not grow."}),
    made(1, NAMES),
    made(2, ("Anna Maria van der Berg",)),
    made(3, ("Vincent van Gogh",), extra={"journal_ref": "Annals of Sunflowers"}),
    made(4, ("The Lovelace Collaboration",)),
    made(
        5,
        ("Ada Lovelace",),
        id="undated",
        identifiers=(Identifier("own", "undated"),),
        announced="",
    ),
)


@pytest.fixture(scope="module")
def sunflowers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("home"), PAPERS) as server:
        yield server


class Page(HTMLParser):
    """The tags that Zotero's translator for embedded metadata reads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.meta: list[tuple[str, str]] = []
        self.times: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta" and found.get("name", "").startswith(("citation_", "z:")):
            self.meta.append((found["name"], found["content"]))
        if tag == "time":
            self.times.append(found["datetime"])

    def all(self, name: str) -> list[str]:
        return [content for one, content in self.meta if one == name]


def creators(page: Page) -> list[tuple[str, str]]:
    """Given and family names as Zotero takes the tags apart: at a comma, else at the last blank;
    a lone tag with blanks on both sides of its comma is taken for two people."""
    found = []
    tags = page.all("citation_author")
    for tag in tags:
        parts = [part.strip() for part in tag.split(",")]
        if len(tags) == 1 and len(parts) > 1 and " " in parts[0] and " " in parts[1]:
            return [("", part) for part in parts]
        if "," in tag:
            family, given = parts[0], parts[1]
        else:
            given, _, family = tag.rpartition(" ")
        found.append((given, family))
    return found


@pytest.fixture
def page(sunflowers: Server) -> Callable[[str], Page]:
    return lambda name: Page(sunflowers.get(f"/papers/{name}").text)


def test_names_arrive_in_the_parts_that_they_have(page: Callable[[str], Page]) -> None:
    assert creators(page("2608.70001")) == [
        ("Vincent", "van Gogh"),
        ("Ada", "Lovelace"),
        ("", "The Lovelace Collaboration"),
        ("Martin Jr.", "King"),
        ("Anna Maria", "van der Berg"),
        ("", "OpenAI"),
    ]
    assert creators(page("2608.70003")) == [("Vincent", "van Gogh")]
    assert creators(page("2608.70004")) == [("", "The Lovelace Collaboration")]


def test_a_lone_author_is_one_author(page: Callable[[str], Page]) -> None:
    assert page("2608.70002").all("citation_author") == ["Anna Maria van der Berg"]


def test_a_preprint_is_said_to_be_one(page: Callable[[str], Page]) -> None:
    preprint = dict(page("2608.70001").meta)
    assert preprint["z:itemType"] == "preprint"
    assert preprint["z:repository"] == "arXiv"
    assert preprint["z:archiveID"] == "arXiv:2608.70001v2"
    article = dict(page("2608.70003").meta)
    assert article["citation_journal_title"] == "Annals of Sunflowers"
    assert article["z:extra"] == "arXiv: 2608.70003v2"
    assert "z:itemType" not in article
    elsewhere = dict(page("undated").meta)
    assert elsewhere["z:itemType"] == "preprint" and "z:repository" not in elsewhere


def test_a_paper_without_a_date_has_no_other_papers_date(page: Callable[[str], Page]) -> None:
    dated = page("2608.70001")
    assert dated.all("citation_date") == ["2026/08/20"] and dated.times
    undated = page("undated")
    assert not undated.all("citation_date") and not undated.times


def test_a_withdrawn_paper_arrives_with_its_status(page: Callable[[str], Page]) -> None:
    assert dict(page("2608.70006").meta)["z:extra"] == "Status: withdrawn"
    assert "z:extra" not in dict(page("2608.70001").meta)


def test_a_thesis_arrives_as_one_with_its_school(page: Callable[[str], Page]) -> None:
    thesis = dict(page("own:thesis").meta)
    assert thesis["z:itemType"] == "thesis"
    assert thesis["citation_dissertation_institution"] == "Flower School"
    assert "z:repository" not in thesis
