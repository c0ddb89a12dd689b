"""A harvest by OAI-PMH is complete whatever happens on the way, and doubles nothing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.upstream import (
    Broken,
    BrokenRecord,
    Cut,
    ExpireTokens,
    Missing,
    Refuse,
    Truncated,
    Upstream,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.papers import Paper
from broadsheet.sources import (
    Arrived,
    ArxivOai,
    FetchError,
    Page,
    Rejected,
    Unread,
    Want,
    fingerprint,
)
from broadsheet.sources.arxiv_oai_records import harvested
from broadsheet.sources.arxiv_records import UnknownSetError, oai_set, set_name
from broadsheet.sources.fetching import XmlError, parse_xml
from broadsheet.sources.fetching.xml import parse_records
from tests.sources.conftest import Ask
from tests.sources.hosts import Reply, client_for, serving, settings_for

ROOT = Path(__file__).resolve().parents[2]
ONE = ("cs.LG",)


def source(upstream: Upstream, **how: object) -> ArxivOai:
    return ArxivOai(upstream.settings(), interval=0.0, **how)  # type: ignore[arg-type]


def papers(pages: list[Page]) -> list[Paper]:
    return [item.paper for page in pages for item in page.items if isinstance(item, Arrived)]


def rejected(pages: list[Page]) -> list[Rejected]:
    return [item for page in pages for item in page.items if isinstance(item, Rejected)]


@pytest.mark.parametrize("prefix", ["arXiv", "arXivRaw", "oai_dc"])
def test_all_of_a_set_arrives_once_with_what_its_record_says(
    upstream: Upstream, ask: Ask, prefix: str
) -> None:
    pages = list(source(upstream, prefix=prefix).pages(ask(), Want(ONE), ""))
    came = {paper.id: paper for paper in papers(pages)}
    stands = upstream.standing("cs.LG")
    assert len(papers(pages)) == len(came) and came.keys() == stands.keys()
    assert rejected(pages) == [] and len(pages) > 2 and pages[-1].cursor == ""
    for identity, said in stands.items():
        paper = came[identity]
        assert (paper.source, paper.title) == ("arxiv", " ".join(said.title.split()))
        assert paper.abstract == said.abstract.strip()
        assert [one.name for one in paper.authors] == [
            f"{given} {family}".strip() for given, family, _ in said.authors
        ]
        assert paper.published == f"{said.submitted:%Y-%m-%d}"
        assert paper.extra.get("comments", "") == said.comment
        assert paper.updated == (f"{said.revised:%Y-%m-%d}" if said.version > 1 else "")
        if prefix != "oai_dc":
            assert paper.categories == said.categories
            assert paper.extra["license"] == said.license
        if prefix == "arXiv":
            assert [one.affiliation for one in paper.authors] == [a for _, _, a in said.authors]
        if prefix == "arXivRaw":
            assert paper.version == f"v{said.version}"


def test_deleted_records_are_named(upstream: Upstream, ask: Ask) -> None:
    pages = list(source(upstream).pages(ask(), Want(("cs", "stat.ML")), ""))
    gone = {one.paper.id for one in upstream.archive.announcements if one.kind == "deleted"}
    assert gone and {identity for page in pages for identity in page.deleted} == gone
    told = {one.id for page in pages for one in page.announced if one.kind == "deleted"}
    assert told == gone and not gone & {paper.id for paper in papers(pages)}


def test_the_archives_own_mark_of_withdrawal_is_kept(upstream: Upstream, ask: Ask) -> None:
    pages = list(source(upstream, prefix="arXivRaw").pages(ask(), Want(("cs", "stat.ML")), ""))
    marked = {paper.id for paper in papers(pages) if paper.withdrawn}
    stands = {**upstream.standing("cs"), **upstream.standing("stat.ML")}
    assert marked and marked == {name for name, one in stands.items() if "withdrawn" in one.comment}


def test_each_day_has_its_listing_and_its_day_of_announcement(upstream: Upstream, ask: Ask) -> None:
    pages = list(source(upstream).pages(ask(), Want(ONE), ""))
    by_day: dict[str, set[str]] = {}
    for page in pages:
        for one in page.announced:
            if one.kind == "listed":
                by_day.setdefault(one.day, set()).add(one.id)
    listings = [one for page in pages for one in page.listings]
    assert {one.day: (one.total, one.fingerprint) for one in listings} == {
        day: (len(ids), fingerprint(ids)) for day, ids in by_day.items()
    }
    first = {one.paper.id: one.day for one in upstream.archive.announcements if one.kind == "new"}
    for paper in papers(pages):
        assert paper.announced == ("" if paper.updated else first[paper.id])


def test_only_what_changed_since_a_day_is_asked_for_with_a_day_more(
    upstream: Upstream, ask: Ask
) -> None:
    pages = list(source(upstream).pages(ask(), Want(ONE, since="2026-03-20"), ""))
    assert {one.day for page in pages for one in page.announced} == {
        one.day
        for one in upstream.archive.standing(upstream.today).values()
        if one.day >= "2026-03-19" and "cs.LG" in one.paper.categories
    }
    assert upstream.requests[0].query["from"] == "2026-03-19"


def test_a_quiet_set_is_no_error(upstream: Upstream, ask: Ask) -> None:
    (page,) = source(upstream).pages(ask(), Want(("hep-th",)), "")
    assert page == Page((), cursor="")


@pytest.mark.parametrize("kept", [0, 2])
def test_going_on_from_any_stored_page_loses_and_doubles_nothing(
    upstream: Upstream, ask: Ask, kept: int
) -> None:
    upstream.page = 20
    want = Want(("cs.CL", "hep-th", "cs.LG"))
    whole = [paper.id for paper in papers(list(source(upstream).pages(ask(), want, "")))]
    cursor, came = "", []
    for _ in range(100):
        pages = source(upstream).pages(ask(), want, cursor)
        some = [page for page, _ in zip(pages, range(kept + 1), strict=False)]
        came += [paper.id for paper in papers(some)]
        cursor = some[-1].cursor
        if not cursor:
            break
    assert came == whole


def test_killed_again_and_again_it_still_gets_everything_once(
    upstream: Upstream, tmp_path: Path
) -> None:
    upstream.page = 4
    file = tmp_path / "pages.jsonl"
    command = [sys.executable, "-m", "tests.sources.asking", str(tmp_path / "fetching")]
    command += [upstream.origin, "harvest", str(file)]
    chance = random.Random(3)
    for patience in (*(chance.uniform(0.02, 0.2) for _ in range(2)), 60.0):
        asking = subprocess.Popen(command, cwd=ROOT)
        began = len(upstream.requests)
        while len(upstream.requests) == began and asking.poll() is None:
            pass
        try:
            assert asking.wait(patience) == 0
        except subprocess.TimeoutExpired:
            asking.kill()
            asking.wait()
    pages = [json.loads(line) for line in file.read_text().splitlines()]
    assert pages[-1]["cursor"] == ""
    came = [identity for page in pages for identity in page["ids"]]
    stands = [*upstream.standing("cs.CL"), *upstream.standing("cs.LG")]
    assert sorted(came) == sorted(stands)


def test_an_expired_token_begins_again_at_the_last_datestamp(upstream: Upstream, ask: Ask) -> None:
    upstream.page = 20
    pages = source(upstream).pages(ask(), Want(ONE), "")
    got = [next(pages), next(pages)]
    last = got[-1].announced[-1].day
    upstream.fail(ExpireTokens())
    got += pages
    restarted = [one for one in upstream.requests if one.query.get("from")]
    assert [one.query["from"] for one in restarted] == [last]
    assert {paper.id for paper in papers(got)} == upstream.standing("cs.LG").keys()


def test_tokens_that_always_expire_are_an_error_in_the_end(upstream: Upstream, ask: Ask) -> None:
    upstream.page = 20
    upstream.fail(ExpireTokens(times=-1))
    with pytest.raises(FetchError, match="expire at once") as error:
        list(source(upstream).pages(ask(), Want(ONE), ""))
    assert error.value.transient


@pytest.mark.parametrize(
    "fault",
    [Refuse(503, times=2), Refuse(429, 0, times=2), Broken(times=2), Truncated(times=2), Cut()],
    ids=["503", "429", "broken", "truncated", "cut"],
)
def test_a_fault_that_passes_costs_nothing(upstream: Upstream, ask: Ask, fault: Refuse) -> None:
    pages = source(upstream).pages(ask(), Want(ONE), "")
    got = [next(pages)]
    fault.times = 2
    upstream.fail(fault)
    got += pages
    assert [paper.id for paper in papers(got)] == list(upstream.standing("cs.LG"))
    assert rejected(got) == []


def test_a_fault_that_stays_leaves_a_good_cursor(upstream: Upstream, ask: Ask) -> None:
    got = []
    upstream.page = 30
    pages = source(upstream).pages(ask(), Want(ONE), "")
    got.append(next(pages))
    upstream.fail(Broken(times=-1))
    with pytest.raises(FetchError, match="not whole XML") as error:
        next(pages)
    assert error.value.transient and "\n" not in str(error.value)
    upstream.heal()
    got += source(upstream).pages(ask(), Want(ONE), got[-1].cursor)
    assert [paper.id for paper in papers(got)] == list(upstream.standing("cs.LG"))


def test_a_record_that_stays_broken_is_rejected_and_the_rest_taken(
    upstream: Upstream, ask: Ask
) -> None:
    upstream.fail(BrokenRecord(place=3, times=3))
    pages = list(source(upstream).pages(ask(), Want(ONE), ""))
    (bad,) = rejected(pages)
    stands = list(upstream.standing("cs.LG"))
    assert [paper.id for paper in papers(pages)] == [*stands[:3], *stands[4:]]
    assert stands[3].encode() in bad.raw
    # What it announces is known all the same: it is awaited, and counted in its day's listing.
    upstream.heal()
    whole = list(source(upstream).pages(ask(), Want(ONE), ""))
    assert isinstance(bad, Unread) and bad.id == stands[3]
    for said, wanted in zip(pages, whole, strict=True):
        assert said.announced == wanted.announced
        assert [(one.day, one.fingerprint, one.total) for one in said.listings] == [
            (one.day, one.fingerprint, one.total) for one in wanted.listings
        ]


RECORDS = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>2026-03-05T00:00:00Z</responseDate>{}</OAI-PMH>"""


