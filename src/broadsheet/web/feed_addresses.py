"""Where the feeds are, and the list of a reader's."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from broadsheet.editions import Outline
from broadsheet.readers import Reader
from broadsheet.text import term_key
from broadsheet.web.desk import State
from broadsheet.web.links import Links


def category_feed(category: str) -> str:
    """The path of a category's feed, without its suffix."""
    return f"/feeds/category/{quote(category, safe='')}"


def author_feed(name: str) -> str:
    """The path of an author's feed, without its suffix."""
    return f"/feeds/author/{quote(name, safe='')}"


def term_feed(text: str) -> str:
    """The path of a term's feed, without its suffix."""
    return f"/feeds{Links('').term(term_key(text))}".replace("/feeds/terms/", "/feeds/term/")


def reader_feeds(state: State, reader: Reader, base: str, key: str) -> list[Outline]:
    """Every feed of a reader, with absolute addresses; ``key`` is that of their own feeds.

    Feeds that everyone has are named as everyone's, or, of a closed paper, as the reader's own: a
    program that reads a list of feeds has no password for those.
    """
    mine = f"{base}/feeds/mine/{key}"
    shared = mine if state.closed else f"{base}/feeds"

    def at(path: str) -> str:
        return f"{shared}{path.removeprefix('/feeds')}.atom"

    found = [
        Outline("For you", f"{mine}/for-you.atom", f"{base}/for-you"),
        Outline("What you follow", f"{mine}/follows.atom", f"{base}/following"),
        Outline("New papers", at("/feeds/day"), f"{base}/"),
    ]
    for saved in state.readers.searches.of(reader.id):
        page = f"{base}/search?{urlencode({'q': saved.query})}"
        found.append(Outline(saved.name, f"{base}/feeds/search/{saved.secret}.atom", page))
    for item in state.readers.lists.of(reader.id):
        address = f"{base}/feeds/list/{item.secret}.atom"
        found.append(Outline(item.name, address, f"{base}/lists/{item.id}"))
    for follow in state.readers.follows.of(reader.id):
        if follow.kind == "author":
            path, query = author_feed(follow.value), f'author:"{follow.value}"'
        elif follow.kind == "category":
            path, query = category_feed(follow.value), f"cat:{follow.value}"
        elif follow.kind == "term":
            path, query = term_feed(follow.value), f'"{follow.value}"'
        else:
            continue
        page = f"{base}/search?{urlencode({'q': query})}"
        if follow.kind == "term":
            page = f"{base}{Links('').term(term_key(follow.value))}"
        found.append(Outline(follow.value, at(path), page))
    return found
