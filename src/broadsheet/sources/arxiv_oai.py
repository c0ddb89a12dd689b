"""arXiv by OAI-PMH: everything that changed since a day, in the order of change.

https://www.openarchives.org/OAI/openarchivesprotocol.html and
https://info.arxiv.org/help/oa/index.html. Datestamps are days: a day is asked for again whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Literal
from xml.etree import ElementTree as ET

from broadsheet.sources.arrival import Arrived, Rejected
from broadsheet.sources.arxiv_oai_records import Harvested, harvested, unread
from broadsheet.sources.arxiv_records import (
    DEFAULT_SETS,
    INTERVAL,
    day_of,
    oai_set,
    set_names,
)
from broadsheet.sources.fetching import (
    Announced,
    Broken,
    Client,
    Document,
    FetchError,
    Listing,
    Page,
    RemoteSettings,
    Want,
    ask_document,
    id_hash,
)

ADDRESS = "https://oaipmh.arxiv.org/oai"
Prefix = Literal["arXiv", "arXivRaw", "oai_dc"]
_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_OVERLAP = timedelta(days=1)
_MOST_RESTARTS = 5


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a harvest stands: its set, the page to ask for, and the day it is in.

    ``stamp`` is the last datestamp seen, ``ordered`` whether they have only grown. ``count``
    and ``sum`` are of the ids with that datestamp, for its `Listing`.
    """

    set: str
    since: str
    token: str = ""
    stamp: str = ""
    ordered: bool = True
    count: int = 0
    sum: int = 0
    restarts: int = 0

    def cursor(self) -> str:
        """The place as text."""
        return json.dumps(asdict(self), separators=(",", ":"))


