"""arXiv's daily announcement as RSS and Atom: what is new, cross-listed and replaced today.

https://info.arxiv.org/help/rss.html: one feed a set, at midnight in New York, at most 2,000
items, none on Saturday and Sunday. The day is the feed's own. Sixth and later versions, and
changes of metadata alone, are not announced in it: the harvest by OAI-PMH has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal, get_args
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected, Unread
from broadsheet.sources.arxiv_records import (
    DEFAULT_SETS,
    INTERVAL,
    arrival,
    in_set,
    month_of_id,
    months_between,
    rejection,
    set_names,
)
from broadsheet.sources.fetching import (
    Announced,
    AnnounceKind,
    Broken,
    Client,
    FetchError,
    Listing,
    Page,
    RemoteSettings,
    Want,
    ask_document,
    fingerprint,
    text_of,
)

ADDRESS = "https://rss.arxiv.org"
NEW_YORK = ZoneInfo("America/New_York")
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ID = re.compile(r"(?:oai:arXiv\.org:)?(\S+)")
_ABSTRACT = re.compile(r".*?Announce Type:\s*\S+\s*(?:\n\s*)?Abstract:\s*", re.DOTALL)
# Of an item that cannot be parsed: its id, its kind and its categories.
_BROKEN_ID = re.compile(rb"<(?:guid|id)\b[^<>]*>\s*(?:oai:arXiv\.org:)?([^<>\s]+)\s*</")
_BROKEN_KIND = re.compile(rb"<arxiv:announce_type>\s*([\w-]+)\s*</")
_BROKEN_CATEGORY = re.compile(rb"<category(?:>\s*|\s[^<>]*?term=\")([\w.-]+)")
# A feed is cut off there, without saying so.
_MOST_ITEMS = 2000


class ArxivFeed:
    """The sources ``arxiv-rss`` and ``arxiv-atom``: today's announcement, a page a set.

    A set may be joined of several, ``cs.AI+cs.LG``: one request, each item then counted in
    every one of them that it is filed under.
    """

    default_sets = DEFAULT_SETS

    def __init__(
        self,
        settings: RemoteSettings | None = None,
        form: Literal["rss", "atom"] = "rss",
        interval: float = INTERVAL,
    ) -> None:
        self._form, self._interval = form, interval
        self._address = (settings or RemoteSettings()).address(self.name, ADDRESS)

    @property
    def name(self) -> str:
        """``arxiv-rss`` or ``arxiv-atom``."""
        return f"arxiv-{self._form}"

    @property
    def description(self) -> str:
        """One line for lists."""
        kind = "RSS" if self._form == "rss" else "Atom"
        return f"arXiv's daily announcement by {kind}: new, cross-listed, replaced"

    @property
    def host(self) -> str:
        """The host that is asked."""
        return self._address.split("/")[2]

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """The feed of each wanted set as it stands; the days wanted do not matter to it.

        An unchanged feed gives the page it gave before: storing it again changes nothing.
        """
        sets = tuple(dict.fromkeys(want.sets or self.default_sets))
        first = _after(cursor, sets)
        for number, name in enumerate(sets[first:], start=first):
            rest = json.dumps({"after": name}) if number + 1 < len(sets) else ""
            yield self._page(client, name, rest)

    def _page(self, client: Client, name: str, cursor: str) -> Page:
        parts = set_names(tuple(name.split("+")))
        url = f"{self._address}/{self._form}/{'+'.join(parts)}"
        record = "item" if self._form == "rss" else "entry"
        document = ask_document(client, url, {}, record, interval=self._interval, remember=True)
        day, built = self._stamps(document.root, url)
        items: list[Arrived | Rejected] = []
        announced: list[Announced] = []
        listed: dict[str, list[str]] = {part: [] for part in parts}
        for place, element in document.records(record if self._form == "rss" else f"{_ATOM}entry"):
            said = _said_in(element.raw) if isinstance(element, Broken) else self._record(element)
            identity, kind = str(said["id"]), _kind(str(said.pop("announce_type")))
            if isinstance(element, Broken):
                items.append(Unread(place, element.reason, element.raw[:RAW_LIMIT], identity))
            else:
                items.append(_arrived(said, kind, day, place, element))
            if not identity:
                continue
            categories = tuple(str(one) for one in _list(said["categories"]))
            for part in parts:
                if len(parts) == 1 or in_set(categories, part):
                    announced.append(Announced(part, day, identity, kind))
                    listed[part].append(identity)
        whole = len(items) < _MOST_ITEMS
        listings = tuple(
            Listing(part, day, built, fingerprint(ids), len(set(ids)) if whole else None)
            for part, ids in listed.items()
        )
        return Page(tuple(items), tuple(announced), listings, cursor)

    def _stamps(self, root: ET.Element, url: str) -> tuple[str, str]:
        """(the day of the announcement in New York, the moment the feed says it was built)."""
        if self._form == "rss":
            title = text_of(root, "channel/title")
            day, built = text_of(root, "channel/pubDate"), text_of(root, "channel/lastBuildDate")
            good = root.tag == "rss"
        else:
            title = text_of(root, f"{_ATOM}title")
            day = built = text_of(root, f"{_ATOM}updated")
            day = text_of(root, f"{_ATOM}entry/{_ATOM}published") or day
            good = root.tag == f"{_ATOM}feed"
        if title.startswith("Feed error"):
            said = text_of(root, "channel/description") or text_of(root, f"{_ATOM}subtitle")
            raise FetchError(f"{url}: {said or title}; check the sets", transient=False)
        moment = _moment(day or built)
        if not good or moment is None:
            raise FetchError(
                f"{url}: the answer is no announcement with a date; check the address in the "
                "settings",
                transient=False,
            )
        return moment.astimezone(NEW_YORK).date().isoformat(), built or day

    def _record(self, element: ET.Element) -> dict[str, object]:
        if self._form == "rss":
            name, summary, space = text_of(element, "guid"), element.findtext("description"), ""
            categories = [text for one in element.iter("category") if (text := one.text or "")]
        else:
            space = _ATOM
            name, summary = text_of(element, f"{_ATOM}id"), element.findtext(f"{_ATOM}summary")
            categories = [one.get("term", "") for one in element.iter(f"{_ATOM}category")]
        match = _ID.fullmatch(name)
        people = text_of(element, f"{_DC}creator")
        authors = _names(people) or [
            text_of(one, f"{_ATOM}name") for one in element.iter(f"{_ATOM}author")
        ]
        return {
            "id": match[1] if match else "",
            "title": text_of(element, f"{space}title"),
            "abstract": _ABSTRACT.sub("", summary or "", count=1).strip(),
            "authors": authors,
            "categories": [name.strip() for name in categories if name.strip()],
            "license": text_of(element, f"{_DC}rights"),
            "doi": text_of(element, f"{_ARXIV}DOI") or text_of(element, f"{_ARXIV}doi"),
            "journal_ref": text_of(element, f"{_ARXIV}journal_reference")
            or text_of(element, f"{_ARXIV}journal_ref"),
            "announce_type": text_of(element, f"{_ARXIV}announce_type"),
        }


def _said_in(raw: bytes) -> dict[str, object]:
    """What an item that cannot be parsed says of what it announces."""

    def first(pattern: re.Pattern[bytes]) -> str:
        found = pattern.search(raw)
        return found[1].decode("utf-8", "replace") if found else ""

    return {
        "id": first(_BROKEN_ID),
        "announce_type": first(_BROKEN_KIND),
        "categories": [one.decode("ascii", "replace") for one in _BROKEN_CATEGORY.findall(raw)],
    }


def _arrived(
    record: dict[str, object], kind: AnnounceKind, day: str, place: int, element: ET.Element
) -> Arrived | Rejected:
    if not record["id"]:
        return rejection(place, "has no arXiv id", element)
    dated = dict(record)
    if kind == "new" or (kind == "cross" and _recent(str(record["id"]), day)):
        dated["announced"] = day
    elif kind in ("replace", "replace-cross"):
        dated["updated"] = day
    return arrival(dated, place, element)


def _recent(identity: str, day: str) -> bool:
    """Whether a first version's id is of the day's month or the one before.

    A new paper is a cross-list in the feeds of its further categories, and so is an old one
    that got a further category.
    """
    month = month_of_id(identity)
    first = identity.partition("v")[2] in ("", "1")
    return first and month != "" and 0 <= months_between(month, day) <= 1


def _kind(said: str) -> AnnounceKind:
    for kind in get_args(AnnounceKind):
        if said == kind:
            return kind  # type: ignore[no-any-return]
    return "listed"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _names(people: str) -> list[str]:
    """Names apart by commas; commas in brackets belong to affiliations."""
    names, depth, start = [], 0, 0
    for place, char in enumerate(people):
        depth = max(0, depth + (char == "(") - (char == ")"))
        if char == "," and depth == 0:
            names.append(people[start:place])
            start = place + 1
    names.append(people[start:])
    return [name.strip() for name in names if name.strip()]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=NEW_YORK)


def _after(cursor: str, sets: tuple[str, ...]) -> int:
    """The place in the sets after the one a cursor names; 0 when it names none of them."""
    try:
        name = json.loads(cursor)["after"] if cursor else ""
    except (ValueError, KeyError, TypeError):
        return 0
    return sets.index(name) + 1 if name in sets else 0
