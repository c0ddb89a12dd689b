"""Citations over HTTP: files of every page, what reference managers find, text in a style."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import rispy  # type: ignore[import-untyped]
from bibtexparser.entrypoint import parse_string

from broadsheet.formulas import plain
from broadsheet.settings import Settings
from tests.web.community import PASSWORD, make_community
from tests.web.conftest import make_home
from tests.web.papers import rows
from tests.web.serving import Person, Reply, Server

DAY = [row for row in rows() if row["date"] == "2026-08-20"]
MEDIA = {
    ".bib": "application/x-bibtex",
    ".ris": "application/x-research-info-systems",
    ".json": "application/vnd.citationstyles.csl+json",
    ".txt": "text/plain; charset=utf-8",
}


def counted(reply: Reply, suffix: str) -> int:
    """How many papers a file holds, as the program that reads it counts them."""
    assert reply.status == 200, reply.text[:300]
    assert reply.headers["content-type"] == MEDIA[suffix]
    match suffix:
        case ".bib":
            library = parse_string(reply.text)
            assert not library.failed_blocks
            return len({entry.key for entry in library.entries})
        case ".ris":
            return len(rispy.loads(reply.text))
        case ".json":
            return len({item["id"] for item in reply.json()})
        case _:
            return len(reply.text.splitlines())


@pytest.mark.parametrize("suffix", MEDIA)
def test_every_page_of_papers_is_a_file(paper: Server, suffix: str) -> None:
    assert counted(paper.get(f"/papers/2608.90002{suffix}"), suffix) == 1
    assert counted(paper.get(f"/papers?id=2608.90002&as={suffix[1:]}"), suffix) == 1
    assert counted(paper.get(f"/papers/cs/0501001{suffix}"), suffix) == 1
    assert counted(paper.get(f"/editions/2026-08-20{suffix}"), suffix) == len(DAY)
    assert counted(paper.get(f"/index{suffix}"), suffix) == len(DAY)
    assert counted(paper.get(f"/editions/month{suffix}"), suffix) == len(rows())
    assert counted(paper.get(f"/editions/2026-08-20{suffix}?section=cs.CL"), suffix) == 8
    at = "/search.csl.json" if suffix == ".json" else f"/search{suffix}"
    assert counted(paper.get(f"{at}?q=galaxies&limit=7"), suffix) == 7
    assert counted(paper.get(f"/trending{suffix}"), suffix) >= 0


def test_a_file_has_a_name_that_breaks_no_header(paper: Server) -> None:
    for path, name in (
        ("/papers/2608.90002.bib", 'attachment; filename="2608-90002.bib"'),
        ("/editions/2026-08-20.ris", 'attachment; filename="broadsheet-2026-08-20.ris"'),
        (
            "/search.csl.json?" + urlencode({"q": 'gala"xies\r\nSet-Cookie: a=b; é/../x'}),
            'attachment; filename="search-gala-xies-Set-Cookie-a-b-x.json"',
        ),
    ):
        reply = paper.get(path)
        assert reply.headers["content-disposition"] == name
        assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("application/x-bibtex", ".bib"),
        ("text/x-bibtex, */*;q=0.1", ".bib"),
        ("application/vnd.citationstyles.csl+json", ".json"),
        ("application/citeproc+json;q=0.9, text/html;q=0.5", ".json"),
        ("application/x-research-info-systems", ".ris"),
        ("text/x-bibliography; style=ieee", ".txt"),
    ],
)
def test_a_page_is_given_in_the_form_that_is_asked_for(
    paper: Server, accept: str, suffix: str
) -> None:
    for page in ("/", "/editions/2026-08-20", "/search?q=galaxies", "/papers/2608.90002"):
        reply = paper.get(page, {"Accept": accept})
        assert counted(reply, suffix) > 0
        assert "Accept" in reply.headers["vary"]
    assert counted(paper.get("/papers?id=2608.90002", {"Accept": accept}), suffix) == 1
    if suffix == ".txt":
        assert paper.get("/papers/2608.90002", {"Accept": accept}).text.startswith("[1] A. Love")


@pytest.mark.parametrize(
    "accept",
    [
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "text/html, application/x-bibtex;q=0.5",
        "application/x-bibtex;q=0",
        "*/*",
        "",
    ],
)
def test_browsers_get_the_page(paper: Server, accept: str) -> None:
    reply = paper.get("/papers/2608.90002", {"Accept": accept})
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept" in reply.headers["vary"]


def test_text_is_in_the_style_that_is_named(paper: Server) -> None:
    apa = paper.get("/papers/2608.00001.txt").text
    assert apa.startswith("Smith, W., Doe, J., & Roe, M. (2026). On translation, part 1")
    assert paper.get("/papers/2608.00001.txt?style=APA").text == apa
    ieee = paper.get("/papers/2608.00001.txt?style=ieee")
    assert ieee.text.startswith("[1] W. Smith, J. Doe, and M. Roe, “On translation, part 1")
    assert ieee.headers["content-disposition"].startswith("inline;")
    other = paper.get("/papers/2608.00001.txt?style=american-institute-of-physics").text
    assert other not in (apa, ieee.text)


@pytest.mark.parametrize(
    "style", ["nope", "../../etc/passwd", "a" * 5000, "apa%0d%0aX:%20y", "apa%00", "%ff", "<b>"]
)
def test_a_style_that_is_none_is_refused_in_a_line(paper: Server, style: str) -> None:
    for path in ("/papers/2608.00001.txt?style=", "/editions/2026-08-20.txt?style="):
        reply = paper.get(path + style)
        assert reply.status == 400
        problem = reply.json()
        assert problem["detail"].startswith("Style '") and "\n" not in problem["detail"]
    page = paper.get(f"/cite?id=2608.00001&style={style}")
    assert page.status == 400 and "<b>'" not in page.text


def test_what_is_not_there_is_said_in_the_programs_way(paper: Server) -> None:
    for path in ("/editions/1999-01-01.bib", "/papers/nothing-here.bib", "/lists/99.bib"):
        reply = paper.get(path)
        assert reply.status == 404 and reply.json()["status"] == 404
    assert paper.get("/search.bib").status == 400
    assert paper.get("/trending.bib?kind=year").status == 400
    assert paper.get("/cite?id=nothing-here").status == 404
    assert paper.get("/cite").status == 404


class Page(HTMLParser):
    """What Zotero's translators look for on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.server = ""
        self.ids: list[str] = []
        self.meta: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "link" and found.get("rel") == "unapi-server":
            self.server = self.server or found["href"]
        if tag == "abbr" and found.get("class") == "unapi-id" and found.get("title"):
            self.ids.append(found["title"])
        if tag == "meta" and found.get("name", "").startswith("citation_"):
            self.meta.append((found["name"], found["content"]))