class ArxivOai:
    """The source ``arxiv``: records by OAI-PMH, with what was deleted and each day's listing."""

    name = "arxiv"
    description = "arXiv by OAI-PMH: all that is new or changed since a day"
    default_sets = DEFAULT_SETS

    def __init__(
        self,
        settings: RemoteSettings | None = None,
        prefix: Prefix = "arXiv",
        interval: float = INTERVAL,
    ) -> None:
        self._address = (settings or RemoteSettings()).address(self.name, ADDRESS)
        self._prefix, self._interval = prefix, interval

    @property
    def host(self) -> str:
        """The host that is asked."""
        return self._address.split("/")[2]

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """All records of the wanted sets with a datestamp in the wanted days, set after set.

        ``since`` is widened by a day, as records may get their datestamp late that day. An
        expired resumption token is answered by beginning again at the last datestamp.
        """
        sets = set_names(want.sets or self.default_sets)
        place: _Place | None = _resumed(cursor, sets) or _Place(sets[0], _from(want.since))
        while place is not None:
            page, place = self._step(client, want, sets, place)
            if page is not None:
                yield page

    def _step(
        self, client: Client, want: Want, sets: tuple[str, ...], place: _Place
    ) -> tuple[Page | None, _Place | None]:
        document = ask_document(
            client, self._address, self._params(want, place), "record", interval=self._interval
        )
        code, said = _error(document.root)
        if code == "badResumptionToken" and place.token:
            return None, self._restarted(place)
        if code and code != "noRecordsMatch":
            raise FetchError(
                f"{self._address}: set '{place.set}': {code}: {said}; check sets and days",
                transient=False,
            )
        items: list[Arrived | Rejected] = []
        announced: list[Announced] = []
        deleted: list[str] = []
        listings: list[Listing] = []
        built = document.root.findtext(f"{_OAI}responseDate", "").strip()
        for record in self._harvested(document, place):
            if record.item is not None:
                items.append(record.item)
            if not record.id:
                continue
            if record.deleted:
                deleted.append(record.id)
            kind: Literal["deleted", "listed"] = "deleted" if record.deleted else "listed"
            announced.append(Announced(place.set, record.day, record.id, kind))
            place = _counted(place, record, built, listings)
        following = self._following(document.root, want, sets, place, built, listings)
        page = Page(
            tuple(items),
            tuple(announced),
            tuple(listings),
            following.cursor() if following else "",
            tuple(deleted),
        )
        return page, following

    def _harvested(self, document: Document, place: _Place) -> Iterator[Harvested]:
        """The records of a page; `FetchError` where it has none and does not say why."""
        records = document.root.find(f"{_OAI}ListRecords")
        empty = records is None or len(records) == 0
        if empty and not document.broken and document.root.find(f"{_OAI}error") is None:
            raise FetchError(
                f"{self._address}: set '{place.set}': answers with neither records nor an error; "
                "try again later",
                transient=True,
            )
        for number, record in document.records(f"{_OAI}record"):
            if isinstance(record, Broken):
                yield from unread(record)
            else:
                yield harvested(record, number)

    def _params(self, want: Want, place: _Place) -> dict[str, str]:
        if place.token:
            return {"verb": "ListRecords", "resumptionToken": place.token}
        asked = {
            "verb": "ListRecords",
            "metadataPrefix": self._prefix,
            "set": oai_set(place.set),
            "from": place.since,
            "until": want.until,
        }
        return {name: value for name, value in asked.items() if value}

    def _restarted(self, place: _Place) -> _Place:
        if place.restarts >= _MOST_RESTARTS:
            raise FetchError(
                f"{self._address}: set '{place.set}': its resumption tokens expire at once; "
                "try again later",
                transient=True,
            )
        # Where datestamps did not grow, anything may still be to come: from the beginning.
        since = place.stamp if place.ordered and place.stamp else place.since
        return _Place(place.set, since, restarts=place.restarts + 1)

    def _following(
        self,
        root: ET.Element,
        want: Want,
        sets: tuple[str, ...],
        place: _Place,
        built: str,
        listings: list[Listing],
    ) -> _Place | None:
        token = (root.findtext(f"{_OAI}ListRecords/{_OAI}resumptionToken") or "").strip()
        if token:
            if token == place.token:
                raise FetchError(
                    f"{self._address}: set '{place.set}': gives the same page again and again; "
                    "try again later",
                    transient=True,
                )
            # A page that came shows that tokens hold: only restarts in a row are counted.
            return replace(place, token=token, restarts=0 if place.token else place.restarts)
        if place.ordered and place.count:
            listings.append(_listing(place, built))
        rest = sets[sets.index(place.set) + 1 :]
        return _Place(rest[0], _from(want.since)) if rest else None


def _counted(place: _Place, record: Harvested, built: str, listings: list[Listing]) -> _Place:
    """The place after one more record; a day that is over gets its listing."""
    if record.day < place.stamp:
        return replace(place, ordered=False)
    if record.day > place.stamp:
        if place.ordered and place.count:
            listings.append(_listing(place, built))
        place = replace(place, stamp=record.day, count=0, sum=0)
    if record.deleted:
        return place
    total = (place.sum + id_hash(record.id)) % (1 << 128)
    return replace(place, count=place.count + 1, sum=total)


def _listing(place: _Place, built: str) -> Listing:
    return Listing(place.set, place.stamp, built, f"{place.sum:032x}", place.count)


def _error(root: ET.Element) -> tuple[str, str]:
    if root.tag != f"{_OAI}OAI-PMH":
        raise FetchError(
            f"the OAI-PMH address answers with <{root.tag[:60]}>, not with <OAI-PMH>; check it in "
            "the settings",
            transient=False,
        )
    found = root.find(f"{_OAI}error")
    if found is None:
        return "", ""
    return found.get("code", "error"), " ".join((found.text or "").split())[:200]


def _from(since: str) -> str:
    return (day_of(since) - _OVERLAP).isoformat() if since else ""


def _resumed(cursor: str, sets: tuple[str, ...]) -> _Place | None:
    """The place a cursor names; None, to begin again, when it is of another want."""
    try:
        place = _Place(**json.loads(cursor)) if cursor else None
    except (ValueError, TypeError):
        return None
    return place if place is not None and place.set in sets else None
