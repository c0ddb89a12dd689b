"""Feeds: any list of papers as Atom, RSS 2.0 or JSON Feed 1.1.

A feed is made of plain values and nothing else, so the same list gives the same bytes: its
entity tag changes only when the list does. Entries are named by an identifier of the work
without a version, so that a new version is an update and never a second entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Literal

import orjson

from broadsheet.editions.feeds_entry import (
    NEVER,
    FeedEntry,
    FeedHead,
    Said,
    moment,
    printable,
    said,
)
from broadsheet.editions.feeds_xml import atom, rss

FeedKind = Literal["atom", "rss", "json"]

MEDIA_TYPES: dict[FeedKind, str] = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}
OPML = "text/x-opml"
MOST_ENTRIES = 500


def feed(kind: FeedKind, head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    """A feed in a format, at most `MOST_ENTRIES` long; the same values give the same bytes."""
    writers: dict[FeedKind, Callable[[FeedHead, Sequence[Said], str], bytes]] = {
        "atom": atom,
        "rss": rss,
        "json": _json,
    }
    told = [said(entry) for entry in entries[:MOST_ENTRIES]]
    updated = max((entry.updated for entry in told), default=NEVER)
    return writers[kind](head, told, max(updated, moment(head.made)))


def _json(head: FeedHead, entries: Sequence[Said], updated: str) -> bytes:
    """JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    del updated  # the format has no place for it
    items = []
    for entry in entries:
        item: dict[str, object] = {
            "id": entry.identity,
            "url": entry.url,
            "title": entry.title,
            "content_html": entry.html or f"<p>{escape(entry.title)}</p>",
            "date_published": entry.published,
            "date_modified": entry.updated,
            "authors": [{"name": name} for name in entry.authors],
            "tags": list(entry.categories),
        }
        if entry.outside:
            item["external_url"] = entry.outside
        if entry.summary:
            item["summary"] = entry.summary
        items.append(item)
    found: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": printable(head.title),
        "home_page_url": head.page,
        "feed_url": head.address,
        "language": "en",
        "items": items,
    }
    if head.following:
        found["next_url"] = head.following
    if head.subtitle:
        found["description"] = printable(head.subtitle)
    return orjson.dumps(found)
