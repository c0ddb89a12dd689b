"""One record of an OAI-PMH answer in each of arXiv's formats: arXiv, arXivRaw and oai_dc."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import unescape

from broadsheet.papers import parse_date
from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected, Unread
from broadsheet.sources.arxiv_records import (
    arrival,
    month_of_id,
    months_between,
    rejection,
)
from broadsheet.sources.fetching import Broken, text_of

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_ARXIV = "{http://arxiv.org/OAI/arXiv/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OURS = "oai:broadsheet:"
# Of a record that cannot be parsed: its identifier, its day, and whether it is deleted.
_HEADER = re.compile(
    rb"<(?:[\w.-]+:)?header(?P<status>[^<>]*)>\s*"
    rb"<(?:[\w.-]+:)?identifier>\s*(?P<id>[^<>\s]+)\s*</[^<>]*>\s*"
    rb"<(?:[\w.-]+:)?datestamp>\s*(?P<day>\d{4}-\d{2}-\d{2})"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WITH_A_MONTH = re.compile(r"\d{4}-\d{2}(?:\D.*)?", re.ASCII | re.DOTALL)
# A paper is announced within days of its submission, save for the few that moderators hold.
_SOON = timedelta(days=14)
_CARRIED = {
    "comments": "comments",
    "journal-ref": "journal_ref",
    "report-no": "report_number",
    "msc-class": "msc_class",
    "acm-class": "acm_class",
    "doi": "doi",
    "license": "license",
    "proxy": "proxy",
    "submitter": "submitter",
}


@dataclass(frozen=True, slots=True)
class Harvested:
    """A record of a harvest: its paper or why there is none, and what its header says.

    ``item`` is None for a deleted record.
    """

    item: Arrived | Rejected | None
    id: str
    day: str
    deleted: bool


def harvested(element: ET.Element, place: int) -> Harvested:
    """Reads a ``<record>``; what cannot be read comes as `Rejected`, with no id if it has none."""
    header = element.find(f"{_OAI}header")
    identity = _named(text_of(header, f"{_OAI}identifier"))
    day = text_of(header, f"{_OAI}datestamp")[:10]
    if header is None or not identity or not _DAY.fullmatch(day):
        problem = rejection(place, "has no header with identifier and day", element)
        return Harvested(Unread(place, problem.reason, problem.raw), "", "", False)
    if header.get("status") == "deleted":
        return Harvested(None, identity, day, True)
    metadata = element.find(f"{_OAI}metadata")
    body = metadata[0] if metadata is not None and len(metadata) else None
    if body is None:
        problem = rejection(place, "has no metadata", element)
        item = Unread(place, problem.reason, problem.raw, identity)
        return Harvested(item, identity, day, False)
    record = _record(body, identity)
    _put_days_right(record, identity)
    record["announced"] = _announced(record, identity, day)
    return Harvested(arrival(record, place, element), identity, day, False)


def unread(broken: Broken) -> list[Harvested]:
    """What the headers in a record say that cannot be parsed itself.

    As a rule it is one; a record that was never closed has the next one's in it too.
    """
    raw = broken.raw[:RAW_LIMIT]
    found = []
    for header in _HEADER.finditer(broken.raw):
        identity = _named(unescape(header["id"].decode("utf-8", "replace")))
        deleted = b"deleted" in header["status"]
        item = None if deleted else Unread(broken.place, broken.reason, raw, identity)
        found.append(Harvested(item, identity, header["day"].decode(), deleted))
    return found or [Harvested(Unread(broken.place, broken.reason, raw), "", "", False)]


def _named(identifier: str) -> str:
    """The id behind an item's identifier: of arXiv, or of another Broadsheet, which names what
    is not arXiv's by scheme and id."""
    if identifier.startswith(_OURS):
        return unquote(identifier.removeprefix(_OURS))
    return identifier.removeprefix("oai:arXiv.org:")


def _record(body: ET.Element, identity: str) -> dict[str, object]:
    if body.tag == f"{_ARXIV}arXiv":
        record = _carried(body, _ARXIV)
        record["authors"] = [_person(author) for author in body.iter(f"{_ARXIV}author")]
        record["published"] = text_of(body, f"{_ARXIV}created")
        record["updated"] = text_of(body, f"{_ARXIV}updated")
    elif body.tag == f"{_RAW}arXivRaw":
        record = _carried(body, _RAW)
        record["authors"] = text_of(body, f"{_RAW}authors")
        record |= _versions(body)
    else:
        record = _dublin_core(body)
    # The identifier of the header, as the one every format has.
    record["id"] = identity
    return record


