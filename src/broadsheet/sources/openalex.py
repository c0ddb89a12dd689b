"""OpenAlex: an open index of all scholarly works, asked for one's topics, venues or words.

https://developers.openalex.org. A free key (``openalex.key``) is needed for more than a few
requests a day, and for paging by cursor; without one the days are asked for one by one, by page
number. ``openalex.mailto`` says who asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from broadsheet.papers import parse_identifier
from broadsheet.sources.answers import (
    Fields,
    arrival,
    at,
    day_of,
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
    Answer,
    Client,
    FetchError,
    Page,
    RemoteSettings,
    Want,
)
from broadsheet.sources.records import FieldError

NAME = "openalex"
ADDRESS = "https://api.openalex.org"

_PER_PAGE = 100
_MOST_NUMBERED = 10_000  # what page numbers reach
# Works are indexed days or weeks after they were published.
_LATE = timedelta(days=30)
_MOST_WORDS = 100_000
_TYPES = "type:article|preprint|review|book-chapter|dissertation|report|letter"
_SELECTED = (
    "id,doi,title,display_name,publication_date,publication_year,type,language,authorships,"
    "primary_location,best_oa_location,locations,abstract_inverted_index,is_retracted,"
    "cited_by_count,primary_topic,keywords,biblio"
)
# A set that is an id of OpenAlex, by its first letter.
_BY_LETTER = {
    "T": "topics.id",
    "S": "primary_location.source.id",
    "A": "authorships.author.id",
    "I": "authorships.institutions.id",
    "F": "funders.id",
    "P": "primary_location.source.publisher_lineage",
}
_ID = re.compile(r"([TSAIFP])\d{1,15}", re.ASCII)
_FILTER = re.compile(r"[a-z_]+(?:\.[a-z_]+)*:\S.*", re.ASCII)
_SEPARATORS = re.compile(r"[,|:!<>\s]+")


def filter_of(name: str) -> str:
    """The filter of a set: an id (``T10028``), a filter (``type:review``), or words to look for."""
    match = _ID.fullmatch(name.removeprefix("https://openalex.org/"))
    if match:
        return f"{_BY_LETTER[match[1]]}:{match[0]}"
    if _FILTER.fullmatch(name):
        return name
    words = _SEPARATORS.sub(" ", name).strip()
    if not words:
        raise FetchError(
            f"{NAME}: the set {name!r} says nothing to look for; give an id such as T10028, a "
            "filter such as type:review, or words",
            transient=False,
        )
    return f"title_and_abstract.search:{words}"


def work_record(work: Fields) -> dict[str, object]:
    """A work as a record; one that arXiv has too is also known by its arXiv id."""
    identity = text(work, "id").rpartition("/")[2]
    if not re.fullmatch(r"W\d+", identity):
        raise FieldError("has no id of a work")
    places = [place for place in listed(work, "locations") if isinstance(place, dict)]
    main = at(work, "primary_location")
    record: dict[str, object] = {
        "id": identity,
        "title": text(work, "title") or text(work, "display_name"),
        "abstract": abstract_of(at(work, "abstract_inverted_index")),
        "authors": [_author(one) for one in listed(work, "authorships") if _author(one)["name"]],
        "published": text(work, "publication_date") or str(number(work, "publication_year") or ""),
        "doi": text(work, "doi"),
        "arxiv_id": next((name for name in map(_arxiv, (main, *places)) if name), ""),
        "venue": text(main, "source", "display_name"),
        "license": text(main, "license") or text(work, "best_oa_location", "license"),
        "links": _links([main, at(work, "best_oa_location"), *places]),
        "type": text(work, "type"),
        "language": text(work, "language"),
        "cited_by_count": number(work, "cited_by_count"),
        "topic": text(work, "primary_topic", "display_name"),
        "keywords": [text(one, "display_name") for one in listed(work, "keywords")],
    }
    field = text(work, "primary_topic", "subfield", "display_name")
    record["categories"] = [field] if field else []
    for name in ("volume", "issue", "first_page", "last_page"):
        record[name] = text(work, "biblio", name)
    if at(work, "is_retracted") is True:
        record["withdrawn"] = "retracted"
    if record["cited_by_count"] is None:
        del record["cited_by_count"]
    return record


def abstract_of(inverted: object) -> str:
    """The words of an inverted index in order; '' for None; `FieldError` for anything else."""
    if inverted is None:
        return ""
    if not isinstance(inverted, dict):
        raise FieldError("field 'abstract_inverted_index' is no object of words")
    placed: dict[int, str] = {}
    for word, places in inverted.items():
        if not isinstance(places, list) or not all(type(place) is int for place in places):
            raise FieldError("field 'abstract_inverted_index' holds places that are no numbers")
        for place in places:
            placed.setdefault(place, word)
        if len(placed) > _MOST_WORDS:
            raise FieldError(f"field 'abstract_inverted_index' has over {_MOST_WORDS:,} words")
    return " ".join(placed[place] for place in sorted(placed))


class OpenAlex:
    """Works by publication day of sets that must be named; see `filter_of`."""

    name = NAME
    description = "OpenAlex: works of all fields, by topic, venue, author or words"

    def __init__(self, settings: RemoteSettings | None = None) -> None:
        settings = settings or RemoteSettings()
        self._address = settings.address(NAME, ADDRESS)
        self.host = self._address.partition("://")[2]
        self._key = settings.option(f"{NAME}.key")
        self._mailto = settings.option(f"{NAME}.mailto")
        named = settings.option(f"{NAME}.sets").split(";")
        self.default_sets: tuple[str, ...] = tuple(name.strip() for name in named if name.strip())

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """Works published from 30 days before ``since`` (default: the last 30 days) on.

        Works reach OpenAlex that late; what is stored already is known again.
        """
        sets = want.sets or self.default_sets
        if not sets:
            raise FetchError(
                f"{NAME}: name a set, such as T10028 (a topic), S4306400194 (a venue) or words: "
                "there are too many works to take all",
                transient=False,
            )
        last = min(day_of(want.until), today()) if want.until else today()
        first = (day_of(want.since) if want.since else last) - _LATE
        asked = [(name, filter_of(name)) for name in sets]
        state = from_cursor(cursor)
        names = [name for name, _ in asked]
        begun = names.index(str(state.get("set"))) if state.get("set") in names else 0
        for place, (name, chosen) in enumerate(asked[begun:], begun):
            following = names[place + 1] if place + 1 < len(names) else ""
            start = str(state.get("at", "")) if place == begun else ""
            bounds = (first.isoformat(), last.isoformat())
            walk = self._by_cursor if self._key else self._by_day
            yield from walk(client, name, chosen, bounds, start, following)

    def _by_cursor(
        self,
        client: Client,
        name: str,
        chosen: str,
        bounds: tuple[str, str],
        start: str,
        following: str,
    ) -> Iterator[Page]:
        place = start or "*"
        while True:
            try:
                works, data, answer = self._ask(client, chosen, bounds, {"cursor": place})
            except FetchError as error:
                if error.status != 400 or place == "*" or place != start:
                    raise
                place, start = "*", ""  # a cursor of an earlier day that is not taken any more
                continue
            on = text(data, "meta", "next_cursor")
            if works and on == place:
                raise unusable(answer, "a cursor to go on from")
            place = on
            if not works or not place:
                yield _page(works, name, to_cursor(set=following) if following else "")
                return
            yield _page(works, name, to_cursor(set=name, at=place))

    def _by_day(
        self,
        client: Client,
        name: str,
        chosen: str,
        bounds: tuple[str, str],
        start: str,
        following: str,
    ) -> Iterator[Page]:
        wanted = list(days(max(start, bounds[0]), bounds[1], day_of(bounds[1]), 1))
        for place, day in enumerate(wanted):
            works = whole_batch(lambda day=day: self._day(client, chosen, day), _key)  # type: ignore[misc]
            if place + 1 < len(wanted):
                cursor = to_cursor(set=name, at=wanted[place + 1])
            else:
                cursor = to_cursor(set=following) if following else ""
            yield _page(works, name, cursor)

    def _day(self, client: Client, chosen: str, day: str) -> tuple[list[object], int | None]:
        works: list[object] = []
        count: int | None = None
        for page in range(1, _MOST_NUMBERED // _PER_PAGE + 1):
            part, data, answer = self._ask(client, chosen, (day, day), {"page": str(page)})
            count = number(data, "meta", "count")
            if count is not None and count > _MOST_NUMBERED:
                raise FetchError(
                    f"{answer.url.partition('?')[0]}: {count:,} works on {day}, more than page "
                    f"numbers reach; name a narrower set, or set {NAME}.key (a key is free)",
                    transient=False,
                )
            works += part
            if len(part) < _PER_PAGE:
                break
        return works, count

    def _ask(
        self, client: Client, chosen: str, bounds: tuple[str, str], place: dict[str, str]
    ) -> tuple[list[object], object, Answer]:
        kinds = "" if "type:" in chosen else f",{_TYPES}"
        params = {
            "filter": f"{chosen}{kinds},from_publication_date:{bounds[0]}"
            f",to_publication_date:{bounds[1]}",
            "select": _SELECTED,
            "sort": "publication_date",
            "per_page": str(_PER_PAGE),
            **place,
        }
        if self._key:
            params["api_key"] = self._key
        if self._mailto:
            params["mailto"] = self._mailto
        answer = client.get(f"{self._address}/works", params, accept="application/json")
        data = json_of(answer)
        works = at(data, "results")
        if not isinstance(works, list):
            raise unusable(answer, "results")
        return works, data, answer


def _page(works: list[object], name: str, cursor: str) -> Page:
    arrived: list[Arrived | Rejected] = [
        arrival(work_record, work, place, NAME) for place, work in enumerate(works, 1)
    ]
    announced = tuple(
        Announced(name, one.paper.published, one.paper.id, "listed")
        for one in arrived
        if isinstance(one, Arrived) and len(one.paper.published) == 10
    )
    return Page(tuple(arrived), announced, (), cursor)


def _key(work: object) -> object:
    return text(work, "id") or repr(work)


def _author(authorship: object) -> dict[str, str]:
    places = [text(one, "display_name") for one in listed(authorship, "institutions")]
    name = text(authorship, "raw_author_name") or text(authorship, "author", "display_name")
    return {"name": name, "affiliation": "; ".join(dict.fromkeys(filter(None, places)))}


def _arxiv(place: object) -> str:
    """The arXiv id, without a version, of a place where a work can be read."""
    for field in ("landing_page_url", "pdf_url"):
        found, _ = parse_identifier(text(place, field))
        if found.scheme == "arxiv":
            return found.value
    return ""


def _links(places: list[object]) -> list[dict[str, str]]:
    found = []
    for place in places:
        found.append({"url": text(place, "landing_page_url"), "kind": "abstract"})
        found.append({"url": text(place, "pdf_url"), "kind": "pdf"})
    kept = {one["url"]: one for one in found if one["url"].lower().startswith(("http:", "https:"))}
    return list(kept.values())
