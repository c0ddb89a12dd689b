"""Addresses of our own pages. Every link in a page comes from here, so a base path is safe."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from broadsheet.editions import paper_path
from broadsheet.papers import Paper


class Links:
    """The addresses under a base path ('' or '/something')."""

    def __init__(self, base: str) -> None:
        self.base = base

    def paper(self, paper: Paper, suffix: str = "") -> str:
        """The page of a paper, or with a suffix (``.bib``) one of its exports."""
        return f"{self.base}{paper_path(paper, suffix)}"

    def edition(self, key: str, *, section: str | None = None, page: int = 1, by: str = "") -> str:
        """An edition by its key, one of its pages, or one of its sections; ``by`` subject where
        topics are usual."""
        query: dict[str, str | int] = {"by": by} if by else {}
        if section is not None:
            query["section"] = section
        if page > 1:
            query["page"] = page
        return f"{self.base}/editions/{key}" + (f"?{urlencode(query)}" if query else "")

    def front(self, page: int = 1, section: str | None = None) -> str:
        """The front page, or a page of the shelf that stands there."""
        query: dict[str, str | int] = {}
        if section is not None:
            query["section"] = section
        if page > 1:
            query["page"] = page
        return f"{self.base}/" + (f"?{urlencode(query)}" if query else "")

    def term(self, key: str, suffix: str = "") -> str:
        """The page of a term; keys have no hyphens, so one stands for each space."""
        return f"{self.base}/terms/{quote(key.replace(' ', '-'), safe='')}{suffix}"

    def venue(self, name: str) -> str:
        """The papers that appeared at a venue, of one year or of all."""
        return self.search(f'venue:"{name}"' if " " in name else f"venue:{name}")

    def search(self, query: str, *, offset: int = 0) -> str:
        """A search, from a hit on."""
        return (
            f"{self.base}/search?{urlencode({'q': query} | ({'from': offset} if offset else {}))}"
        )
