"""Any RSS, Atom or RDF feed of papers: a journal's, a society's, a group's.

Sets are addresses of feeds (``feed.addresses`` names them once for all). An item is known by its
arXiv id or DOI where it names one anywhere, else by its guid, else by its link. Summaries are
HTML as a rule, of whoever wrote the feed: only their text is taken.
"""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import urlsplit

from broadsheet.papers import parse_identifier
from broadsheet.sources.answers import Fields, arrival, from_cursor, listed, text, to_cursor, where
from broadsheet.sources.arrival import Arrived, Rejected, Unread
from broadsheet.sources.fetching import (
    Announced,
    Answer,
    Client,
    FetchError,
    Listing,
    Page,
    RemoteSettings,
    Want,
    fingerprint,
)
from broadsheet.sources.people import split_names

NAME = "feed"

_MOST_BYTES = 16 << 20
_MOST_ITEMS = 5_000
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>?#&]+[^\s\"'<>?#&.,;:)\]]", re.ASCII)
_NAMES = ("prism_doi", "dc_identifier", "arxiv_doi", "id", "link", "prism_url")
_VENUES = ("prism_publicationname", "dc_source", "source")
_CARRIED = ("prism_volume", "prism_number", "prism_startingpage", "rights")
_GLOBAL = re.compile(r"(?:https?://|urn:|tag:|info:|doi:|oai:)", re.IGNORECASE)
_BLOCK_NAMES = "p div br hr li ul ol tr table h1 h2 h3 h4 h5 h6 section article blockquote"
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNSAID_NAMES = "script style template noscript iframe object head title svg"
_UNSAID = frozenset(_UNSAID_NAMES.split())


