"""The daily announcement: each set's own lines, day and fingerprint, by RSS and by Atom."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest
from benchmarks.upstream import (
    Broken,
    BrokenRecord,
    Missing,
    Stale,
    Upstream,
    archive_of,
    starter_papers,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.sources import (
    Arrived,
    ArxivFeed,
    Client,
    FetchError,
    Page,
    Rejected,
    RemoteSettings,
    Unread,
    Want,
    fingerprint,
)
from broadsheet.sources.fetching import Answer
from tests.sources.conftest import Ask

Form = Literal["rss", "atom"]
FORMS: tuple[Form, ...] = ("rss", "atom")


def source(upstream: Upstream, form: Form) -> ArxivFeed:
    return ArxivFeed(upstream.settings(), form, interval=0.0)


def read(upstream: Upstream, client: Client, form: Form, *sets: str) -> list[Page]:
    return list(source(upstream, form).pages(client, Want(sets), ""))


@pytest.mark.parametrize("form", FORMS)
def test_every_day_of_a_set_is_told_as_it_was_announced(
    upstream: Upstream, ask: Ask, form: Form
) -> None:
    told: dict[str, dict[str, str]] = {}
    for day in upstream.archive.days:
        upstream.today = day
        (page,) = read(upstream, ask(), form, "cs.LG")
        told[day] = {one.id: one.kind for one in page.announced}
        (listing,) = page.listings
        assert (listing.set, listing.day, listing.total) == ("cs.LG", day, len(told[day]))
        assert listing.fingerprint == fingerprint(told[day])
        assert {one.day for one in page.announced} <= {day}
    truth = upstream.truth("cs.LG")
    for lines in truth.values():
        for identity in [name for name, kind in lines.items() if kind == "deleted"]:
            del lines[identity]
    assert told == {day: truth.get(day, {}) for day in upstream.archive.days}


@pytest.mark.parametrize("form", FORMS)
def test_papers_bear_what_the_feed_says_of_them(upstream: Upstream, ask: Ask, form: Form) -> None:
    (page,) = read(upstream, ask(), form, "cs.LG")
    said = {
        f"{one.paper.id}v{one.paper.version}": one
        for one in upstream.archive.by_day[upstream.today]
    }
    assert len(page.items) > 5
    for item in page.items:
        assert isinstance(item, Arrived)
        paper, announcement = item.paper, said[item.paper.id]
        was = announcement.paper
        assert (paper.source, paper.version) == ("arxiv", f"v{was.version}")
        assert (paper.title, paper.abstract) == (was.title, was.abstract.strip())
        assert paper.categories == was.categories
        assert paper.extra["license"] == was.license
        assert len(paper.authors) == len(was.authors)
        new = announcement.kind == "new"
        assert paper.announced == (upstream.today if new else "")
        assert paper.updated == ("" if new else upstream.today)


def test_both_forms_tell_the_same(upstream: Upstream, ask: Ask) -> None:
    (rss,), (atom,) = (read(upstream, ask(), form, "cs.CL") for form in FORMS)
    assert rss.announced == atom.announced
    assert [one.fingerprint for one in rss.listings] == [one.fingerprint for one in atom.listings]


@pytest.mark.parametrize("form", FORMS)
def test_sets_joined_are_one_request_and_each_gets_its_listing(
    upstream: Upstream, ask: Ask, form: Form
) -> None:
    (joined,) = read(upstream, ask(), form, "cs.CL+stat.ML")
    assert upstream.requests[0].path.endswith("/cs.CL+stat.ML")
    apart = read(upstream, ask(), form, "cs.CL", "stat.ML")
    ids = {
        part: {one.id for one in joined.announced if one.set == part}
        for part in ("cs.CL", "stat.ML")
    }
    assert ids == {page.listings[0].set: {one.id for one in page.announced} for page in apart}


def test_a_stale_batch_has_the_fingerprint_of_the_day_before(upstream: Upstream, ask: Ask) -> None:
    first, second = upstream.archive.days[3:5]
    upstream.today = first
    (fresh,) = read(upstream, ask(), "rss", "cs.LG")
    upstream.today = second
    upstream.fail(Stale(day=second, interface="rss"))
    (stale,) = read(upstream, ask(), "rss", "cs.LG")
    assert (stale.listings[0].day, fresh.listings[0].day) == (second, first)
    assert stale.listings[0].fingerprint == fresh.listings[0].fingerprint
    upstream.heal()
    (healed,) = read(upstream, ask(), "rss", "cs.LG")
    assert healed.listings[0].fingerprint != fresh.listings[0].fingerprint


def test_a_holiday_has_a_listing_without_lines(upstream: Upstream, ask: Ask) -> None:
    upstream.today = "2026-04-03"
    (page,) = read(upstream, ask(), "rss", "cs.LG")
    assert (page.items, page.announced) == ((), ())
    assert (page.listings[0].day, page.listings[0].total) == ("2026-04-03", 0)


def test_the_day_is_that_of_new_york(upstream: Upstream, ask: Ask) -> None:
    """Midnight there is the same day's morning in UTC, and the evening before in no zone west."""
    upstream.today = "2026-03-06"  # before the clocks change; 03-09 is after
    days = [read(upstream, ask(), form, "cs.LG")[0].listings[0].day for form in FORMS]
    upstream.today = "2026-03-09"
    days += [read(upstream, ask(), form, "cs.LG")[0].listings[0].day for form in FORMS]
    assert days == ["2026-03-06", "2026-03-06", "2026-03-09", "2026-03-09"]