def answering(folder: Path, body: str) -> list[Page]:
    """The pages of a harvest of a host that answers so."""
    with serving(lambda asked: Reply(body.encode())) as host:
        remote = ArxivOai(settings_for("arxiv", host), interval=0.0)
        return list(remote.pages(client_for(folder, host), Want(ONE), ""))


@pytest.mark.parametrize("body", ["", "<ListRecords/>", "<ListRecords>\n</ListRecords>"])
def test_an_answer_with_neither_records_nor_error_is_no_quiet_day(
    tmp_path: Path, body: str
) -> None:
    with pytest.raises(FetchError, match="neither records nor an error") as error:
        answering(tmp_path, RECORDS.format(body))
    assert error.value.transient


def test_a_page_whose_records_are_all_broken_is_no_quiet_day(tmp_path: Path) -> None:
    record = (
        "<record><header{}><identifier>oai:arXiv.org:2603.0000{}</identifier>"
        "<datestamp>2026-03-04</datestamp></header><metadata><a>x & y</metadata>{}"
    )
    records = [
        record.format("", 1, "</record>"),
        record.format(' status="deleted"', 2, "</record>"),
        record.format("", 3, ""),  # never closed: the next one's is in it
        record.format("", 4, "</record>"),
        "<record><header><identifier>< & ></identifier></header></record>",
    ]
    (page,) = answering(tmp_path, RECORDS.format(f"<ListRecords>{''.join(records)}</ListRecords>"))
    assert [(one.id, one.kind) for one in page.announced] == [
        ("2603.00001", "listed"),
        ("2603.00002", "deleted"),
        ("2603.00003", "listed"),
        ("2603.00004", "listed"),
    ]
    ids = [item.id for item in page.items if isinstance(item, Unread)]
    assert ids == ["2603.00001", "2603.00003", "2603.00004", ""]
    assert page.deleted == ("2603.00002",)