class _Text(HTMLParser):
    """Collects the text of HTML, a line break where a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unsaid = 0

    def handle_starttag(
        self,
        tag: str,
        attrs: list[tuple[str, str | None]],  # noqa: ARG002 - the parser's interface
    ) -> None:
        """A block breaks the line; what is no text begins."""
        self._unsaid += tag in _UNSAID
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A block breaks the line; what is no text ends."""
        self._unsaid = max(0, self._unsaid - (tag in _UNSAID))
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Keeps text."""
        if not self._unsaid:
            self.pieces.append(data)


def text_of_html(html: str) -> str:
    """The text of a piece of HTML, blocks on lines of their own; plain text stays as it is."""
    if "<" not in html and "&" not in html:
        return html.strip()
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def item_record(item: Fields, feed: Fields, address: str) -> dict[str, object]:
    """An item of a parsed feed as a record."""
    summary = text(item, "summary")
    content = next((text(one, "value") for one in listed(item, "content")), "")
    said = text_of_html(summary) or text_of_html(content)
    link = text(item, "link")
    posted, changed = _day(item, "published"), _day(item, "updated")
    record: dict[str, object] = {
        "id": _identity(item, address),
        "title": text_of_html(text(item, "title")),
        "abstract": said,
        "authors": _authors(item),
        "announced": posted or changed,
        "published": _day(item, "prism_publicationdate") or posted or changed,
        "updated": changed if posted and changed > posted else "",
        "categories": [term for tag in listed(item, "tags") if (term := text(tag, "term"))],
        "links": [{"url": link, "kind": "abstract"}] if _is_web(link) else [],
        "venue": next((said for name in _VENUES if (said := text(item, name))), ""),
        "feed": text_of_html(text(feed, "title")) or address,
        "feed_url": address,
    }
    for name, scheme in (("arxiv_id", "arxiv"), ("doi", "doi")):
        record[name] = _named(item, scheme)
    for name in _CARRIED:
        record[name.removeprefix("prism_")] = text(item, name)
    for enclosure in listed(item, "links"):
        if text(enclosure, "type") == "application/pdf" and _is_web(text(enclosure, "href")):
            record["pdf"] = text(enclosure, "href")
    return record


class Feed:
    """The feeds of a list, a page each, as they stand."""

    name = NAME
    description = "any RSS, Atom or RDF feed, by its address"
    host = "the feeds' own"

    def __init__(self, settings: RemoteSettings | None = None) -> None:
        named = (settings or RemoteSettings()).option(f"{NAME}.addresses").split()
        self.default_sets: tuple[str, ...] = tuple(named)

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """Each wanted feed's items; the days wanted do not matter to it.

        A feed that says it has not changed gives the page it gave before. What is wrong with
        some is raised when all others have been given: one dead feed must not silence the rest.
        """
        sets = tuple(dict.fromkeys(want.sets or self.default_sets))
        if not sets:
            raise FetchError(
                f"{NAME}: name the address of a feed, or set {NAME}.addresses", transient=False
            )
        after = from_cursor(cursor).get("after")
        begun = sets.index(str(after)) + 1 if after in sets else 0
        failed: list[FetchError] = []
        for place, address in enumerate(sets[begun:], begun + 1):
            try:
                answer = client.get(
                    address, accept=_ACCEPT, most_bytes=_MOST_BYTES, interval=1.0, remember=True
                )
                page = _page(answer, address, to_cursor(after=address) if place < len(sets) else "")
            except FetchError as error:
                failed.append(error)
                continue
            yield page
        if begun == len(sets):
            yield Page(())
        if failed:
            raise _together(failed)


def _page(answer: Answer, address: str, cursor: str) -> Page:
    import feedparser  # type: ignore[import-untyped] # slow to load

    # As a stream: given as a value, content that looks like an address would be fetched.
    parsed = feedparser.parse(
        io.BytesIO(answer.content),
        response_headers={
            "content-type": answer.headers.get("content-type", ""),
            "content-location": answer.url,
        },
    )
    entries = list(parsed.entries)[:_MOST_ITEMS]
    broken = parsed.get("bozo_exception") if parsed.get("bozo") else None
    fatal = broken is not None and not isinstance(
        broken, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    )
    if not parsed.get("version") or (fatal and not entries):
        why = f" ({_one_line(broken)})" if broken else ""
        raise FetchError(
            f"{where(answer)}: is no RSS, Atom or RDF feed{why}; check the address",
            transient=False,
            status=answer.status,
            content=answer.content[:200],
        )
    feed = parsed.feed
    items: list[Arrived | Rejected] = [
        arrival(lambda raw: item_record(raw, feed, address), entry, place, NAME)
        for place, entry in enumerate(entries, 1)
    ]
    if fatal:
        items.append(
            Unread(
                len(items) + 1,
                f"the feed is broken after its item {len(entries)}: {_one_line(broken)}",
                b"",
            )
        )
    papers = [one.paper for one in items if isinstance(one, Arrived)]
    built = text(feed, "updated") or text(feed, "published")
    day = _day(feed, "updated") or _day(feed, "published")
    day = day or max((paper.announced for paper in papers), default="")
    announced = tuple(
        Announced(address, paper.announced, paper.id, "listed")
        for paper in papers
        if paper.announced
    )
    listing = Listing(address, day, built, fingerprint(paper.id for paper in papers), len(entries))
    return Page(tuple(items), announced, (listing,) if day else (), cursor)


def _together(errors: list[FetchError]) -> FetchError:
    first = errors[0]
    more = f" (and {len(errors) - 1} more feeds)" if errors[1:] else ""
    return FetchError(
        f"{first}{more}",
        transient=all(error.transient for error in errors),
        status=first.status,
        retry_after=first.retry_after,
        content=first.content,
    )


def _identity(item: Fields, address: str) -> str:
    """The guid where it is one for all the world; else under the feed's own host; else ''."""
    for scheme, written in (("arxiv", "arXiv:{}"), ("doi", "doi:{}")):
        found = _named(item, scheme)
        if found:
            return written.format(found)
    guid = text(item, "id") or text(item, "link")
    if not guid or _GLOBAL.match(guid):
        return guid
    return f"{urlsplit(address).hostname}/{guid}"


def _named(item: Fields, scheme: str) -> str:
    """An arXiv id or a DOI that any of the item's names holds."""
    for name in _NAMES:
        said = text(item, name)
        found, version = parse_identifier(said.removeprefix("info:doi/"))
        if found.scheme == scheme:
            return f"{found.value}{version}" if scheme == "arxiv" else found.value
        match = _DOI.search(said) if scheme == "doi" else None
        if match:
            found, _ = parse_identifier(match[0])
            return found.value if found.scheme == "doi" else ""
    return ""


def _authors(item: Fields) -> list[str]:
    """Names in order; one element often holds all of them."""
    names = [text_of_html(text(one, "name")) for one in listed(item, "authors")]
    if len(names) == 1:
        names = split_names(names[0])
    return [name for name in names if name]


def _day(fields: Fields, name: str) -> str:
    """The ISO day of a date; feedparser gives times in UTC, or only the text it was."""
    parsed = fields.get(f"{name}_parsed")
    if parsed is None:
        return text(fields, name)[:10] if name.startswith("prism_") else ""
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)  # type: ignore[arg-type]
    except (ValueError, OverflowError, OSError, TypeError):
        return ""
    return moment.date().isoformat() if moment.year >= 1000 else ""


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:160]
