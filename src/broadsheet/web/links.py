"""Addresses of our own pages. Every link in a page comes from here, so a base path is safe."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from broadsheet.papers import Identifier, Paper

# What may stand in a path segment as it is (RFC 3986 pchar), and the slash of old arXiv ids.
_SAFE = "/:@!$&'()*+,;=-._~"
_GLOBAL_SCHEMES = ("arxiv", "doi", "acl", "openreview")


class Links:
    """The addresses under a base path ('' or '/something')."""

    def __init__(self, base: str) -> None:
        self.base = base

    def paper(self, paper: Paper, suffix: str = "") -> str:
        """The page of a paper, or with a suffix (``.bib``) one of its exports."""
        name = public_name(paper)
        if _fits_in_a_path(name):
            return f"{self.base}/papers/{quote(name, safe=_SAFE)}{suffix}"
        query = {"id": name} | ({"as": suffix.removeprefix(".")} if suffix else {})
        return f"{self.base}/papers?{urlencode(query)}"

    def edition(self, key: str, *, section: str | None = None, page: int = 1) -> str:
        """An edition by its key, one of its pages, or one of its sections."""
        query: dict[str, str | int] = {}
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

    def search(self, query: str, *, offset: int = 0) -> str:
        """A search, from a hit on."""
        return (
            f"{self.base}/search?{urlencode({'q': query} | ({'from': offset} if offset else {}))}"
        )


def public_name(paper: Paper) -> str:
    """The name a paper's page has: an identifier of the work where one is known everywhere.

    The version is left off, so that the address outlives it. Ids of no known scheme keep the
    form the catalog resolves without doubt, ``source:id``.
    """
    best: Identifier | None = None
    for scheme in _GLOBAL_SCHEMES:
        best = next((found for found in paper.identifiers if found.scheme == scheme), None)
        if best:
            return best.value
    if paper.identifiers:
        return str(paper.identifiers[0])
    return paper.id


def _fits_in_a_path(name: str) -> bool:
    """Whether browsers and proxies leave a name alone: they resolve dots and empty segments."""
    segments = name.split("/")
    return "\\" not in name and not any(part in ("", ".", "..") for part in segments)