def test_what_one_interface_leaves_out_is_not_there(upstream: Upstream, ask: Ask) -> None:
    some = frozenset(list(upstream.standing("cs.LG"))[:5])
    upstream.fail(Missing(ids=some, interface="oai"))
    came = {paper.id for paper in papers(list(source(upstream).pages(ask(), Want(ONE), "")))}
    assert came == upstream.standing("cs.LG").keys() - some


def test_errors_of_the_protocol_are_said(upstream: Upstream, ask: Ask) -> None:
    with pytest.raises(FetchError, match="cannotDisseminateFormat") as error:
        list(source(upstream, prefix="marc").pages(ask(), Want(ONE), ""))
    assert not error.value.transient
    for want in (Want(("no set",)), Want(ONE, since="yesterday")):
        with pytest.raises(FetchError):
            list(source(upstream).pages(ask(), want, ""))


def test_another_page_than_oai_is_said(upstream: Upstream, ask: Ask) -> None:
    elsewhere = type(upstream.settings())({"arxiv": f"http://{upstream.origin}/rss/cs.CL"})
    with pytest.raises(FetchError, match=r"answers with <rss>"):
        list(ArxivOai(elsewhere, interval=0.0).pages(ask(), Want(ONE), ""))


@pytest.mark.parametrize("cursor", ["x", "{}", "[]", "3", '{"set": "hep-th", "since": ""}'])
def test_a_cursor_of_another_want_begins_anew(upstream: Upstream, ask: Ask, cursor: str) -> None:
    pages = list(source(upstream).pages(ask(), Want(ONE), cursor))
    assert [paper.id for paper in papers(pages)] == list(upstream.standing("cs.LG"))


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("cs", "cs"),
        ("cs.AI", "cs:cs:AI"),
        ("hep-th", "physics:hep-th"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("physics", "physics"),
        ("physics.optics", "physics:physics:optics"),
        ("q-bio.NC", "q-bio:q-bio:NC"),
        ("stat.ML", "stat:stat:ML"),
        ("cond-mat.str-el", "physics:cond-mat:str-el"),
    ],
)
def test_sets_have_two_spellings(name: str, spec: str) -> None:
    assert oai_set(name) == spec
    assert set_name(spec) == set_name(name) == name