# The order of unAPI.js in github.com/zotero/translators.
PREFERRED = ("rdf_zotero", "rdf_bibliontology", "marc", "mods", "ris", "refer", "bibtex", "rdf_dc")
Z = "{http://www.zotero.org/namespaces/export#}"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
ITEM = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"


def connector(server: Server, page: Page) -> list[tuple[str, str]]:
    """Kind and title of what Zotero's connector takes from a list, asked as its unAPI
    translator asks: formats once, then each id as it stands on the page."""
    formats = ElementTree.fromstring(server.get(page.server).body)
    assert formats.tag == "formats"
    offered = {one.get("name") for one in formats}
    chosen = next(name for name in PREFERRED if name in offered)
    assert chosen == "rdf_zotero"
    found = []
    for id_ in page.ids:
        reply = server.get(f"{page.server}?id={id_}&format={chosen}")
        assert reply.status == 200
        found += [
            (item.findtext(f"{Z}itemType") or "", item.findtext(TITLE) or "")
            for item in ElementTree.fromstring(reply.body).iterfind(ITEM)
        ]
    return found


def test_the_connector_sees_every_paper_of_a_list_once(paper: Server) -> None:
    page = Page(paper.get("/").text)
    found = connector(paper, page)
    assert len(page.ids) == len(set(page.ids)) == len(DAY)
    assert {kind for kind, _ in found} == {"preprint"}
    assert {title for _, title in found} >= {plain(str(row["title"])) for row in DAY[1:3]}
    assert len({title for _, title in found}) == len(DAY)
    results = Page(paper.get("/search?q=galaxies").text)
    assert len(results.ids) == len(set(results.ids)) == 20
    assert len(connector(paper, results)) == 20


def test_the_connector_sees_one_paper_on_its_page(paper: Server) -> None:
    page = Page(paper.get("/papers/2608.90002").text)
    assert page.server == ""  # else the similar papers would be what is offered
    names = [name for name, _ in page.meta]
    assert names == [
        "citation_title",
        "citation_author",
        "citation_author",
        "citation_date",
        "citation_online_date",
        "citation_arxiv_id",
        "citation_pdf_url",
        "citation_public_url",
        "citation_abstract",
        "citation_keywords",
    ]
    said = dict(page.meta)
    assert said["citation_author"] == "Emmy Noether"
    assert said["citation_date"] == said["citation_online_date"] == "2026/08/20"
    assert said["citation_public_url"] == "https://arxiv.org/abs/2608.90002"
    assert said["citation_pdf_url"] == "https://arxiv.org/pdf/2608.90002"
    assert said["citation_keywords"].count("; ") == 3


def test_a_page_dates_a_paper_as_its_citations_do(paper: Server) -> None:
    said = dict(Page(paper.get("/papers/cs/0501001").text).meta)
    assert said["citation_date"] == said["citation_online_date"] == "2005/01"
    assert "PY  - 2005\nDA  - 2005/01//" in paper.get("/papers/cs/0501001.ris").text


