"""A work as the commands and the API print it."""

from __future__ import annotations

from dataclasses import asdict

from broadsheet.catalog.values import Work
from broadsheet.citations import appearances
from broadsheet.papers import identifier_url


def work_json(work: Work) -> dict[str, object]:
    """The record shown, with the identifiers, sources and dates of the whole work."""
    paper = work.paper
    return {
        "id": paper.id,
        "title": paper.title,
        "abstract": paper.abstract,
        "summary": paper.summary,
        "authors": [asdict(author) for author in paper.authors],
        "categories": list(paper.categories),
        "identifiers": [str(identifier) for identifier in work.identifiers],
        "urls": [url for url in map(identifier_url, work.identifiers) if url],
        "links": [asdict(link) for link in paper.links],
        "sources": list(work.sources),
        "published": work.published,
        "announced": work.announced,
        "updated": work.updated,
        "version": paper.version,
        "versions": work.versions,
        "appeared": [str(one) for one in appearances(paper)],
        "extra": dict(paper.extra),
    }
