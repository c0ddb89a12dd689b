"""arXiv's query API (Atom): papers by category and day of submission, or by their ids.

https://info.arxiv.org/help/api/user-manual.html: slices of at most 2,000, at most 30,000
results of one query. It lists no announcements; it is the witness when the others disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

from broadsheet.papers import parse_identifier
from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected, Unread
from broadsheet.sources.arxiv_records import (
    DEFAULT_SETS,
    INTERVAL,
    PHYSICS,
    arrival,
    day_of,
    rejection,
    set_names,
)
from broadsheet.sources.fetching import (
    Client,
    Document,
    FetchError,
    Page,
    RemoteSettings,
    Want,
    XmlError,
    ask_document,
    parse_xml,
    text_of,
)

ADDRESS = "https://export.arxiv.org/api/query"
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_MOST_RESULTS = 30_000
_LONGEST_SPAN = 31
_IDS_AT_ONCE = 100
_EMPTY_TRIES = 5
_FIRST_DAY = date(1991, 8, 1)


@dataclass(frozen=True, slots=True)
class _Place:
    """A window of days (its first, and how many) and the results of it that were given."""

    day: str
    span: int
    start: int = 0

    def last(self) -> date:
        """The window's last day."""
        return day_of(self.day) + timedelta(days=self.span - 1)


