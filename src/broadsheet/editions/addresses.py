"""The address of a paper's page within the site: the same on pages, in feeds and in mails."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from broadsheet.papers import Identifier, Paper

# What may stand in a path segment as it is (RFC 3986 pchar), and the slash of old arXiv ids.
_SAFE = "/:@!$&'()*+,;=-._~"
_GLOBAL_SCHEMES = ("arxiv", "doi", "acl", "openreview")


def paper_path(paper: Paper, suffix: str = "") -> str:
    """``/papers/2401.00001``, or with a suffix (``.bib``) one of its exports."""
    name = public_name(paper)
    if _fits_in_a_path(name):
        return f"/papers/{quote(name, safe=_SAFE)}{suffix}"
    query = {"id": name} | ({"as": suffix.removeprefix(".")} if suffix else {})
    return f"/papers?{urlencode(query)}"


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
