"""bioRxiv and medRxiv: preprints of biology and medicine, one record a posted version.

https://api.biorxiv.org/details/biorxiv/help. What the documentation does not say was seen by
others: a page holds 30 records now (100 earlier), so steps go by what came; ``cursor`` is an
offset and any is taken; counts come as numbers or as texts; ``total`` may be larger than what
can be had; a day without papers is "no posts found" with status 200.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from broadsheet.citations import parse_name
from broadsheet.sources.answers import (
    Fields,
    arrival,
    at,
    days,
    from_cursor,
    json_of,
    listed,
    number,
    text,
    to_cursor,
    today,
    unusable,
    whole_batch,
)
from broadsheet.sources.arrival import Arrived, Rejected
from broadsheet.sources.fetching import (
    Announced,
    Client,
    FetchError,
    Listing,
    Page,
    RemoteSettings,
    Want,
    fingerprint,
)
from broadsheet.sources.records import FieldError

ADDRESS = "https://api.biorxiv.org"
ALL = "all"
"""The set of every category."""

_SERVERS = {"biorxiv": "bioRxiv", "medrxiv": "medRxiv"}
_SITES = {"biorxiv": "https://www.biorxiv.org", "medrxiv": "https://www.medrxiv.org"}
_MOST_STEPS = 2_000
_A_WEEK = 7
# Posts appear under a day for a while after it is over.
_SETTLES = 2
_DATED_DOI = re.compile(r"10\.\d{4,9}/(\d{4})\.(\d{2})\.(\d{2})\.\d+", re.ASCII)
_TITLE_WITHDRAWN = re.compile(r"\[?withdrawn\b", re.IGNORECASE)
_WITHDRAWAL = re.compile(
    r"(?:this|the) (?:article|manuscript|paper|preprint) has been withdrawn\b"
    r"|the authors? ha(?:ve|s) withdrawn (?:this|their|the)\b",
    re.IGNORECASE,
)
_NOTHING = ("", "NA", "N/A", "null")
# Left out where a licence stands: no reuse without permission.
_NO_LICENCE = ("", "cc_no", "na")
_KEPT = ("author_corresponding", "author_corresponding_institution", "type", "jatsxml")


def post_record(post: Fields, server: str) -> dict[str, object]:
    """A posted version as a record; its day is when this version was posted."""
    doi = text(post, "doi")
    if not doi.startswith("10."):
        raise FieldError("has no DOI")
    version = number(post, "version") or 1
    day = text(post, "date")
    title, abstract = text(post, "title"), text(post, "abstract")
    category = text(post, "category").replace("_", " ")
    record: dict[str, object] = {
        "id": f"doi:{doi}",
        "title": title,
        "abstract": abstract,
        "authors": [
            parse_name(name).printed for name in text(post, "authors").split(";") if name.strip()
        ],
        "version": version,
        "announced": day,
        "published": day if version == 1 else _submitted(doi),
        "updated": day if version > 1 else "",
        "categories": [category] if category else [],
        "venue": _SERVERS[server],
        "links": [
            {"url": f"{_SITES[server]}/content/{doi}v{version}", "kind": "abstract"},
            {"url": f"{_SITES[server]}/content/{doi}v{version}.full.pdf", "kind": "pdf"},
        ],
    }
    record |= {name: text(post, name) for name in _KEPT}
    published = text(post, "published")
    if published not in _NOTHING:
        record["doi"] = published
        record["published_doi"] = published
    licence = text(post, "license").lower()
    if licence not in _NO_LICENCE:
        record["license"] = licence.replace("_", " ").upper()
    if "withdrawn" in text(post, "type").lower() or _is_withdrawn(title, abstract):
        record["withdrawn"] = "withdrawn"
    funders = [text(one, "name") for one in listed(post, "funder")]
    record["funders"] = [name for name in funders if name]
    return record


class Preprints:
    """The posts of one of the two servers by day; sets are subject categories, or all.

    A day is one page of a sync: some 300 records in a dozen requests.
    """

    def __init__(self, server: str, settings: RemoteSettings | None = None) -> None:
        self.name = server
        self.description = f"{_SERVERS[server]}: preprints by the day they were posted"
        self.default_sets = (ALL,)
        self._address = (settings or RemoteSettings()).address(server, ADDRESS)
        self.host = self._address.partition("://")[2]

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """One page a set and day, from two days before ``since`` (default: a week ago) on."""
        asked = [
            (name, day)
            for name in want.sets or self.default_sets
            for day in days(_earlier(want.since), want.until, today(), _A_WEEK)
        ]
        done = from_cursor(cursor).get("done")
        if isinstance(done, list) and tuple(done) in asked:
            asked = asked[asked.index(tuple(done)) + 1 :]
        for place, (name, day) in enumerate(asked, 1):
            posts, total = self._posts(client, name, day)
            following = to_cursor(done=[name, day]) if place < len(asked) else ""
            yield _page(posts, self.name, name, day, total, following)
        if not asked:
            yield Page((), cursor="")

    def _posts(self, client: Client, category: str, day: str) -> tuple[list[object], int | None]:
        """The posts of a day, and their number where the server states the same."""
        stated: list[int | None] = [None]

        def walk() -> tuple[list[object], int | None]:
            posts: list[object] = []
            totals: set[int | None] = set()
            for _ in range(_MOST_STEPS):
                part, total = self._ask(client, category, day, len(posts))
                posts += part
                totals.add(total)
                if not part or (total is not None and len(posts) >= total):
                    break
            totals.discard(None)  # an empty last page states no count
            stated[0] = totals.pop() if len(totals) == 1 else None
            return posts, stated[0] if posts else 0

        found = whole_batch(walk, _key)
        return found, len(found) if stated[0] in (None, len(found)) else None

    def _ask(
        self, client: Client, category: str, day: str, offset: int
    ) -> tuple[list[object], int | None]:
        address = f"{self._address}/details/{self.name}/{day}/{day}/{offset}/json"
        params = {} if category == ALL else {"category": category.replace(" ", "_")}
        answer = client.get(address, params, accept="application/json")
        data = json_of(answer)
        posts = at(data, "collection")
        if not isinstance(posts, list):
            if listed(data, "messages"):
                posts = []  # "no posts found" comes without a collection too
            else:
                raise unusable(answer, "a collection of posts")
        message = next(iter(listed(data, "messages")), None)
        status = text(message, "status").lower()
        if not posts and status not in ("", "ok") and not status.startswith("no "):
            raise FetchError(
                f"{address}: says {status[:100]!r}; check the set's name", transient=False
            )
        return posts, number(message, "total") if posts else None


def _page(
    posts: Sequence[object], server: str, name: str, day: str, total: int | None, cursor: str
) -> Page:
    arrived: list[Arrived | Rejected] = [
        arrival(lambda raw: post_record(raw, server), post, place, server)
        for place, post in enumerate(posts, 1)
    ]
    papers = [one.paper for one in arrived if isinstance(one, Arrived)]
    announced = tuple(
        Announced(name, day, paper.id, "new" if paper.version == "v1" else "replace")
        for paper in papers
    )
    prints = fingerprint(f"{paper.id}{paper.version}" for paper in papers)
    return Page(tuple(arrived), announced, (Listing(name, day, "", prints, total),), cursor)


def _earlier(since: str) -> str:
    if not since:
        return ""
    return next(days("", since, date.max, _SETTLES + 1), since)


def _key(post: object) -> object:
    return (text(post, "doi"), number(post, "version")) if text(post, "doi") else repr(post)


def _submitted(doi: str) -> str:
    """The day of submission that newer DOIs bear; '' for others."""
    match = _DATED_DOI.fullmatch(doi)
    return "-".join(match.groups()) if match else ""


def _is_withdrawn(title: str, abstract: str) -> bool:
    return bool(_TITLE_WITHDRAWN.match(title) or _WITHDRAWAL.match(abstract))
