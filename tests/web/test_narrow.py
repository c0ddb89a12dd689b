"""Pages on a phone and in other scripts: what is wide scrolls in itself, names keep their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from broadsheet.catalog import Catalog, SyncTime
from broadsheet.papers import Author, Paper
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import Page as Batch
from broadsheet.sources import Want
from tests.catalog.kit import store
from tests.web.community import enter, make_community
from tests.web.conftest import CHROMIUM
from tests.web.serving import Server, file_papers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, and none is installed"),
]

DAY = "2026-08-20"
ARABIC = ("محمد بن علي", "فاطمة الزهراء")
FEED = "http://127.0.0.1:9/feeds/an-address-without-any-space-in-it/of/some/length/feed.xml"
WIDE = " + ".join(f"\\frac{{a_{{{n}}}}}{{b_{{{n}}}}}" for n in range(30))
PAPERS = (
    Paper(
        "2608.00001", "arxiv", "Of a wide formula", f"We show $${WIDE} = 1$$ and no more.",
        authors=(Author("Jo Doe"),), categories=("cs.LG",), announced=DAY,
    ),
    Paper(
        "2608.00002", "arxiv", f"Of ${WIDE}$", f"We show ${WIDE} = 1$ in a line.",
        authors=(Author("Jo Doe"),), categories=("cs.LG",), announced=DAY,
    ),
    Paper(
        "2608.00003", "arxiv", "A" * 408, "B" * 300,
        authors=(Author("Jo Doe"),), categories=("cs.LG",), announced=DAY,
    ),
    Paper(
        "2608.00004", "arxiv", "التعلم العميق في معالجة اللغة العربية",
        "نقترح نموذجا جديدا لمعالجة اللغة العربية. هذه الجملة الثالثة للاختبار.",
        authors=tuple(map(Author, ARABIC)), categories=("cs.CL",), announced=DAY,
    ),
    Paper(
        "2608.00005", "arxiv", "Of H$_2$O at 10 M$_\\odot$", "We find CO$_2$ and 10 cm$^{-3}$.",
        authors=(Author("Jo Doe"),), categories=("astro-ph.EP",), announced=DAY,
    ),
)  # fmt: skip
# How many fields and buttons of a row stand against the one before them on the same line.
TOUCHING = """() => [...document.querySelectorAll(".rows form")].flatMap((form) => {
  const all = [...form.querySelectorAll("input:not([type=hidden]), select, button")]
    .map((e) => e.getBoundingClientRect());
  return all.slice(1).filter((one, at) => one.left > all[at].left
    && one.top < all[at].bottom && one.left - all[at].right < 4.5);
}).length"""
PATHS = ("/", "/search?q=formula", *(f"/papers/{paper.id}" for paper in PAPERS))


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(home=tmp_path_factory.mktemp("wide"))
    with closing(Catalog.open(settings)) as catalog:
        store(catalog, *PAPERS)
        file_papers(settings, catalog, None)
        syncs = catalog.syncs(settings.rejected_path)
        soon = "2026-11-22T13:04:00"
        problem = f"{FEED} cannot be reached (Temporary failure in name resolution)"
        syncs.set_time(SyncTime("arxiv-oai", DAY, f"{DAY}T13:04:00", soon))
        syncs.set_time(SyncTime(FEED, DAY, "", soon, 3, problem))
        syncs.end(syncs.store(syncs.begin(FEED, "feed", Want()), Batch(())))
        syncs.end(syncs.begin(FEED, "feed", Want()), problem)
    with Server(settings, None) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_nothing_that_readers_write_widens_a_page(page: Page, tmp_path: Path) -> None:
    settings, things = make_community(tmp_path)
    long = "W" * 80
    with closing(Catalog.open(settings)) as catalog:
        readers = Readers(catalog)
        me, work = things["ada"].reader, catalog.changes(0, 1)[0].work_id
        readers.accounts.update(me, display=long, public_votes=True)
        readers.acts.do(me, "upvote", work)
        readers.lists.make(me, long)
        community = readers.community
        said = community.comments.add(me, work, long)
        community.comments.report(me, said.id, long)
        community.picks.pick(me, work, "2026-08-20", long)
        community.submissions.submit(me, f"https://example.org/{'y' * 900}", long)
        speaks = community.organisations.make(me, long, about=long)
        community.organisations.decide(me, speaks.id, me, good=True)
        (paper,) = catalog.get_many([work]).values()
    with Server(settings) as lab:
        secret = enter(lab, "ada").cookies["broadsheet-session"]
        page.context.add_cookies([{"name": "broadsheet-session", "value": secret, "url": lab.url}])
        for width in (320, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            for path in (
                *("/submit", "/moderation", "/admin", "/lists", "/organisations", "/account"),
                *(f"/organisations/{speaks.slug}", f"/papers/{paper.paper.id}"),
            ):
                page.goto(lab.url + path)
                page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                assert page.evaluate(TOUCHING) == 0, f"a button touches its neighbour on {path}"


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_wide_widens_the_page(page: Page, wide: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in (*PATHS, "/ledger"):
        page.goto(wide.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_wide_formula_scrolls_in_itself(page: Page, wide: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/papers/2608.00001", "/papers/2608.00002"):
        page.goto(wide.url + path)
        formula = page.locator(".abstract math").first
        assert formula.evaluate("e => e.scrollWidth > e.clientWidth + 100"), path
        assert formula.evaluate("e => { e.scrollLeft = 60; return e.scrollLeft; }") == 60, path


@pytest.mark.parametrize("width", [320, 390, 700, 1200])
def test_the_ledger_says_when_on_one_line(page: Page, wide: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(wide.url + "/ledger")
    cells = page.locator("table.asked").first.locator("td")
    assert cells.count() == 2
    for cell in cells.all():
        lines = cell.evaluate(
            """e => { const range = document.createRange(); range.selectNodeContents(e);
              return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size; }"""
        )
        assert (cell.inner_text(), lines) == ("next 22 November 2026, 13:04 UTC", 1)


def lefts(page: Page, selector: str) -> list[tuple[str, float]]:
    found = page.locator(selector).evaluate_all(
        "found => found.map((e) => [e.textContent, e.getBoundingClientRect().left])"
    )
    return [(name, left) for name, left in found]


def test_names_written_from_right_to_left_keep_their_order(page: Page, wide: Server) -> None:
    page.set_viewport_size({"width": 1200, "height": 800})
    for path, selector in (
        ("/papers/2608.00004", ".authors bdi"),
        ("/editions/2026-08-20", ":nth-match(.by:has-text('cs.CL'), 1) bdi"),
    ):
        page.goto(wide.url + path)
        found = lefts(page, selector)
        assert [name for name, _ in sorted(found, key=lambda one: one[1])] == list(ARABIC), path
    page.goto(wide.url + "/search?q=author:محمد")
    (row,) = page.locator(".by").all()
    name, date = row.locator("bdi").last.bounding_box(), row.locator("time").bounding_box()
    assert name and date and name["x"] + name["width"] <= date["x"]


def test_what_is_written_from_right_to_left_ends_on_the_left(page: Page, wide: Server) -> None:
    page.goto(wide.url + "/papers/2608.00004")
    for selector in ("h1", ".abstract > p", "title"):
        told = page.locator(selector).first.evaluate("e => getComputedStyle(e).direction")
        assert told == ("ltr" if selector == "title" else "rtl"), selector
    for path in ("/editions/2026-08-20", "/search?q=author:محمد"):
        page.goto(wide.url + path)
        title = page.get_by_role("heading", name="التعلم")
        assert title.evaluate("e => getComputedStyle(e).direction") == "rtl", path
    page.goto(wide.url + "/papers/2608.00001")
    assert page.locator("h1").evaluate("e => getComputedStyle(e).direction") == "ltr"


def test_no_section_is_headed_by_a_broken_word(page: Page, paper: Server) -> None:
    for width in (1120, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(paper.url + "/")
        broken = page.evaluate(
            """() => {
              const h2 = document.querySelector(".section h2");
              const words = ["recommendation", "Superconductivity", "phenomenology"];
              return words.filter((word) => {
                h2.textContent = word;
                const range = document.createRange();
                range.selectNodeContents(h2);
                return range.getClientRects().length > 1;
              });
            }"""
        )
        assert broken == [], width


def test_a_paper_within_prose_is_set_as_in_any_list(page: Page, wide: Server) -> None:
    page.goto(f"{wide.url}/for-you/why/1")
    set_in = """() => [...document.querySelectorAll(".prose .item ul")].map((list) => {
      const style = getComputedStyle(list);
      return [style.paddingLeft, style.marginTop, style.listStyleType];
    })"""
    found = page.evaluate(set_in)
    assert found and all(one == ["0px", "0px", "none"] for one in found), found


def test_scripts_beside_a_formula_are_shown_whole(page: Page, wide: Server) -> None:
    page.goto(f"{wide.url}/papers/2608.00005")
    cut = """() => [...document.querySelectorAll("math")].map((math) => {
      const box = math.getBoundingClientRect();
      const script = math.querySelector("msub, msup").lastElementChild.getBoundingClientRect();
      return [box.top - script.top, script.bottom - box.bottom];
    })"""
    found = page.evaluate(cut)
    assert len(found) >= 4
    assert all(above < 0.5 and below < 0.5 for above, below in found), found
