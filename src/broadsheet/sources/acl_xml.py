"""The ACL Anthology's XML: a collection of volumes of papers.

https://github.com/acl-org/acl-anthology has the files, one a collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.parsers import expat

from broadsheet.sources.arrival import Arrived, Rejected, SourceError
from broadsheet.sources.whole import Entry, arrivals, content

# Since 2020 ids are "2020.acl-main.1"; before, letters and digits run together: "P19-1001".
_OLD_WIDTHS = {"W": (2, 2), "C": (2, 2)}
# "Computational Linguistics, Formerly …, Volume 13, Numbers 1-2, January-June 1987".
_NUMBERS = re.compile(r",? *\b(?:Formerly|Volume|Numbers?|Issue)\b.*", re.DOTALL)
_NUMBERED = re.compile(r"\b(Volume|Number|Issue)s? (\d[\d-]*)")
_CARRIED = ("venue", "doi", "url", "pages", "video", "software", "award", "language")


def read_acl_xml(path: Path, source: str, start_line: int = 0) -> Iterator[Arrived | Rejected]:
    """The papers of a collection in order, front matter left out; ``line`` is a paper's place.

    Raises `SourceError` when the file is not such XML.
    """
    text, broken = content(path)
    try:
        root = ET.fromstring(text.encode("utf-8", "surrogateescape"))  # noqa: S314
    except (ET.ParseError, expat.ExpatError) as error:
        # expat itself refuses entities that grow without bound.
        raise SourceError(f"{path}: is not whole XML: {broken or error}") from None
    if root.tag != "collection":
        raise SourceError(f"{path}: is XML but not the Anthology's: <{root.tag}>, not <collection>")
    entries = list(_entries(root))
    if not entries:
        raise SourceError(f"{path}: holds no <paper>")
    return arrivals(entries, source, start_line, broken)


def _entries(root: ET.Element) -> Iterator[Entry]:
    place = 0
    for volume in root.iter("volume"):
        meta = volume.find("meta")
        about = {
            "booktitle": _text(meta, "booktitle"),
            "year": _text(meta, "year"),
            "month": _text(meta, "month"),
        }
        if volume.get("type") == "journal":
            about |= _journal(meta, about["booktitle"])
        for paper in volume.iter("paper"):
            place += 1
            raw = ET.tostring(paper, encoding="unicode")
            record = _record(paper, root.get("id", ""), volume.get("id", ""), about)
            yield Entry(place, record, raw)


def _record(
    paper: ET.Element, collection: str, volume: str, about: dict[str, str]
) -> dict[str, object]:
    record: dict[str, object] = {
        name: _text(paper, name) for name in _CARRIED if paper.find(name) is not None
    }
    address = str(record.pop("url", ""))
    own = address if address and "/" not in address else _identity(collection, volume, paper)
    month = about["month"].split("-")[0].split("–")[0].strip()
    record |= {
        "id": own,
        "title": _text(paper, "title"),
        "abstract": _text(paper, "abstract"),
        "authors": [_person(author) for author in paper.findall("author")],
        "published": f"{month} {about['year']}".strip(),
        "journal": about.get("journal", ""),
        "volume": about.get("volume", ""),
        "number": about.get("number", ""),
        "venue": "" if "journal" in about else about["booktitle"],
        "license": "CC BY 4.0" if about["year"] >= "2016" else "CC BY-NC-SA 3.0",
    }
    if "/" in address:
        record["url"] = address
    return {name: value for name, value in record.items() if value}


def _journal(meta: ET.Element | None, title: str) -> dict[str, str]:
    """Name, volume and issue of a journal; where they have no elements, out of its title."""
    told = {name.lower(): value for name, value in _NUMBERED.findall(title)}
    return {
        "journal": _text(meta, "journal-title") or _NUMBERS.sub("", title),
        "volume": _text(meta, "journal-volume") or told.get("volume", ""),
        "number": _text(meta, "journal-issue") or told.get("number") or told.get("issue", ""),
    }


def _identity(collection: str, volume: str, paper: ET.Element) -> str:
    number = paper.get("id", "")
    if collection[:1].isdigit():
        return f"{collection}-{volume}.{number}"
    volumes, papers = _OLD_WIDTHS.get(collection[:1], (1, 3))
    return f"{collection}-{volume.zfill(volumes)}{number.zfill(papers)}"


def _person(author: ET.Element) -> dict[str, str]:
    return {
        "name": " ".join(part for part in (_text(author, "first"), _text(author, "last")) if part),
        "affiliation": _text(author, "affiliation"),
    }


def _text(parent: ET.Element | None, name: str) -> str:
    """The text of a child on one line: its formulas between dollars, other markup taken off."""
    element = parent.find(name) if parent is not None else None
    return " ".join(_inner(element).split()) if element is not None else ""


def _inner(element: ET.Element) -> str:
    text = (element.text or "") + "".join(_inner(child) + (child.tail or "") for child in element)
    return f"${text.strip()}$" if element.tag == "tex-math" and text.strip() else text
