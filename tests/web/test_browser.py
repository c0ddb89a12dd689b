"""What a reader with a browser meets: looks, keys, no surprises from other hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.conftest import CHROMIUM
from tests.web.serving import Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, and none is installed"),
]

PATHS = (
    "/",
    "/editions/2026-08-20?section=cs.CL",
    "/editions/2026-08",
    "/editions",
    "/papers/2608.90002",
    "/papers/cs/0501001",
    "/search",
    "/search?q=galaxies+author:smith",
    "/search?q=author:nobodyhasthisname",
    "/about",
    "/nowhere",
)


class Visit:
    """A page with a record of what went wrong and where it asked."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.troubles: list[str] = []
        self.hosts: set[str] = set()
        self._server = server
        self.page.on("console", lambda said: self._console(said.type, said.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda asked: self.hosts.add(urlsplit(asked.url).netloc))

    def _console(self, kind: str, text: str) -> None:
        # The browser itself reports a page's own 404 as an error.
        if kind in {"error", "warning"} and "404 (Not Found)" not in text:
            self.troubles.append(text)

    def to(self, path: str) -> Page:
        self.page.goto(self._server.url + path)
        return self.page


@pytest.fixture
def visit(browser: Browser, paper: Server) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    made = Visit(context, paper)
    yield made
    context.close()
    assert made.troubles == []
    assert made.hosts <= {f"127.0.0.1:{paper.port}"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_scrolls_sideways(visit: Visit, path: str, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 800})
    page = visit.to(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PATHS)
def test_landmarks_headings_and_labels_are_in_order(visit: Visit, path: str) -> None:
    page = visit.to(path)
    found = page.evaluate(
        """() => {
          const seen = (e) => e.checkVisibility();
          const named = (e) => (e.labels?.length || e.ariaLabel || e.getAttribute("aria-labelledby")
            || e.textContent.trim() || e.title);
          return {
            language: document.documentElement.lang,
            mains: document.querySelectorAll("main").length,
            footers: document.querySelectorAll("body > div > footer").length,
            levels: [...document.querySelectorAll("h1,h2,h3,h4")].filter(seen)
              .map((e) => Number(e.tagName[1])),
            unnamed: [...document.querySelectorAll("a,button,input,nav,summary")].filter(seen)
              .filter((e) => !named(e)).map((e) => e.outerHTML),
            ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
            navs: [...document.querySelectorAll("nav")].map((e) => e.ariaLabel),
            dangling: [...document.querySelectorAll("[aria-labelledby]")].filter(
              (e) => !document.getElementById(e.getAttribute("aria-labelledby")))
              .map((e) => e.outerHTML),
          };
        }"""
    )
    assert found["language"] == "en"
    assert (found["mains"], found["footers"]) == (1, 1)
    levels = found["levels"]
    assert levels.count(1) == 1, levels
    assert all(b - a <= 1 for a, b in pairwise(levels)), levels
    assert found["unnamed"] == []
    assert found["dangling"] == []
    assert len(found["ids"]) == len(set(found["ids"]))
    assert len(found["navs"]) == len(set(found["navs"]))


CONTRAST = """() => {
  const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const channel = (v) => linear(v / 255);
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort();
    if ((b + 0.05) / (a + 0.05) < 4.5) low.add(e.outerHTML.slice(0, 80));
  }
  return [...low];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_all_text_has_the_contrast_of_wcag_aa(visit: Visit, path: str, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert visit.to(path).evaluate(CONTRAST) == []


def test_keys_walk_the_papers_and_open_one(visit: Visit) -> None:
    page = visit.to("/")
    titles = page.locator("[data-item] h3 a")
    page.keyboard.press("j")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(titles.nth(1)).to_be_focused()
    address = titles.nth(1).get_attribute("href")
    page.keyboard.press("o")
    page.wait_for_url(f"**{address}")


def test_the_slash_goes_to_the_search_box_and_escape_leaves_it(visit: Visit) -> None:
    page = visit.to("/")
    page.keyboard.press("/")
    box = page.get_by_label("Search papers")
    expect(box).to_be_focused()
    page.keyboard.type("/j")
    expect(box).to_have_value("/j")
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()


def test_single_keys_can_be_switched_off_for_good(visit: Visit) -> None:
    page = visit.to("/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("[data-item] h3 a").first).not_to_be_focused()
    page.get_by_role("link", name="Keys").click()
    expect(page.get_by_role("checkbox")).not_to_be_checked()


def test_results_come_as_one_types_and_the_address_follows(visit: Visit) -> None:
    page = visit.to("/search")
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    box.press_sequentially("galaxies", delay=15)
    expect(page.locator("#results h3").first).to_contain_text("galaxies")
    page.wait_for_url("**/search?q=galaxies")
    top = page.locator("form.searcher").bounding_box()
    box.press_sequentially(" author:smith", delay=15)
    expect(page.get_by_label("Leave out: by smith")).to_be_visible()
    assert page.locator("form.searcher").bounding_box() == top
    assert page.title().startswith("galaxies author:smith")
    page.get_by_label("Leave out: by smith").click()
    page.wait_for_url("**/search?q=galaxies")


def test_why_opens_in_place_and_closes_again(visit: Visit) -> None:
    page = visit.to("/search?q=galaxies")
    link = page.get_by_role("link", name="Why this paper").first
    link.click()
    reason = page.locator(".reason").first
    expect(reason.locator("table")).to_be_visible()
    expect(reason.locator("mark.asked").first).to_be_visible()
    expect(link).to_have_attribute("aria-expanded", "true")
    assert page.url.endswith("/search?q=galaxies")
    link.click()
    expect(reason).not_to_be_visible()


def test_the_focus_can_be_seen_wherever_it_goes(visit: Visit) -> None:
    page = visit.to("/search?q=galaxies")
    page.locator("body").press("Tab")
    skip = page.get_by_role("link", name="Skip to the papers")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    for _ in range(25):
        seen = page.evaluate(
            """() => {
              const e = document.activeElement, box = e.closest(".box") || e;
              return [e, box].some((x) => {
                const s = getComputedStyle(x);
                return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
              });
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")
        page.keyboard.press("Tab")


def test_mathematics_is_drawn(visit: Visit) -> None:
    page = visit.to("/papers/2608.90002")
    formula = page.locator("h1 math").first.bounding_box()
    assert formula is not None
    assert formula["width"] > 20


def test_everything_works_without_javascript(browser: Browser, paper: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(paper.url + "/")
    page.get_by_label("Search papers").fill("galaxies")
    page.get_by_role("button", name="Search").click()
    assert page.url.endswith("/search?q=galaxies")
    page.get_by_role("link", name="Why this paper").first.click()
    expect(page.locator(".reason table").first).to_be_visible()
    page.get_by_role("link", name="Back to").click()
    page.get_by_role("link", name="More like this").first.click()
    expect(page.get_by_label("Leave out: more like")).to_be_visible()
    page.locator("#results h3 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("galaxies")
    page.get_by_role("link", name="Keys").click()
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    context.close()


def test_print_leaves_the_reading_and_drops_the_rest(visit: Visit) -> None:
    visit.page.emulate_media(media="print")
    page = visit.to("/")
    expect(page.get_by_role("link", name="Archive")).not_to_be_visible()
    expect(page.get_by_label("Search papers")).not_to_be_visible()
    expect(page.locator("[data-item] h3").first).to_be_visible()
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert re.sub(r"\s", "", background) == "rgb(255,255,255)"


OWN_PATHS = (
    *(
        "/lists",
        "/lists/saved",
        "/lists/saved/search?q=x",
        "/for-you",
        "/for-you/shown",
        "/following",
        "/searches",
    ),
    *("/taste", "/taste/rate", "/trending", "/account", "/admin", "/digest", "/organisations"),
)


def test_the_pages_of_a_reader_fit_a_phone_and_name_their_fields(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 320, "height": 700})
    for path in OWN_PATHS:
        page = visit.to(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("input,select,textarea,button")]
              .filter((e) => e.type !== "hidden" && e.checkVisibility())
              .filter((e) => !(e.labels?.length || e.ariaLabel || e.textContent.trim()))
              .map((e) => e.outerHTML)"""
        )
        assert unnamed == [], path
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids)), path
        assert page.locator("h1").count() == 1, path


def test_keys_act_on_a_paper_and_nothing_moves(visit: Visit) -> None:
    page = visit.to("/editions/2026-08-18")
    where = "() => [...document.querySelectorAll('h3')].map((e) => e.getBoundingClientRect().y)"
    page.keyboard.press("j")
    before = page.evaluate(where)
    item = page.locator("[data-work]").first
    said = page.get_by_role("status").filter(has=page.locator("p"))
    for key, words, label in (
        ("v", "Voted for.", "Voted"),
        ("s", "Saved.", "Saved"),
        ("r", "Marked as read.", "Read ✓"),
        ("x", "Not interested.", "Not interested."),
    ):
        page.keyboard.press(key)
        expect(said).to_contain_text(words)
        expect(item.locator(".acts")).to_contain_text(label)
        assert page.evaluate(where) == before, f"{key} moved the page"
    page.get_by_role("button", name="too basic").click()
    expect(said).to_contain_text("Because of too basic.")
    for words in ("Shown again.", "Undone."):
        page.keyboard.press("z")
        expect(said).to_contain_text(words)
    page.reload()
    assert page.locator("[data-gone]").count() == 0
    for _ in range(3):
        page.keyboard.press("z")
        page.wait_for_timeout(100)


def test_a_page_one_comes_back_to_shows_what_was_done_since(visit: Visit) -> None:
    day = "/editions/2026-08-18"
    page = visit.to(day)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    item = page.locator("[data-work]").first
    item.locator("h3 a").click()
    page.locator("article.paper").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has=page.locator("p"))).to_contain_text("Saved.")
    page.go_back()
    expect(item.get_by_role("button", name="Saved")).to_be_visible()
    assert asked.count(day) == 2, "as it was kept, and then anew"
    item.locator("h3 a").click()
    page.go_back()
    expect(item.get_by_role("button", name="Saved")).to_be_visible()
    page.wait_for_timeout(300)
    assert asked.count(day) == 3, "nothing was done since: what the browser kept is shown"
    item.get_by_role("button", name="Saved").click()
    expect(item.get_by_role("button", name="Save", exact=True)).to_be_visible()


def test_what_was_written_is_still_there_when_it_was_refused(visit: Visit) -> None:
    page = visit.to("/taste")
    written, told = page.get_by_label("In a sentence"), "I work on tides. " * 200
    written.fill(told)
    page.get_by_role("button", name="Tell it").click()
    expect(page.get_by_role("heading", name="Not done")).to_be_visible()
    page.go_back()
    page.wait_for_timeout(300)
    expect(written).to_have_value(told)
    page.get_by_role("button", name="Tell it").click()
    page.get_by_role("link", name="Back to where you were").click()
    page.wait_for_url("**/taste")
    page.wait_for_timeout(300)
    expect(written).to_have_value(told)
    visit.troubles = [one for one in visit.troubles if "400 (Bad Request)" not in one]


def test_keys_that_are_off_do_nothing(visit: Visit) -> None:
    page = visit.to("/editions/2026-08-18")
    page.keyboard.press("?")
    page.get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Close").click()
    page.locator("[data-work] h3 a").first.focus()
    page.keyboard.press("v")
    page.wait_for_timeout(200)
    assert page.locator("#said p").count() == 0


def test_acting_works_without_javascript(browser: Browser, paper: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{paper.url}/editions/2026-08-18")
    item = page.locator("[data-work]").nth(1)
    item.get_by_role("button", name="Save").click()
    expect(page.locator("#said")).to_contain_text("Saved.")
    assert page.url.split("#")[0].endswith("/editions/2026-08-18")
    expect(item.get_by_role("button", name="Saved")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("No longer saved.")
    context.close()


def test_what_is_out_of_the_way_keeps_its_title_and_the_way_back_among_hits_too(
    visit: Visit,
) -> None:
    for path in ("/editions/2026-08-18", "/search?q=galaxies"):
        page = visit.to(path)
        item = page.locator("[data-work]").first
        for name in ("Not interested", "Hide"):
            item.get_by_role("button", name=name).click()
            expect(item.get_by_role("button", name="Undo")).to_be_visible()
            page.reload()
            expect(item.locator("h3")).to_be_visible()
            expect(item.locator(".opening")).not_to_be_visible()
            item.get_by_role("button", name="Undo").click()
            expect(item.get_by_role("button", name="Vote")).to_be_visible()
