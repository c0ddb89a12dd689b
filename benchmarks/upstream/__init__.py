"""A local server that behaves as arXiv does, with faults on demand.

An `Archive` is what was announced on which day: a list of `Announcement`. `archive_of` makes one
from any papers, over as many listing days as wanted. `Upstream` serves it on loopback by OAI-PMH
(``/oai``), the query API (``/api/query``), and the daily feeds (``/rss/SETS``, ``/atom/SETS``),
as they stand at the end of ``upstream.today``, and records every request with its time:

    archive = archive_of(papers, first=date(2026, 3, 2), days=20)
    with Upstream(archive) as upstream:
        upstream.today = "2026-03-05"
        upstream.fail(Refuse(503, retry_after=2, times=3, interface="oai"))
        client = Client(folder, private=upstream.private, intervals={upstream.origin: 0.05})
        for page in ArxivOai(upstream.settings()).pages(client, Want(("cs.CL",)), ""):
            ...
        assert upstream.closest() >= 0.05

Faults (`fail` adds one; the first that fits a request is used, ``times`` times; -1: always; each
names its ``interface``: oai, api, rss, atom, or '' for any):
`Refuse` (429, 503: Retry-After in seconds or as a date), `Broken` (XML that does not parse),
`BrokenRecord` (one record of a page does not), `Truncated` (fewer bytes than promised), `Cut`
(connection closed without an answer), `Slow`, `Redirect`, `Bomb` (small packed, large unpacked),
`EmptyPage` (API: no entries though there are more), `ExpireTokens` (OAI), and, for as long as
they stand: `Stale` (the feed of a day lists the batch before under the new date) and `Missing`
(ids that one interface leaves out, on one day or all).

``upstream.truth(set)`` says what was announced up to today, ``upstream.clock`` may be replaced to
record a simulated time.
"""

from .archive import Announcement, Archive, Submission, archive_of, starter_papers
from .faults import (
    Bomb,
    Broken,
    BrokenRecord,
    Cut,
    EmptyPage,
    ExpireTokens,
    Fault,
    Missing,
    Redirect,
    Refuse,
    Slow,
    Stale,
    Truncated,
)
from .server import Asked, Upstream

__all__ = [
    "Announcement",
    "Archive",
    "Asked",
    "Bomb",
    "Broken",
    "BrokenRecord",
    "Cut",
    "EmptyPage",
    "ExpireTokens",
    "Fault",
    "Missing",
    "Redirect",
    "Refuse",
    "Slow",
    "Stale",
    "Submission",
    "Truncated",
    "Upstream",
    "archive_of",
    "starter_papers",
]