class ArxivApi:
    """The source ``arxiv-api``: papers of sets by their day of first submission (UTC)."""

    name = "arxiv-api"
    description = "arXiv by its query API: papers submitted on certain days, or certain papers"
    default_sets = DEFAULT_SETS

    def __init__(
        self,
        settings: RemoteSettings | None = None,
        interval: float = INTERVAL,
        slice_size: int = 500,
    ) -> None:
        self._address = (settings or RemoteSettings()).address(self.name, ADDRESS)
        self._interval, self._slice = interval, slice_size

    @property
    def host(self) -> str:
        """The host that is asked."""
        return self._address.split("/")[2]

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """All papers of the wanted sets first submitted in the wanted days, oldest first.

        Without ``since`` from 1991 on; without ``until`` to today.
        """
        sets = set_names(want.sets or self.default_sets)
        first = day_of(want.since) if want.since else _FIRST_DAY
        today = datetime.fromtimestamp(client.now(), UTC).date()
        last = day_of(want.until) if want.until else today
        place = _resumed(cursor, first, last) or _Place(first.isoformat(), _LONGEST_SPAN)
        while day_of(place.day) <= last:
            window = replace(place, span=min(place.span, (last - day_of(place.day)).days + 1))
            document = self._slice_of(client, _query(sets, window), window.start)
            total = _total(document.root, self._address)
            if total > _MOST_RESULTS and window.span > 1:
                place = replace(window, span=window.span // 2)
                continue
            items = _items(document)
            place = _following(window, len(items), min(total, _MOST_RESULTS))
            done = day_of(place.day) > last
            yield Page(items, cursor="" if done else json.dumps(asdict(place)))

    def by_ids(self, client: Client, ids: Sequence[str]) -> Iterator[Page]:
        """The papers of some ids, a hundred a request; those arXiv does not know are left out.

        An id without version gives the last one. What is no arXiv id comes as `Rejected`.
        """
        known: list[str] = []
        strange: list[Arrived | Rejected] = []
        for place, one in enumerate(ids, start=1):
            identifier, version = parse_identifier(one)
            if identifier.scheme == "arxiv":
                known.append(identifier.value + version)
            else:
                strange.append(Rejected(place, "is no arXiv id", one.encode("utf-8", "replace")))
        if strange:
            yield Page(tuple(strange), cursor="ids" if known else "")
        for start in range(0, len(known), _IDS_AT_ONCE):
            some = known[start : start + _IDS_AT_ONCE]
            asked = {"id_list": ",".join(some), "start": "0", "max_results": str(len(some))}
            document = self._ask(client, asked)
            yield Page(_items(document), cursor="ids" if start + len(some) < len(known) else "")

    def _slice_of(self, client: Client, query: str, start: int) -> Document:
        """One slice; an empty one where more must be is asked for again, as arXiv advises."""
        asked = {
            "search_query": query,
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
            "start": str(start),
            "max_results": str(self._slice),
        }
        for _ in range(_EMPTY_TRIES):
            document = self._ask(client, asked)
            entries = document.root.find(f"{_ATOM}entry") is not None or document.broken
            if entries or start >= _total(document.root, self._address):
                return document
        raise FetchError(
            f"{self._address}: gives no results from {start} on, though it counts more; try again "
            "later",
            transient=True,
        )

    def _ask(self, client: Client, asked: dict[str, str]) -> Document:
        try:
            document = ask_document(client, self._address, asked, "entry", interval=self._interval)
        except FetchError as error:
            said = _said(error.content)
            if error.status == 400 and said:
                raise FetchError(
                    f"{self._address}: {said}; check sets and days", transient=False, status=400
                ) from None
            raise
        if document.root.tag != f"{_ATOM}feed":
            raise FetchError(
                f"{self._address}: answers with <{document.root.tag[:60]}>, not with an Atom feed; "
                "check the address in the settings",
                transient=False,
            )
        return document


def _query(sets: tuple[str, ...], place: _Place) -> str:
    days = f"{day_of(place.day):%Y%m%d}0000 TO {place.last():%Y%m%d}2359"
    return f"({' OR '.join(_categories(sets))}) AND submittedDate:[{days}]"


def _categories(sets: tuple[str, ...]) -> Iterator[str]:
    for name in sets:
        if name == "physics":
            for archive in sorted(PHYSICS):
                yield from (f"cat:{archive}", f"cat:{archive}.*")
        else:
            yield f"cat:{name}"
            if "." not in name:
                yield f"cat:{name}.*"


def _following(place: _Place, got: int, total: int) -> _Place:
    if place.start + got < total and got:
        return replace(place, start=place.start + got)
    after = place.last() + timedelta(days=1)
    return _Place(after.isoformat(), min(max(1, place.span) * 2, _LONGEST_SPAN))


def _total(root: ET.Element, address: str) -> int:
    text = text_of(root, f"{_SEARCH}totalResults")
    if not (text.isascii() and text.isdigit()):
        raise FetchError(f"{address}: does not say how many results there are; try again later",
                         transient=True)  # fmt: skip
    return int(text[:12])


def _items(document: Document) -> tuple[Arrived | Rejected, ...]:
    items: list[Arrived | Rejected] = []
    for place, entry in enumerate(document.root.iter(f"{_ATOM}entry"), start=1):
        items.append(_arrived(entry, place))
    for place, broken in enumerate(document.broken, start=len(items) + 1):
        items.append(Unread(place, broken.reason, broken.raw[:RAW_LIMIT]))
    return tuple(items)


def _arrived(entry: ET.Element, place: int) -> Arrived | Rejected:
    address = text_of(entry, f"{_ATOM}id")
    identifier, version = parse_identifier(address)
    if identifier.scheme != "arxiv":
        summary = text_of(entry, f"{_ATOM}summary")[:200]
        return rejection(place, f"is no paper but says: {summary or address[:200]}", entry)
    published = text_of(entry, f"{_ATOM}published")[:10]
    updated = text_of(entry, f"{_ATOM}updated")[:10]
    primary = entry.find(f"{_ARXIV}primary_category")
    first = [primary.get("term", "")] if primary is not None else []
    record = {
        "id": identifier.value + version,
        "title": text_of(entry, f"{_ATOM}title"),
        "abstract": (entry.findtext(f"{_ATOM}summary") or "").strip(),
        "authors": [_person(author) for author in entry.iter(f"{_ATOM}author")],
        "categories": [*first, *(one.get("term", "") for one in entry.iter(f"{_ATOM}category"))],
        "published": published,
        "updated": updated if updated != published else "",
        "doi": text_of(entry, f"{_ARXIV}doi"),
        "comments": text_of(entry, f"{_ARXIV}comment"),
        "journal_ref": text_of(entry, f"{_ARXIV}journal_ref"),
    }
    return arrival(record, place, entry)


def _person(author: ET.Element) -> dict[str, str]:
    places = (" ".join((one.text or "").split()) for one in author.iter(f"{_ARXIV}affiliation"))
    return {
        "name": text_of(author, f"{_ATOM}name"),
        "affiliation": "; ".join(place for place in places if place),
    }


def _said(content: bytes) -> str:
    """What an error of the API says: the summary of its one entry."""
    try:
        return text_of(parse_xml(content), f"{_ATOM}entry/{_ATOM}summary")[:200]
    except XmlError:
        return ""


def _resumed(cursor: str, first: date, last: date) -> _Place | None:
    """The place a cursor names; None, to begin again, when it is of another want."""
    try:
        place = _Place(**json.loads(cursor)) if cursor else None
        if place is None or not first <= date.fromisoformat(place.day) <= last:
            return None
        return place if place.span >= 1 and place.start >= 0 else None
    except (ValueError, TypeError):
        return None