@pytest.mark.parametrize("name", ["", "cs AI", "../x", "cs.AI&verb=x", "CS.ai", "cs.AI.x"])
def test_what_is_no_set_is_refused(name: str) -> None:
    with pytest.raises(UnknownSetError):
        set_name(name)


RECORD = """<r xmlns="http://www.openarchives.org/OAI/2.0/"><record><header>
<identifier>oai:arXiv.org:{id}</identifier><datestamp>{day}</datestamp></header><metadata>
<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{id}</id><created>{created}</created>
<updated>{updated}</updated><title>T</title></arXiv></metadata></record></r>"""


@pytest.mark.parametrize(
    ("identity", "created", "updated", "day", "days"),
    [
        # (published, updated, announced)
        ("2603.00001", "2026-03-02", "", "2026-03-04", ("2026-03-02", "", "2026-03-04")),
        ("2604.00001", "2026-03-31", "", "2026-04-02", ("2026-03-31", "", "2026-04-02")),
        ("2603.00001", "2026-03-02", "2026-03-05", "2026-03-06", ("2026-03-02", "2026-03-05", "")),
        ("2603.00001", "2026-03-02", "", "2026-06-04", ("2026-03-02", "", "")),
        # "created" is that of the last version
        ("2403.00001", "2026-03-02", "", "2026-03-04", ("2024-03", "2026-03-02", "")),
        ("2403.00001", "2026-03-02", "2026-03-03", "2026-03-04", ("2024-03", "2026-03-03", "")),
        ("2602.00001", "2026-03-02", "", "2026-03-04", ("2026-03-02", "", "")),
        ("hep-th/9811001", "2026-03-02", "", "2026-03-04", ("1998-11", "2026-03-02", "")),
        ("odd", "2026-03-02", "", "2026-03-04", ("2026-03-02", "", "")),
    ],
)
def test_days_are_believed_as_far_as_the_id_allows(
    identity: str, created: str, updated: str, day: str, days: tuple[str, str, str]
) -> None:
    text = RECORD.format(id=identity, created=created, updated=updated, day=day)
    record = harvested(parse_xml(text.encode())[0], 1)
    assert isinstance(record.item, Arrived)
    paper = record.item.paper
    assert (paper.published, paper.updated, paper.announced) == days


@pytest.mark.parametrize(
    "created", ["026-02-27", "2026-W09-5", "2026/03/02", "20260302", "yester-day"]
)
def test_a_day_that_is_none_costs_no_more_than_its_record(created: str) -> None:
    text = RECORD.format(id="2603.00001", created=created, updated="", day="2026-03-04")
    record = harvested(parse_xml(text.encode())[0], 1)
    assert record.item is not None
    if isinstance(record.item, Arrived):
        assert record.item.paper.announced == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("2026-03-04", "today"), "has no header"),
        (("oai:arXiv.org:2603.00001", " "), "has no header"),
        (("<title>T</title>", ""), "has neither title nor abstract"),
        (("<header>", "<other>"), "has no header"),
        (("<metadata>", "<other>"), "has no metadata"),
    ],
)
def test_a_record_without_what_it_needs_is_rejected(change: tuple[str, str], reason: str) -> None:
    text = RECORD.format(id="2603.00001", created="2026-03-02", updated="", day="2026-03-04")
    text = text.replace(*change)
    if change[1] == "<other>":
        text = text.replace(change[0].replace("<", "</"), "</other>")
    record = harvested(parse_xml(text.encode())[0], 1)
    assert isinstance(record.item, Rejected) and reason in record.item.reason
    assert b"record" in record.item.raw


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_page_changed_at_random_is_read_or_refused(
    upstream: Upstream, data: st.DataObject
) -> None:
    query = {"verb": "ListRecords", "metadataPrefix": "arXiv", "set": "cs:cs:CL"}
    query["metadataPrefix"] = data.draw(st.sampled_from(("arXiv", "arXivRaw", "oai_dc")))
    upstream.page = 3
    body = upstream.reply("/oai", query, {}).body
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        stop = data.draw(st.integers(start, min(len(body), start + 60)))
        body = body[:start] + data.draw(st.binary(max_size=12)) + body[stop:]
    try:
        root, _ = parse_records(body, "record")
    except XmlError:
        return
    for place, element in enumerate(root.iter("{http://www.openarchives.org/OAI/2.0/}record")):
        record = harvested(element, place)
        assert record.deleted or record.item is not None