def test_an_unchanged_feed_gives_the_same_page(upstream: Upstream, ask: Ask) -> None:
    first = read(upstream, ask(), "rss", "cs.LG")
    assert read(upstream, ask(), "rss", "cs.LG") == first
    assert [one.status for one in upstream.requests] == [200, 304]


def test_a_broken_feed_is_not_remembered(upstream: Upstream, ask: Ask) -> None:
    upstream.fail(Broken(times=3))
    with pytest.raises(FetchError, match="not whole XML"):
        read(upstream, ask(), "rss", "cs.LG")
    (page,) = read(upstream, ask(), "rss", "cs.LG")
    assert page.announced and [one.status for one in upstream.requests] == [200] * 4


@pytest.mark.parametrize("form", FORMS)
def test_a_broken_item_is_rejected_and_the_rest_taken(
    upstream: Upstream, ask: Ask, form: Form
) -> None:
    (whole,) = read(upstream, ask(), form, "cs.LG")
    upstream.today = upstream.archive.days[-2]
    upstream.fail(BrokenRecord(place=1, times=-1))
    (page,) = read(upstream, ask(), form, "cs.LG")
    assert sum(isinstance(item, Rejected) for item in page.items) == 1
    (broken,) = [item for item in page.items if isinstance(item, Unread)]
    ids = [item.id if isinstance(item, Unread) else item.paper.id for item in page.items]  # type: ignore[union-attr]
    # What it announces is known all the same: it is awaited.
    assert [line.id for line in page.announced] == ids
    assert broken.id in ids and page.listings[0].total == len(ids) > 1
    upstream.heal()
    (good,) = read(upstream, ask(), form, "cs.LG")
    assert (page.announced, page.listings) == (good.announced, good.listings)
    assert whole.announced


def test_what_the_feed_leaves_out_is_not_told(upstream: Upstream, ask: Ask) -> None:
    (whole,) = read(upstream, ask(), "rss", "cs.LG")
    gone = whole.announced[0].id.partition("v")[0]
    upstream.fail(Missing(ids=frozenset((gone,)), interface="rss"))
    (page,) = read(upstream, ask(), "rss", "cs.LG")
    assert len(page.announced) == len(whole.announced) - 1
    assert read(upstream, ask(), "atom", "cs.LG")[0].announced == whole.announced


def test_going_on_after_a_stored_page_asks_for_the_rest_only(upstream: Upstream, ask: Ask) -> None:
    want = Want(("cs.AI", "cs.CL", "cs.LG"))
    first = next(source(upstream, "rss").pages(ask(), want, ""))
    rest = list(source(upstream, "rss").pages(ask(), want, first.cursor))
    assert [page.listings[0].set for page in (first, *rest)] == ["cs.AI", "cs.CL", "cs.LG"]
    assert rest[-1].cursor == ""


@pytest.mark.parametrize("form", FORMS)
def test_another_page_than_a_feed_is_said(upstream: Upstream, ask: Ask, form: Form) -> None:
    elsewhere = RemoteSettings({f"arxiv-{form}": f"http://{upstream.origin}/oai"})
    with pytest.raises(FetchError, match="no announcement with a date"):
        list(ArxivFeed(elsewhere, form, interval=0.0).pages(ask(), Want(("cs.LG",)), ""))


class _Once:
    """Answers one body, whatever is asked: for bodies no server would make."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def get(self, url: str, *args: object, **more: object) -> Answer:
        return Answer(200, {}, self.body, False, url)

    def forget(self, *args: object) -> None:
        pass


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_feed_changed_at_random_is_read_or_refused(
    upstream: Upstream, data: st.DataObject
) -> None:
    form = data.draw(st.sampled_from(FORMS))
    upstream.today = "2026-03-03"
    body = upstream.reply(f"/{form}/stat.ML", {}, {}).body
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        stop = data.draw(st.integers(start, min(len(body), start + 60)))
        body = body[:start] + data.draw(st.binary(max_size=12)) + body[stop:]
    try:
        (page,) = source(upstream, form).pages(_Once(body), Want(("stat.ML",)), "")  # type: ignore[arg-type]
    except FetchError as error:
        assert "\n" not in str(error)
    else:
        assert len(page.listings) == 1


def test_a_feed_that_may_be_cut_off_does_not_say_how_many_there_were(ask: Ask) -> None:
    archive = archive_of(starter_papers() * 5, date(2026, 3, 2), days=1, categories=("cs.LG",))
    with Upstream(archive) as upstream:
        client = ask(private=upstream.private)
        (page,) = read(upstream, client, "rss", "cs.LG")
    assert (len(page.items), page.listings[0].total) == (2000, None)


def test_a_feed_of_an_unknown_set_says_so(upstream: Upstream) -> None:
    """arXiv answers with a feed, dated and empty like that of a quiet day."""
    body = b"""<rss version="2.0"><channel><title>Feed error for query: cs.XX</title>
    <description>Bad subject class 'XX'.</description>
    <pubDate>Fri, 27 Mar 2026 00:00:00 -0400</pubDate></channel></rss>"""
    with pytest.raises(FetchError, match="Bad subject class 'XX'"):
        list(source(upstream, "rss").pages(_Once(body), Want(("cs.XX",)), ""))  # type: ignore[arg-type]