def _carried(body: ET.Element, space: str) -> dict[str, object]:
    record: dict[str, object] = {
        "title": text_of(body, f"{space}title"),
        # Blank lines part paragraphs, so line ends stay.
        "abstract": (body.findtext(f"{space}abstract") or "").strip(),
        "categories": text_of(body, f"{space}categories"),
    }
    return record | {name: text_of(body, f"{space}{tag}") for tag, name in _CARRIED.items()}


def _person(author: ET.Element) -> dict[str, str]:
    parts = (text_of(author, f"{_ARXIV}{name}") for name in ("forenames", "keyname", "suffix"))
    places = [" ".join("".join(e.itertext()).split()) for e in author.iter(f"{_ARXIV}affiliation")]
    return {
        "name": " ".join(part for part in parts if part),
        "affiliation": "; ".join(place for place in places if place),
    }


def _versions(body: ET.Element) -> dict[str, object]:
    """The history of a paper: days of its first and last version, and all of them."""
    versions = [
        {"version": one.get("version", ""), "created": _version_day(text_of(one, f"{_RAW}date"))}
        for one in body.iter(f"{_RAW}version")
    ]
    if not versions:
        return {}
    # The archive's own mark: a version whose source is withdrawn.
    last = [text_of(one, f"{_RAW}source_type") for one in body.iter(f"{_RAW}version")][-1]
    return {
        "withdrawn": "I" in last or None,
        "published": versions[0]["created"],
        "updated": versions[-1]["created"] if len(versions) > 1 else "",
        "version": versions[-1]["version"],
        "versions": versions,
    }


def _version_day(text: str) -> str:
    """``Mon, 14 Apr 2008 21:09:35 GMT`` as an ISO day."""
    return parse_date(" ".join(text.split()[1:4])) or parse_date(text)


def _dublin_core(body: ET.Element) -> dict[str, object]:
    """Dublin Core: subjects are names, not codes; descriptions are abstract, then comment."""

    def every(name: str) -> list[str]:
        found = (" ".join("".join(e.itertext()).split()) for e in body.iter(f"{_DC}{name}"))
        return [text for text in found if text]

    descriptions, days = every("description"), every("date")
    comment = " ".join(descriptions[1:2])
    identifiers = every("identifier")
    doi = next((text for text in identifiers if text.lower().startswith("doi:10.")), "")
    journal = [
        text for text in identifiers if not text.lower().startswith(("doi:", "http://", "https://"))
    ]
    return {
        "title": " ".join(every("title")[:1]),
        "abstract": descriptions[0] if descriptions else "",
        "authors": [_turned(name) for name in every("creator")],
        "subjects": every("subject"),
        "published": days[0] if days else "",
        "updated": days[-1] if len(days) > 1 else "",
        "doi": doi[4:],
        "comments": comment.removeprefix("Comment:").strip(),
        "journal_ref": journal[0] if journal else "",
        "license": " ".join(every("rights")[:1]),
    }


def _turned(name: str) -> str:
    """``Family, Given`` as ``Given Family``."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}".strip() if comma else name


def _put_days_right(record: dict[str, object], identity: str) -> None:
    """Takes the day "created" for what it is where it cannot be that of the first version.

    arXiv's format may give the day of the last version under that name; an id's month is that
    of the first.
    """
    created, month = str(record.get("published", "")), month_of_id(identity)
    dated = month and _WITH_A_MONTH.fullmatch(created)
    if dated and months_between(month, created) > 1:
        record["published"] = month
        record["updated"] = max(created, str(record.get("updated", "")))


def _announced(record: dict[str, object], identity: str, day: str) -> str:
    """The datestamp of a paper's first version as its day of announcement, where it can be that.

    A datestamp moves with every change. It is believed only while there is one version, days
    old, in the month of its id; for all others the announcement feeds know better.
    """
    published, month = str(record.get("published", "")), month_of_id(identity)
    if not month or not _DAY.fullmatch(published) or str(record.get("updated", "")) > published:
        return ""
    try:
        age = date.fromisoformat(day) - date.fromisoformat(published)
    except ValueError:
        return ""
    soon = timedelta(0) <= age <= _SOON and 0 <= months_between(published, month) <= 1
    return day if soon else ""
