"""The unmodified sickle harvests a paper, and another Broadsheet keeps a copy of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import etree
from sickle import Sickle
from sickle.oaiexceptions import BadArgument, IdDoesNotExist, NoRecordsMatch

from broadsheet.catalog import Catalog, Work, ingest
from broadsheet.settings import Settings
from broadsheet.sources import ArxivOai, Client, RemoteSettings, Want, read, starter
from broadsheet.web.compat import oai
from tests.web.compat.papers import odd
from tests.web.papers import arrivals
from tests.web.serving import Reply, Server, file_papers

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
AX = "{http://arxiv.org/OAI/arXiv/}"
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CHILDREN = {"Identify": 8, "ListMetadataFormats": 2}


def take_in(settings: Settings, rows: list[dict[str, object]], source: str = "listings") -> int:
    """Imports records; returns the number of the import."""
    path = settings.home / f"{source}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with closing(Catalog.open(settings)) as catalog:
        items = read(path, format="jsonl", source=source, date_is="published")
        rejected = settings.rejected_path
        done = ingest(catalog, items, path=Path(source), source=source, rejected_dir=rejected)
        return done.import_id


def standing(settings: Settings) -> dict[int, Work]:
    with closing(Catalog.open(settings)) as catalog:
        found = catalog.changes(0, 100_000)
        return {change.work_id: change.work for change in found if change.work}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Listed papers, odd ones and the starter edition, in pages of fifty."""
    settings = Settings(home=tmp_path_factory.mktemp("provider"))
    with closing(Catalog.open(settings)) as catalog:
        for items, source in ((arrivals(), "listings"), (odd(), "odd"), (starter(), "starter")):
            ingest(
                catalog,
                list(items),
                path=Path(source),
                source=source,
                rejected_dir=settings.rejected_path,
            )
        file_papers(settings, catalog, None)
    with pytest.MonkeyPatch.context() as patch, Server(settings) as server:
        patch.setattr(oai, "_PAGE", 50)
        yield server


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A home that changes, in pages of seven."""
    monkeypatch.setattr(oai, "_PAGE", 7)
    settings = Settings(home=tmp_path / "giver")
    take_in(settings, [paper(number) for number in range(1, 31)])
    with Server(settings) as server:
        yield server


def paper(number: int, **more: object) -> dict[str, object]:
    return {
        "id": f"2605.{number:05}",
        "title": f"Paper {number} & its <title>",
        "abstract": f"Abstract {number}.",
        "authors": ["Ada van der Berg", "Robert Jones Jr.", "The ATLAS Collaboration"],
        "categories": ["cs.CL" if number % 3 else "cs.LG", *(["stat.ML"] if number % 5 else [])],
        "published": "2026-05-02",
        **more,
    }


def ask(server: Server, **given: str) -> Reply:
    return server.get(f"/oai?{urlencode(given)}")


def code(reply: Reply) -> str:
    root = etree.fromstring(reply.body)
    found = root.find(f"{OAI}error")
    return "" if found is None else found.get("code")


def harvest(server: Server, prefix: str = "arXiv", **how: str) -> list[tuple[str, bool]]:
    """(identifier, deleted) of a whole list."""
    records = Sickle(f"{server.url}/oai").ListRecords(metadataPrefix=prefix, **how)
    return [(one.header.identifier, one.deleted) for one in records]


def test_the_repository_says_what_it_is(library: Server) -> None:
    told = Sickle(f"{library.url}/oai").Identify()
    assert told.repositoryName == library.settings.name
    assert told.baseURL == f"{library.url}/oai"
    assert (told.protocolVersion, told.deletedRecord) == ("2.0", "persistent")
    assert told.granularity == "YYYY-MM-DDThh:mm:ssZ" and UTC.fullmatch(told.earliestDatestamp)
    root = etree.fromstring(ask(library, verb="Identify").body)
    assert [child.tag for child in root] == [
        f"{OAI}{name}" for name in ("responseDate", "request", "Identify")
    ]
    assert UTC.fullmatch(root.findtext(f"{OAI}responseDate"))
    names = [child.tag.removeprefix(OAI) for child in root[2]]
    assert names == [
        *("repositoryName", "baseURL", "protocolVersion", "adminEmail", "earliestDatestamp"),
        *("deletedRecord", "granularity", "compression"),
    ]


def test_formats_are_told_of_all_and_of_one(library: Server) -> None:
    sickle = Sickle(f"{library.url}/oai")
    assert [one.metadataPrefix for one in sickle.ListMetadataFormats()] == ["oai_dc", "arXiv"]
    known = next(iter(sickle.ListIdentifiers(metadataPrefix="oai_dc"))).identifier
    assert len(list(sickle.ListMetadataFormats(identifier=known))) == 2
    with pytest.raises(IdDoesNotExist):
        sickle.ListMetadataFormats(identifier="oai:arXiv.org:2399.99999")


@pytest.mark.parametrize("prefix", ["oai_dc", "arXiv"])
def test_all_of_a_home_is_harvested_once(library: Server, prefix: str) -> None:
    works = standing(library.settings)
    found = harvest(library, prefix)
    assert len(found) == len(works) == len({identifier for identifier, _ in found}) > 500
    assert not any(deleted for _, deleted in found)
    headers = Sickle(f"{library.url}/oai").ListIdentifiers(metadataPrefix=prefix)
    assert [one.identifier for one in headers] == [identifier for identifier, _ in found]


def test_records_say_what_the_catalog_says(library: Server) -> None:
    works = list(standing(library.settings).values())
    dublin = Sickle(f"{library.url}/oai").ListRecords(metadataPrefix="oai_dc")
    own = Sickle(f"{library.url}/oai").ListRecords(metadataPrefix="arXiv")
    for work, plain, full in zip(works, dublin, own, strict=True):
        paper, body = work.paper, full.xml.find(f"{OAI}metadata/{AX}arXiv")
        said = plain.metadata
        assert said.get("title", [""]) == [paper.title or ""]
        assert (body.findtext(f"{AX}title") or "") == paper.title
        assert (body.findtext(f"{AX}abstract") or "") == paper.abstract
        assert said.get("description", [""])[0] == paper.abstract
        people = [
            " ".join(
                part
                for part in (
                    one.findtext(f"{AX}{name}") for name in ("forenames", "keyname", "suffix")
                )
                if part
            )
            for one in body.iter(f"{AX}author")
        ]
        assert people == [" ".join(one.name.split()) for one in paper.authors]
        assert len(said.get("creator", [])) == len(paper.authors)
        assert said.get("subject", []) == list(paper.categories)
        if all(len(name.split()) == 1 for name in paper.categories):
            assert (body.findtext(f"{AX}categories") or "").split() == list(paper.categories)


def test_a_record_is_had_by_its_identifier(library: Server) -> None:
    sickle = Sickle(f"{library.url}/oai")
    for identifier, title in (
        ("oai:arXiv.org:math/0309136", "Knots"),
        ("oai:broadsheet:doi:10.5555/3454287.3454581", "Known by its DOI alone"),
        ("oai:broadsheet:acl:P19-1001", "Known by its Anthology id"),
    ):
        found = sickle.GetRecord(identifier=identifier, metadataPrefix="oai_dc")
        assert found.header.identifier == identifier and not found.deleted
        assert found.metadata["title"][0].startswith(title)
    for header in sickle.ListIdentifiers(metadataPrefix="arXiv", set="source:odd"):
        again = sickle.GetRecord(identifier=header.identifier, metadataPrefix="arXiv")
        assert again.header.identifier == header.identifier
        assert again.header.datestamp == header.datestamp


def test_sets_part_the_home(library: Server) -> None:
    sickle = Sickle(f"{library.url}/oai")
    works = list(standing(library.settings).values())
    sets = {one.setSpec: one.setName for one in sickle.ListSets()}
    assert {"cs", "cs:cs", "cs:cs:CL", "physics", "physics:astro-ph", "source:odd"} <= sets.keys()
    for spec in sets:
        found = harvest(library, "oai_dc", set=spec)
        kind, _, rest = spec.partition(":")
        if kind == "source":
            assert len(found) == sum(rest in work.sources for work in works)
        assert found
    for spec, name in (
        ("cs", "cs"),
        ("cs:cs", "cs"),
        ("cs:cs:CL", "cs.CL"),
        ("physics:astro-ph:GA", "astro-ph.GA"),
    ):
        wanted = sum(
            any(one == name or one.startswith(f"{name}.") for one in work.paper.categories)
            for work in works
        )
        assert len(harvest(library, "arXiv", set=spec)) == wanted > 0
    with pytest.raises(NoRecordsMatch):
        harvest(library, set="cs:cs:ZZ")
    with pytest.raises(BadArgument):
        harvest(library, set="cs::CL")


def test_headers_name_their_sets(library: Server) -> None:
    sickle = Sickle(f"{library.url}/oai")
    sets = {one.setSpec for one in sickle.ListSets()}
    for header in sickle.ListIdentifiers(metadataPrefix="oai_dc"):
        assert header.setSpecs and set(header.setSpecs) <= sets


def test_a_list_says_how_long_it_is_and_where_it_stands(library: Server) -> None:
    size = len(standing(library.settings))
    given: dict[str, str] = {"metadataPrefix": "oai_dc"}
    seen = 0
    while given:
        root = etree.fromstring(ask(library, verb="ListIdentifiers", **given).body)
        token = root.find(f"{OAI}ListIdentifiers/{OAI}resumptionToken")
        assert token is not None
        assert (token.get("completeListSize"), token.get("cursor")) == (str(size), str(seen))
        seen += len(root.findall(f"{OAI}ListIdentifiers/{OAI}header"))
        given = {"resumptionToken": token.text} if token.text else {}
    assert seen == size


def test_a_list_of_one_part_has_no_token(library: Server) -> None:
    body = ask(library, verb="ListRecords", metadataPrefix="oai_dc", set="source:odd").body
    assert b"resumptionToken" not in body


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "badVerb"),
        ("verb=", "badVerb"),
        ("verb=Steal", "badVerb"),
        ("verb=identify", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=cs", "badArgument"),
        ("verb=ListSets&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T25:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-02T00:00:00Z",
         "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-02&until=2026-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=1990-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=marc,0,0,0,1,1,", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=oai_dc,0,0,0,1,999999999,", "badResumptionToken"),
        ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        ("verb=GetRecord&metadataPrefix=marc&identifier=oai:arXiv.org:math/0309136",
         "cannotDisseminateFormat"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:arXiv.org:math/0309136v1",
         "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=%22%3E%3Cscript%3E", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=%00%1f%FF", "idDoesNotExist"),
        (f"verb=ListRecords&metadataPrefix=oai_dc&set={'a' * 3000}", "badArgument"),
    ],
)  # fmt: skip
def test_misuse_is_an_error_of_the_protocol(library: Server, query: str, wanted: str) -> None:
    reply = library.get(f"/oai?{query}")
    assert reply.status == 200 and reply.headers["content-type"].startswith("text/xml")
    assert code(reply) == wanted
    request = etree.fromstring(reply.body).find(f"{OAI}request")
    assert request.text == f"{library.url}/oai"
    assert bool(request.attrib) == (wanted not in ("badVerb", "badArgument"))


def test_a_form_asks_as_an_address_does(library: Server) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:arXiv.org:math/0309136"
    posted = library.get("/oai", kind, "POST", body)
    asked = library.get(f"/oai?{body.decode()}")
    assert posted.status == 200 and code(posted) == ""
    drop = re.compile(rb"<responseDate>[^<]*<")
    assert drop.sub(b"", posted.body) == drop.sub(b"", asked.body)
    listed = Sickle(f"{library.url}/oai", http_method="POST").ListIdentifiers(
        metadataPrefix="oai_dc"
    )
    assert len(list(listed)) == len(standing(library.settings))


def test_what_is_no_request_at_all_is_told_in_plain_words(library: Server) -> None:
    for reply in (
        library.get("/oai", {}, "DELETE"),
        library.get("/oai", {"Host": "elsewhere.example"}),
        library.get("/oai", {}, "POST", b"x" * 30_000),
    ):
        assert reply.status in (405, 413, 421)
        assert reply.headers["content-type"].startswith("text/plain")


def test_text_that_xml_cannot_hold_is_replaced(small: Server) -> None:
    take_in(small.settings, [paper(90, title="A \x0b bell \x07 & ]]> <b>", abstract="\x00 x")])
    sickle = Sickle(f"{small.url}/oai")
    found = sickle.GetRecord(identifier="oai:arXiv.org:2605.00090", metadataPrefix="arXiv")
    assert "& ]]> <b>" in found.xml.findtext(f".//{AX}title")


def changed(server: Server, since: str) -> dict[str, bool]:
    found = harvest(server, **{"from": since})
    assert len(found) == len(dict(found))
    return dict(found)


def now_there(server: Server) -> str:
    """A second from which on nothing of before is told again."""
    newest = max(
        one.datestamp for one in Sickle(f"{server.url}/oai").ListIdentifiers(metadataPrefix="arXiv")
    )
    while True:
        take_in(server.settings, [paper(500, title=newest)], "clock")
        with closing(Catalog.open(server.settings)) as catalog:
            [work] = catalog.resolve("2605.00500")
            catalog.delete(work)
            catalog.undelete(work)
        told = Sickle(f"{server.url}/oai").GetRecord(
            identifier="oai:arXiv.org:2605.00500", metadataPrefix="arXiv"
        )
        if told.header.datestamp > newest:
            return str(told.header.datestamp)


def test_what_changed_since_is_told_and_nothing_else(small: Server) -> None:
    since = now_there(small)
    assert set(changed(small, since)) == {"oai:arXiv.org:2605.00500"}
    settings = small.settings
    number = take_in(settings, [paper(31), paper(3, version="v2", updated="2026-06-01")], "more")
    with closing(Catalog.open(settings)) as catalog:
        catalog.delete(catalog.resolve("2605.00005")[0])
    told = changed(small, since)
    del told["oai:arXiv.org:2605.00500"]
    assert told == {
        "oai:arXiv.org:2605.00031": False,
        "oai:arXiv.org:2605.00003": False,
        "oai:arXiv.org:2605.00005": True,
    }
    with closing(Catalog.open(settings)) as catalog:
        catalog.undo_import(number)
        catalog.undelete(catalog.resolve("2605.00005", deleted=True)[0])
    told = changed(small, since)
    assert told["oai:arXiv.org:2605.00031"] is True  # gone for good: its record went
    assert told["oai:arXiv.org:2605.00003"] is False
    assert told["oai:arXiv.org:2605.00005"] is False  # back again


def test_a_deleted_record_stays_deleted_in_its_sets(small: Server) -> None:
    with closing(Catalog.open(small.settings)) as catalog:
        catalog.delete(catalog.resolve("2605.00004")[0])
    identifier = "oai:arXiv.org:2605.00004"
    for where in ({}, {"set": "cs:cs:CL"}, {"set": "cs"}, {"set": "source:listings"}):
        assert (identifier, True) in harvest(small, **where)
    assert identifier not in dict(harvest(small, set="cs:cs:LG"))
    found = Sickle(f"{small.url}/oai").GetRecord(identifier=identifier, metadataPrefix="arXiv")
    assert found.deleted and found.xml.find(f"{OAI}metadata") is None
    kept = list(Sickle(f"{small.url}/oai").ListRecords(metadataPrefix="arXiv", ignore_deleted=True))
    assert len(kept) == 29


def test_a_merge_takes_a_name_away_and_its_undoing_brings_it_back(small: Server) -> None:
    take_in(small.settings, [{"id": "P19-1001", "title": "Elsewhere", "published": "2019"}], "acl")
    named = "oai:broadsheet:acl:P19-1001"
    assert dict(harvest(small))[named] is False
    with closing(Catalog.open(small.settings)) as catalog:
        [one], [other] = catalog.resolve("2605.00001"), catalog.resolve("acl:P19-1001")
        catalog.join(one, other, "the same")
        told = dict(harvest(small))
        assert told[named] is True and told["oai:arXiv.org:2605.00001"] is False
        catalog.undo_merge(catalog.merges()[0].id)
    told = dict(harvest(small))
    assert told[named] is False and told["oai:arXiv.org:2605.00001"] is False


def test_what_changes_while_a_list_is_read_is_told_at_its_end(small: Server) -> None:
    records = Sickle(f"{small.url}/oai").ListRecords(metadataPrefix="arXiv")
    first = [next(records).header.identifier for _ in range(7)]
    take_in(small.settings, [paper(2, version="v2", title="New"), paper(28, version="v2")], "new")
    with closing(Catalog.open(small.settings)) as catalog:
        catalog.delete(catalog.resolve("2605.00029")[0])
    rest = [(one.header.identifier, one.deleted) for one in records]
    assert {name for name, _ in rest} | set(first) == {
        f"oai:arXiv.org:2605.{number:05}" for number in range(1, 31)
    }
    assert rest[-1] == ("oai:arXiv.org:2605.00029", True)
    assert ("oai:arXiv.org:2605.00002", False) in rest and len(rest) == len(dict(rest))


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_a_bounded_list_ends_though_its_rest_changed_meanwhile(small: Server, verb: str) -> None:
    until = etree.fromstring(ask(small, verb="Identify").body).findtext(f"{OAI}responseDate")
    until = until.replace(until[:4], str(int(until[:4]) + 1))
    records = getattr(Sickle(f"{small.url}/oai"), verb)(
        metadataPrefix="oai_dc", until=until, set="source:listings"
    )
    told = [next(records) for _ in range(7)]
    take_in(small.settings, [paper(number, version="v2") for number in range(1, 31)])
    told += list(records)
    names = [getattr(one, "header", one).identifier for one in told]
    assert len(names) == 8  # the schema wants a record beside the token that closes a list
    assert set(names) <= {f"oai:arXiv.org:2605.{number:05}" for number in range(1, 31)}


def test_a_list_of_which_nothing_is_left_begins_anew(small: Server) -> None:
    first = ask(small, verb="ListRecords", metadataPrefix="oai_dc", set="source:listings")
    token = etree.fromstring(first.body).findtext(f".//{OAI}resumptionToken")
    strange = token.replace(",source:listings", ",source:elsewhere")
    assert strange != token
    assert code(ask(small, verb="ListRecords", resumptionToken=strange)) == "badResumptionToken"


def test_an_answer_that_says_its_time_has_no_tag(small: Server) -> None:
    told = ask(small, verb="Identify")
    assert "etag" not in told.headers and told.headers["cache-control"] == "private, no-cache"


def copy(giver: Server, taker: Settings, folder: Path, since: str = "") -> set[str]:
    """Harvests by the sources room as it harvests arXiv; what is gone is deleted."""
    origin = f"127.0.0.1:{giver.port}"
    remote = ArxivOai(RemoteSettings({"arxiv": f"{giver.url}/oai"}), interval=0.0)
    client = Client(folder, private=frozenset((origin,)), intervals={origin: 0.0})
    gone: set[str] = set()
    with closing(Catalog.open(taker)) as catalog:
        syncs = catalog.syncs(taker.rejected_path)
        want = Want(("cs", "stat"), since=since)
        run = syncs.begin("arxiv", "arxiv", want)
        for page in remote.pages(client, want, run.cursor):
            run = syncs.store(run, page)
            gone |= set(page.deleted)
        syncs.end(run)
        for name in gone:
            for work in catalog.resolve(f"arxiv:{name}"):
                catalog.delete(work)
    return gone


def test_one_broadsheet_feeds_another(small: Server, tmp_path: Path) -> None:
    taker = Settings(home=tmp_path / "taker")
    copy(small, taker, tmp_path / "memory")

    def compared(settings: Settings) -> dict[str, object]:
        return {
            str(work.identifiers[0]): (
                work.paper.title,
                work.paper.abstract,
                [author.name for author in work.paper.authors],
                work.paper.categories,
                work.published,
            )
            for work in standing(settings).values()
        }

    assert compared(taker) == compared(small.settings) and len(compared(taker)) == 30
    others = [{**paper(1), "id": "P19-1001"}, {**paper(1), "id": "10.5555/a,b(1)<2>"}]
    for place, one in enumerate(others):
        one["title"] = f"A paper of quite another kind, told by no archive, number {place}"
    changes = [paper(40), paper(7, abstract="Another.", version="v2"), *others]
    take_in(small.settings, changes, "more")
    with closing(Catalog.open(small.settings)) as catalog:
        catalog.delete(catalog.resolve("2605.00008")[0])
    gone = copy(small, taker, tmp_path / "memory", since="2026-01-01")
    assert gone == {"2605.00008"}
    assert compared(taker) == compared(small.settings) and len(compared(taker)) == 32