def test_unapi_answers_as_its_specification_says(paper: Server) -> None:
    formats = paper.get("/unapi")
    assert formats.status == 200
    assert formats.headers["content-type"].startswith("application/xml")
    one = paper.get("/unapi?id=2608.90002")
    assert one.status == 300
    assert ElementTree.fromstring(one.body).get("id") == "2608.90002"
    assert counted(paper.get("/unapi?id=2608.90002&format=bibtex"), ".bib") == 1
    assert counted(paper.get("/unapi?id=2608.90002&format=ris"), ".ris") == 1
    assert counted(paper.get("/unapi?id=2608.90002&format=csl"), ".json") == 1
    rdf = paper.get("/unapi?id=2608.90001&format=rdf_zotero")
    assert rdf.headers["content-type"] == "application/rdf+xml"
    assert "&lt;script&gt;" in rdf.text
    assert paper.get("/unapi?id=2608.90002&format=marc").status == 406
    assert paper.get("/unapi?id=nothing").status == 404
    assert paper.get("/unapi?id=999999999999999").status == 404
    hostile = paper.get("/unapi?id=%22%3E%3Cx%3E%00&format=%0d%0a")
    assert hostile.status == 404 and "<x>" not in hostile.text


def test_the_page_of_a_papers_citations_shows_them_all(paper: Server) -> None:
    link = re.search(r'href="(/cite\?id=[^"]+)"', paper.get("/papers/cs/0501001").text)
    assert link
    page = paper.get(unescape(link[1]))
    assert page.status == 200
    shown = [unescape(text) for text in re.findall(r"data-copy>(.*?)</p", page.text, re.DOTALL)]
    assert shown[0].startswith("Number1, A., Number2, A.,")
    for suffix in (".bib", ".ris", ".json"):
        text = paper.get(f"/papers/cs/0501001{suffix}").text
        assert text.strip() in unescape(page.text)
    nature = paper.get("/cite?id=cs/0501001&style=nature").text
    assert '<option value="nature" selected>' in nature and "Number1, A. et al." in nature
    odd = paper.get("/cite?id=2608.90001&style=ieee").text
    assert "<script>alert" not in odd and "&lt;script&gt;" in odd


def test_a_home_with_a_path_leads_to_its_own_unapi(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    settings = make_home(tmp_path / "home", shelf=False).model_copy(update={"base_path": "/news"})
    server = serve(settings)
    assert Page(server.get("/news/").text).server == "/news/unapi"
    assert server.get("/news/unapi").status == 200
    reply = server.get("/news/papers/2608.90002", {"Accept": "application/x-bibtex"})
    assert counted(reply, ".bib") == 1


def test_files_of_a_closed_paper_and_of_lists_are_for_those_who_may_read(
    tmp_path: Path, serve: Callable[[Settings], Server]
) -> None:
    settings, things = make_community(tmp_path / "lab")
    server = serve(settings)
    ada = Person(server).log_in("ada", PASSWORD)
    mine = things["ada"].list
    assert counted(ada.get(f"/lists/{mine}.bib"), ".bib") == 1
    assert counted(ada.get(f"/lists/{mine}", {"Accept": "application/x-bibtex"}), ".bib") == 1
    assert counted(ada.get(f"/lists/{mine}.txt?style=ieee"), ".txt") == 1
    assert Page(ada.get(f"/lists/{mine}").text).ids
    token = {"Authorization": f"Bearer {things['ada'].secrets['read']}"}
    assert counted(server.get(f"/lists/{mine}.ris", token), ".ris") == 1
    assert server.get(f"/lists/{mine}.ris").status == 401
    stranger = {"Authorization": f"Bearer {things['bob'].secrets['read']}"}
    assert server.get(f"/lists/{mine}.ris", stranger).status == 404
    assert json.loads(server.get(f"/lists/{mine}.json").body)["status"] == 401


def test_the_api_cites_papers_too(paper: Server) -> None:
    def cited(**asked: str | list[str]) -> Reply:
        return paper.get(f"/api/v1/cite?{urlencode(asked, doseq=True)}")

    one = cited(id="2608.90002").json()
    assert one["text"] == paper.get("/papers/2608.90002.bib").text
    assert (one["format"], one["media_type"]) == ("bibtex", MEDIA[".bib"])
    two = cited(id=["2608.90002", "cs/0501001", "2608.90002"], format="text", style="IEEE").json()
    assert two["style"] == "ieee" and two["text"].count("\n") == 2
    for asked, status in (
        ({"id": "nothing"}, 404),
        ({"format": "ris"}, 400),
        ({"id": "2608.90002", "format": "marc"}, 400),
        ({"id": "2608.90002", "format": "text", "style": "../apa"}, 400),
    ):
        reply = cited(**asked)
        assert reply.status == status
        assert reply.headers["content-type"] == "application/problem+json"
