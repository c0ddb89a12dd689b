"""Every source on the network by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from broadsheet.sources.arxiv_api import ArxivApi
from broadsheet.sources.arxiv_feed import ArxivFeed
from broadsheet.sources.arxiv_oai import ArxivOai
from broadsheet.sources.biorxiv import Preprints
from broadsheet.sources.daily_papers import DailyPapers
from broadsheet.sources.feed import Feed
from broadsheet.sources.fetching import Remote, RemoteSettings
from broadsheet.sources.openalex import OpenAlex
from broadsheet.sources.openreview import OpenReview
from broadsheet.sources.zotero import Zotero


def remotes(settings: RemoteSettings) -> dict[str, Callable[[], Remote]]:
    """What makes each source, by the name that ``sync`` takes."""
    makers: dict[str, Callable[[], Remote]] = {
        "arxiv": partial(ArxivOai, settings),
        "arxiv-rss": partial(ArxivFeed, settings, "rss"),
        "arxiv-atom": partial(ArxivFeed, settings, "atom"),
        "arxiv-api": partial(ArxivApi, settings),
        "daily-papers": partial(DailyPapers, settings),
        "openalex": partial(OpenAlex, settings),
        "biorxiv": partial(Preprints, "biorxiv", settings),
        "medrxiv": partial(Preprints, "medrxiv", settings),
        "openreview": partial(OpenReview, settings),
        "feed": partial(Feed, settings),
        "zotero": partial(Zotero, settings),
    }
    return makers
