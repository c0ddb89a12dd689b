"""Feeds in XML: Atom (RFC 4287), RSS 2.0 and OPML 2.0.

Trees are written by the standard library, so that what comes out is always well-formed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring

from broadsheet.editions.feeds_entry import FeedHead, Outline, Said, printable

_ATOM = "http://www.w3.org/2005/Atom"


def atom(head: FeedHead, entries: Sequence[Said], updated: str) -> bytes:
    """Atom; ``updated`` is the newest change of any entry."""
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _text(root, "id", head.identity)
    _text(root, "title", head.title)
    if head.subtitle:
        _text(root, "subtitle", head.subtitle)
    _text(root, "updated", updated)
    _link(root, "link", "self", head.address, "application/atom+xml")
    _link(root, "link", "alternate", head.page, "text/html")
    for relation, address in head.parts():
        _link(root, "link", relation, address, "application/atom+xml")
    _text(SubElement(root, "author"), "name", "Broadsheet")
    for entry in entries:
        node = SubElement(root, "entry")
        _text(node, "id", entry.identity)
        _text(node, "title", entry.title)
        _text(node, "published", entry.published)
        _text(node, "updated", entry.updated)
        _link(node, "link", "alternate", entry.url, "text/html")
        if entry.outside:
            _link(node, "link", "related", entry.outside, "")
        for name in entry.authors:
            _text(SubElement(node, "author"), "name", name)
        for category in entry.categories:
            SubElement(node, "category", {"term": category})
        if entry.summary:
            _text(node, "summary", entry.summary)
        _text(node, "content", entry.html, type="html")
    return _written(root)


def rss(head: FeedHead, entries: Sequence[Said], updated: str) -> bytes:
    """RSS 2.0 with Atom's self link, Dublin Core's creators and the whole body as content.

    A description is HTML there (unlike a title), so what a paper says is escaped once more.
    """
    root = Element(
        "rss",
        {
            "version": "2.0",
            "xmlns:atom": _ATOM,
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        },
    )
    channel = SubElement(root, "channel")
    _text(channel, "title", head.title)
    _text(channel, "link", head.page)
    _text(channel, "description", escape(head.subtitle or head.title, quote=False))
    _text(channel, "language", "en")
    _text(channel, "lastBuildDate", _rfc822(updated))
    _text(channel, "ttl", "60")
    _link(channel, "atom:link", "self", head.address, "application/rss+xml")
    for relation, address in head.parts():
        _link(channel, "atom:link", relation, address, "application/rss+xml")
    for entry in entries:
        node = SubElement(channel, "item")
        _text(node, "title", entry.title)
        _text(node, "link", entry.url)
        _text(node, "guid", entry.identity, isPermaLink="false")
        _text(node, "pubDate", _rfc822(entry.published))
        for name in entry.authors:
            _text(node, "dc:creator", name)
        for category in entry.categories:
            _text(node, "category", category)
        if entry.summary:
            _text(node, "description", escape(entry.summary, quote=False))
        _text(node, "content:encoded", entry.html)
    return _written(root)


def opml(title: str, outlines: Sequence[Outline]) -> bytes:
    """A list of feeds that any feed reader takes in (OPML 2.0)."""
    root = Element("opml", {"version": "2.0"})
    _text(SubElement(root, "head"), "title", title)
    body = SubElement(root, "body")
    for outline in outlines:
        name = printable(outline.title)
        values = {"text": name, "title": name, "type": "rss"}
        addresses = {"xmlUrl": outline.address, "htmlUrl": outline.page}
        SubElement(body, "outline", {**values, **{k: printable(v) for k, v in addresses.items()}})
    return _written(root)


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = printable(text)


def _link(parent: Element, name: str, relation: str, address: str, media_type: str) -> None:
    attributes = {"rel": relation, "href": printable(address)}
    if media_type:
        attributes["type"] = media_type
    SubElement(parent, name, attributes)


def _rfc822(iso: str) -> str:
    return format_datetime(datetime.fromisoformat(iso), usegmt=True)


def _written(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
